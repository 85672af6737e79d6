//! Writes the crates that are measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::step::{self, Failure};

/// How many models belong to one another in a chain.
const CHAIN: u8 = 5;

/// What the models are derived with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// Diesel's derives only.
    Plain,
    /// The library's derives besides.
    Maintained,
}

impl Flavour {
    /// The crate's name.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Plain => "plain-models",
            Self::Maintained => "maintained-models",
        }
    }

    /// The text, in the crate that has the library.
    fn only_maintained(self, text: &str) -> &str {
        match self {
            Self::Plain => "",
            Self::Maintained => text,
        }
    }
}

/// Writes a workspace with both crates.
pub(crate) fn crates(folder: &Path, models: u8) -> Result<(), Failure> {
    let members = [Flavour::Plain, Flavour::Maintained];
    let workspace = format!(
        "[workspace]\nmembers = {:?}\nresolver = \"3\"\n",
        members.map(Flavour::package)
    );
    write(&folder.join("Cargo.toml"), &workspace)?;
    // The versions that the project is tested with.
    if let Ok(lock) = fs::read_to_string(step::workspace().join("Cargo.lock")) {
        write(&folder.join("Cargo.lock"), &lock)?;
    }
    for flavour in members {
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
    // A literal string in TOML: a path on Windows has backslashes.
    let maintained = format!(
        "maintained = {{ path = '{}', features = [\"sqlite\"] }}\n",
        workspace.display()
    );
    format!(
        "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         diesel = {{ version = \"2.3\", default-features = false, features = [\"sqlite\"] }}\n{}",
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
    }
    text
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
