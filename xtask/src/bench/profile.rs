//! Where the time of a flush, and of saves in immediate mode, goes on `SQLite`: instructions,
//! counted by valgrind's callgrind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::{self, Failure};

/// How many items are loaded: valgrind takes some fifty times as long as the processor alone.
const ITEMS: &str = "20000";
/// What is run, and the function in which instructions are counted.
const RUNS: &[Run] = &[
    Run {
        variant: "buffered",
        work: &["load"],
        title: "the flush of 20,000 items, by setters",
        within: "maintained_core::engine::flush::flush::*",
    },
    Run {
        variant: "buffered_declared",
        work: &["load"],
        title: "the flush of 20,000 items, the sums declared",
        within: "maintained_core::engine::flush::flush::*",
    },
    Run {
        variant: "immediate",
        work: &["save"],
        title: "300 items saved in immediate mode, by setters",
        within: "maintained_core::write::once::once*",
    },
    Run {
        variant: "immediate_declared",
        work: &["save"],
        title: "300 items saved in immediate mode, the sums declared",
        within: "maintained_core::write::once::once*",
    },
];

/// What is counted.
struct Run {
    variant: &'static str,
    work: &'static [&'static str],
    title: &'static str,
    /// Only what this function calls is counted.
    within: &'static str,
}

/// The files of the setters.
const MODELS: &[&str] = &[
    "shop/setters.rs",
    "shop/declared.rs",
    "shop/totals.rs",
    "shop/label.rs",
];

/// Prints the shares of each.
pub(super) fn run() -> Result<(), Failure> {
    let folder = step::workspace().join("target").join("profile");
    let program = build(&folder)?;
    for Run {
        variant,
        work,
        title,
        within,
    } in RUNS
    {
        let file = folder.join(format!("{variant}.callgrind"));
        let mut command = Command::new("valgrind");
        command
            .args([
                "--tool=callgrind",
                "--compress-strings=no",
                "--compress-pos=no",
            ])
            .arg(format!("--toggle-collect={within}"))
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(&program)
            .args([
                "--database",
                "sqlite",
                "--variant",
                variant,
                "--items",
                ITEMS,
            ])
            .args(*work)
            .stderr(std::process::Stdio::null());
        step::run(&format!("profile {variant}"), &mut command)?;
        let text = fs::read_to_string(&file).map_err(|source| Failure::write(&file, source))?;
        print(title, &Profile::read(&text));
    }
    Ok(())
}

/// Builds the benchmark with the names of its source files, beside the build that is measured.
fn build(folder: &Path) -> Result<std::path::PathBuf, Failure> {
    let mut command = super::bench("shop");
    command
        .args(["--no-run", "--message-format=json"])
        .env("CARGO_PROFILE_BENCH_DEBUG", "1")
        .env("CARGO_TARGET_DIR", folder);
    let lines = step::said("build with debug information", &mut command)?;
    let mut programs = lines.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_shop = message["target"]["name"] == "shop";
        is_shop.then(|| Some(message["executable"].as_str()?.into()))?
    });
    programs.next_back().ok_or_else(|| Failure::NoJson {
        step: "build with debug information".to_owned(),
        said: "no program".to_owned(),
    })
}

/// What instructions are spent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Database,
    Setters,
    Library,
    Diesel,
    /// What the library and Diesel call of the standard libraries.
    Shared,
}

impl Part {
    /// By the file, and the function's name where the file says nothing: generic code of a library
    /// is compiled in the crate that uses it, but keeps its file.
    fn of(file: &str, function: &str) -> Self {
        if file.contains("sqlite3.c") || function.starts_with("sqlite3") {
            Self::Database
        } else if MODELS.iter().any(|name| file.ends_with(name)) {
            Self::Setters
        } else if file.contains("maintained-core/") || function.starts_with("maintained_core") {
            Self::Library
        } else if file.contains("diesel") || function.starts_with("diesel") {
            Self::Diesel
        } else {
            Self::Shared
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Database => "SQLite, with what it calls",
            Self::Setters => "setters, with what they call",
            Self::Library => "the library",
            Self::Diesel => "Diesel",
            Self::Shared => "allocation, copies, hashes of both",
        }
    }
}

