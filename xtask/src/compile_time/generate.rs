//! Writes the crates that are measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::step::{self, Failure};

/// How many models belong to one another in a chain.
const CHAIN: u8 = 5;

/// A crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flavour {
    pub(crate) library: Library,
    pub(crate) on: On,
}

/// What the models are derived with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    /// Diesel's derives only.
    Plain,
    /// The library's derives besides.
    Maintained,
}

/// What the models are written with: each has a function for each kind of connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
    /// Blocking and async connections to `PostgreSQL`.
    PostgresBoth,
}

impl On {
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::PostgresBoth];

    /// What it is, for the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::PostgresBoth => "postgres-both",
        }
    }

    fn database(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres | Self::PostgresBoth => "postgres",
        }
    }
}

impl Flavour {
    fn all() -> impl Iterator<Item = Self> {
        On::ALL.into_iter().flat_map(|on| {
            [Library::Plain, Library::Maintained].map(|library| Self { library, on })
        })
    }

    /// The crate's name.
    pub(crate) fn package(self) -> String {
        let library = match self.library {
            Library::Plain => "plain",
            Library::Maintained => "maintained",
        };
        format!("{library}-{}", self.on.name())
    }

    /// The text, in a crate that has the library.
    fn only_maintained(self, text: &str) -> &str {
        match self.library {
            Library::Plain => "",
            Library::Maintained => text,
        }
    }
}

/// Writes a workspace with all crates.
pub(crate) fn crates(folder: &Path, models: u8) -> Result<(), Failure> {
    let members: Vec<String> = Flavour::all().map(Flavour::package).collect();
    let workspace = format!("[workspace]\nmembers = {members:?}\nresolver = \"3\"\n");
    write(&folder.join("Cargo.toml"), &workspace)?;
    // The versions that the project is tested with.
    if let Ok(lock) = fs::read_to_string(step::workspace().join("Cargo.lock")) {
        write(&folder.join("Cargo.lock"), &lock)?;
    }
    for flavour in Flavour::all() {
        write(
            &folder.join(flavour.package()).join("Cargo.toml"),
            &manifest(flavour),
        )?;
        write(&source(folder, flavour), &library(flavour, models))?;
    }
    Ok(())
}

/// Makes the crate look changed.
pub(crate) fn touch(folder: &Path, flavour: Flavour) -> Result<(), Failure> {
    let path = source(folder, flavour);
    let touched = fs::File::options()
        .append(true)
        .open(&path)
        .and_then(|file| file.set_modified(SystemTime::now()));
    touched.map_err(|source| Failure::Write {
        path: path.display().to_string(),
        source,
    })
}

fn source(folder: &Path, flavour: Flavour) -> PathBuf {
    folder.join(flavour.package()).join("src").join("lib.rs")
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|source| Failure::Write {
        path: path.display().to_string(),
        source,
    })
}

