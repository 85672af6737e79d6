//! Where the time of a flush goes on `SQLite`: instructions, counted by valgrind's callgrind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::{self, Failure};

/// How many items are loaded: valgrind takes some fifty times as long as the processor alone.
const ITEMS: &str = "20000";
/// Only what this function calls is counted.
const FLUSH: &str = "maintained_core::flush::flush*";

/// Prints the shares for setters and for declared fields.
pub(super) fn run() -> Result<(), Failure> {
    let folder = step::workspace().join("target").join("profile");
    let program = build(&folder)?;
    for variant in ["buffered", "buffered_declared"] {
        let file = folder.join(format!("{variant}.callgrind"));
        let mut command = Command::new("valgrind");
        command
            .args([
                "--tool=callgrind",
                "--compress-strings=no",
                "--compress-pos=no",
            ])
            .arg(format!("--toggle-collect={FLUSH}"))
            .arg(format!("--callgrind-out-file={}", file.display()))
            .arg(&program)
            .args([
                "--database",
                "sqlite",
                "--variant",
                variant,
                "--items",
                ITEMS,
                "load",
            ])
            .stderr(std::process::Stdio::null());
        step::run(&format!("profile {variant}"), &mut command)?;
        let text = fs::read_to_string(&file).map_err(|source| Failure::write(&file, source))?;
        print(variant, &Profile::read(&text));
    }
    Ok(())
}

/// Builds the benchmark with the names of its source files, beside the build that is measured.
fn build(folder: &Path) -> Result<std::path::PathBuf, Failure> {
    let mut command = super::shop();
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
    /// Memory and texts, of those above: what they call of the standard libraries.
    Shared,
}

impl Part {
    /// By the file, and the function's name where the file says nothing: generic code of a library is compiled in the
    /// crate that uses it, but keeps its file.
    fn of(file: &str, function: &str) -> Self {
        if file.contains("sqlite3.c") || function.starts_with("sqlite3") {
            Self::Database
        } else if file.contains("benches/shop/") {
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
            Self::Setters => "setters and what the derives generate",
            Self::Library => "library",
            Self::Diesel => "Diesel",
            Self::Shared => "allocation, copies, std",
        }
    }
}

/// Instructions by part.
#[derive(Debug, Default)]
struct Profile(BTreeMap<Part, u64>);

impl Profile {
    /// Reads callgrind's file, written without compression.
    fn read(text: &str) -> Self {
        let mut parts: BTreeMap<Part, u64> = BTreeMap::new();
        // What the database calls of the standard libraries is the database's.
        let (mut below_database, mut into_database) = (0, 0);
        let (mut file, mut function) = (String::new(), String::new());
        let (mut called_file, mut called) = (None::<String>, None::<String>);
        let mut is_call = false;
        for line in text.lines() {
            let line = line.trim();
            if let Some(name) = line.strip_prefix("fl=") {
                name.clone_into(&mut file);
            } else if let Some(name) = line.strip_prefix("fi=").or(line.strip_prefix("fe=")) {
                name.clone_into(&mut file);
            } else if let Some(name) = line.strip_prefix("fn=") {
                name.clone_into(&mut function);
            } else if let Some(name) = line.strip_prefix("cfi=").or(line.strip_prefix("cfl=")) {
                called_file = Some(name.to_owned());
            } else if let Some(name) = line.strip_prefix("cfn=") {
                called = Some(name.to_owned());
            } else if line.starts_with("calls=") {
                is_call = true;
            } else if line.starts_with(|it: char| it.is_ascii_digit() || "+-*".contains(it)) {
                let cost = line
                    .split_whitespace()
                    .nth(1)
                    .and_then(|it| it.parse().ok());
                let cost: u64 = cost.unwrap_or(0);
                let part = Part::of(&file, &function);
                if is_call {
                    let target = Part::of(
                        called_file.as_deref().unwrap_or(&file),
                        called.as_deref().unwrap_or_default(),
                    );
                    match (part, target) {
                        (Part::Database, Part::Database) => {}
                        (Part::Database, _) => below_database += cost,
                        (_, Part::Database) => into_database += cost,
                        _ => {}
                    }
                    (called_file, called, is_call) = (None, None, false);
                } else {
                    *parts.entry(part).or_default() += cost;
                }
            }
        }
        let database = parts.entry(Part::Database).or_default();
        // Both are the same where every call into the database was counted from its begin.
        let whole = (*database + below_database).max(into_database);
        let below = whole - *database;
        *database = whole;
        let shared = parts.entry(Part::Shared).or_default();
        *shared = shared.saturating_sub(below);
        Self(parts)
    }
}

fn print(variant: &str, profile: &Profile) {
    let all: u64 = profile.0.values().sum();
    eprintln!("\n{variant}: {all} instructions in the flush of {ITEMS} items");
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
             fl=/x/maintained-core/src/flush.rs\nfn=maintained_core::flush::flush\n10 5\n\
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