/// Instructions by part.
#[derive(Debug, Default)]
struct Profile(BTreeMap<Part, i64>);

impl Profile {
    /// Reads callgrind's file, written without compression.
    fn read(text: &str) -> Self {
        let mut profile = Self::default();
        let mut place = Place::default();
        let mut called = Place::default();
        let mut is_call = false;
        for line in text.lines() {
            let (name, value) = line.split_once('=').unwrap_or_default();
            match name {
                "fl" => place = Place::in_file(value),
                "fi" | "fe" => value.clone_into(&mut place.inlined_from),
                "fn" => value.clone_into(&mut place.function),
                "cfi" | "cfl" => called = Place::in_file(value),
                "cfn" => {
                    if called.file.is_empty() {
                        called = Place::in_file(&place.inlined_from);
                    }
                    value.clone_into(&mut called.function);
                }
                "calls" => is_call = true,
                _ if line.starts_with(|it: char| it.is_ascii_digit()) => {
                    let cost = line.split_whitespace().nth(1);
                    let cost = cost.and_then(|it| it.parse().ok()).unwrap_or(0);
                    if std::mem::take(&mut is_call) {
                        profile.call(place.part(), called.part(), cost);
                        called = Place::default();
                    } else {
                        *profile.0.entry(place.part()).or_default() += cost;
                    }
                }
                _ => {}
            }
        }
        profile.0.retain(|_, cost| *cost != 0);
        profile
    }

    /// What the database and setters call of the standard libraries is theirs; they call nothing
    /// else.
    fn call(&mut self, from: Part, to: Part, cost: i64) {
        if matches!(from, Part::Database | Part::Setters) && to == Part::Shared {
            *self.0.entry(from).or_default() += cost;
            *self.0.entry(to).or_default() -= cost;
        }
    }
}

/// Where instructions are.
#[derive(Default)]
struct Place {
    file: String,
    /// The file of the code that is inlined here.
    inlined_from: String,
    function: String,
}

impl Place {
    fn in_file(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            inlined_from: file.to_owned(),
            function: String::new(),
        }
    }

    /// Code of the standard library that is inlined is the function's that it is inlined in.
    fn part(&self) -> Part {
        match Part::of(&self.inlined_from, "") {
            Part::Shared => Part::of(&self.file, &self.function),
            part => part,
        }
    }
}

fn print(title: &str, profile: &Profile) {
    let all: i64 = profile.0.values().sum();
    eprintln!("\n{title}: {all} instructions");
    for (part, count) in &profile.0 {
        #[expect(clippy::cast_precision_loss, reason = "a share needs no more")]
        let share = *count as f64 / all.max(1) as f64 * 100.0;
        eprintln!("  {:40} {share:5.1} %", part.name());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_database_calls_is_the_databases() {
        let profile = Profile::read(
            "events: Ir\n\
             fl=/x/maintained-core/src/engine/flush.rs\nfn=maintained_core::engine::flush::flush\n10 5\n\
             cfi=/x/sqlite3.c\ncfn=sqlite3_step\ncalls=1 3\n11 107\n\
             cfi=/x/malloc.c\ncfn=malloc\ncalls=1 3\n12 2\n\n\
             fl=/x/sqlite3.c\nfn=sqlite3_step\n3 100\n\
             cfi=/x/malloc.c\ncfn=malloc\ncalls=1 3\n4 7\n\n\
             fl=/x/malloc.c\nfn=malloc\n3 9\n",
        );
        let expected = [(Part::Database, 107), (Part::Library, 5), (Part::Shared, 2)];
        assert_eq!(profile.0, expected.into_iter().collect());
    }
}