fn manifest(flavour: Flavour) -> String {
    let workspace = step::workspace();
    let database = flavour.on.database();
    let returning = match flavour.on {
        On::Sqlite => ", \"returning_clauses_for_sqlite_3_35\"",
        On::Postgres | On::PostgresBoth => "",
    };
    let is_async = flavour.on == On::PostgresBoth;
    let awaited = if is_async { ", \"async\"" } else { "" };
    // A literal string in TOML: a path on Windows has backslashes.
    let maintained = format!(
        "maintained = {{ path = '{}', features = [\"{database}\"{awaited}] }}\n",
        workspace.display()
    );
    let diesel_async = if is_async {
        "diesel-async = { version = \"0.9\", features = [\"postgres\"] }\n"
    } else {
        ""
    };
    format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         diesel = {{ version = \"2.3\", default-features = false, features = [\"{database}\"{returning}] }}\n\
         {diesel_async}{}",
        flavour.package(),
        flavour.only_maintained(&maintained),
    )
}

fn library(flavour: Flavour, models: u8) -> String {
    let mut text =
        "//! Generated, to be compiled.\n#![allow(dead_code)]\n\nuse diesel::prelude::*;\n"
            .to_owned();
    text += flavour.only_maintained("use maintained::prelude::*;\n");
    for model in 0..models {
        text += &one_model(flavour, model, models);
        text += &writes(flavour, model, false);
        if flavour.on == On::PostgresBoth {
            text += &writes(flavour, model, true);
        }
    }
    text
}

/// A function that inserts, updates and deletes a row of a model.
fn writes(flavour: Flavour, model: u8, is_async: bool) -> String {
    let inner = match flavour.on {
        On::Sqlite => "SqliteConnection",
        On::Postgres | On::PostgresBoth if !is_async => "PgConnection",
        On::Postgres | On::PostgresBoth => "diesel_async::AsyncPgConnection",
    };
    let (name, awaited, of) = if is_async {
        ("write_async", ".await", "async ")
    } else {
        ("write", "", "")
    };
    let (table, set) = (
        format!("m{model}s"),
        format!("m{model}s::name.eq(\"name\")"),
    );
    let head = format!("\npub {of}fn {name}_m{model}(conn: &mut ");
    match flavour.library {
        Library::Maintained => {
            let conn = if is_async {
                format!("maintained::AsyncMaintainedConnection<{inner}>")
            } else {
                format!("MaintainedConnection<{inner}>")
            };
            format!(
                "{head}{conn}) -> Result<(), maintained::Error> {{\n    \
                 let row = M{model}::insert(conn, {set}){awaited}?;\n    \
                 let mut row = M{model}::update(conn, row.id, {set}){awaited}?;\n    \
                 row.save(conn){awaited}?;\n    \
                 row.delete(conn){awaited}\n}}\n"
            )
        }
        Library::Plain => {
            let dsl = if is_async { "diesel_async" } else { "diesel" };
            let run = |call: &str, of: &str| format!("{dsl}::RunQueryDsl::{call}({of}, conn)");
            let insert = format!(
                "diesel::insert_into({table}::table).values({set}).returning(M{model}::as_select())"
            );
            let update = format!(
                "diesel::update({table}::table.find(row.id)).set({set}).returning(M{model}::as_select())"
            );
            let delete = format!("diesel::delete({table}::table.find(row.id))");
            format!(
                "{head}{inner}) -> QueryResult<()> {{\n    \
                 let row: M{model} = {}{awaited}?;\n    \
                 let row: M{model} = {}{awaited}?;\n    \
                 {}{awaited}.map(drop)\n}}\n",
                run("get_result", &insert),
                run("get_result", &update),
                run("execute", &delete),
            )
        }
    }
}

/// A model: the child of the one before and the parent of the one after, in chains.
///
/// Each has a total over its children; each but the first of a chain has a label from its parent.
fn one_model(flavour: Flavour, model: u8, models: u8) -> String {
    let marked = flavour.only_maintained("#[maintained] ");
    let derived = flavour.only_maintained(", Maintained");
    let viewed = flavour.only_maintained(", View");
    let setters = flavour.only_maintained("#[maintained::setters]\n");
    let view_of = format!("#[maintained(view_of = M{model})]\n");
    let view_of = flavour.only_maintained(&view_of);

    let parent = (!model.is_multiple_of(CHAIN)).then(|| model - 1);
    let belongs_to = parent.map_or(String::new(), |parent| format!(", belongs_to(M{parent})"));
    let columns = parent.map_or(String::new(), |parent| {
        format!(", m{parent}_id -> Integer, label -> Text")
    });
    let fields = parent.map_or(String::new(), |parent| {
        format!(", pub m{parent}_id: i32, {marked}pub label: String")
    });
    let associations = if parent.is_some() {
        ", Associations"
    } else {
        ""
    };
    let total = total(flavour, model, models);
    let label = parent.map_or(String::new(), |parent| label(flavour, parent));
    format!(
        "
diesel::table! {{ m{model}s (id) {{ id -> Integer, name -> Text, amount -> BigInt, total -> BigInt{columns} }} }}

#[derive(Queryable, Selectable, Identifiable{associations}{derived})]
#[diesel(table_name = m{model}s{belongs_to})]
pub struct M{model} {{ pub id: i32, pub name: String, pub amount: i64, {marked}pub total: i64{fields} }}

#[derive(Queryable, Selectable{viewed})]
#[diesel(table_name = m{model}s)]
{view_of}pub struct M{model}Total {{ pub total: i64 }}

{setters}impl M{model} {{
{total}{label}}}
"
    )
}

fn total(flavour: Flavour, model: u8, models: u8) -> String {
    let setter = flavour.only_maintained("#[setter] ");
    let child = model + 1;
    if child.is_multiple_of(CHAIN) || child == models {
        return format!("    {setter}fn total(&self) -> i64 {{ self.amount }}\n");
    }
    format!(
        "    {setter}fn total(&self, children: &[M{child}Total]) -> i64 {{ \
         self.amount + children.iter().map(|child| child.total).sum::<i64>() }}\n"
    )
}

fn label(flavour: Flavour, parent: u8) -> String {
    let setter = flavour.only_maintained("#[setter] ");
    let named = if parent.is_multiple_of(CHAIN) {
        "name"
    } else {
        "label"
    };
    format!(
        "    {setter}fn label(&self, parent: &M{parent}) -> String {{ \
         format!(\"{{}} {{}}\", parent.{named}, self.name) }}\n"
    )
}
