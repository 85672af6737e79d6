//! `cargo xtask docs`: what the documentation is held to, counted.
//!
//! A README that grows is not read, and a line of documentation that is too wide is not read
//! either, in a terminal or beside the code. So both have a limit. The methods without an example
//! are counted and named, but do not fail.

mod examples;
mod lines;
mod words;

use std::path::{Path, PathBuf};

use crate::step::{self, Failure};

/// How many words the README may have, its code included.
const WORDS: usize = 900;

/// How many columns a line of documentation has at most.
const WIDTH: usize = 100;

/// How many of a hundred lines of documentation may be longer.
const LONG: f64 = 2.0;

/// The crates whose documentation users read.
const SOURCES: [&str; 3] = ["src", "maintained-core/src", "maintained-derive/src"];

/// Counts, prints what was counted, and fails where a limit is not kept.
pub(crate) fn run() -> Result<(), Failure> {
    let mut wrong = Vec::new();
    let words = words::count(&read(&step::workspace().join("README.md"))?);
    eprintln!("README.md: {words} words, may have {WORDS}");
    if words > WORDS {
        wrong.push(format!(
            "README.md has {words} words, and may have {WORDS}: move what only some readers need to docs/guide"
        ));
    }
    let mut methods = Vec::new();
    for folder in SOURCES {
        let found = sources(&step::workspace().join(folder))?;
        let mut share = lines::Share::default();
        let mut of_crate = examples::Methods::default();
        for file in &found {
            let text = read(file)?;
            share.add(&text, WIDTH);
            of_crate.add(file, &text)?;
        }
        methods.push(of_crate);
        eprintln!(
            "{folder}: {} of {} lines of documentation have more than {WIDTH} columns ({:.1} %, fewer than {LONG} % may)",
            share.long,
            share.all,
            share.percent()
        );
        if share.percent() >= LONG {
            wrong.push(format!(
                "in {folder} {:.1} % of the lines of documentation have more than {WIDTH} columns, and fewer than \
                 {LONG} % may: wrap them",
                share.percent()
            ));
        }
    }
    let count: usize = methods.iter().map(examples::Methods::count).sum();
    let without: Vec<&str> = methods
        .iter()
        .flat_map(examples::Methods::without_example)
        .collect();
    eprintln!(
        "public methods and functions: {count}, of which {} have an example",
        count - without.len()
    );
    for method in without {
        eprintln!("  without an example: {method}");
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failure::Documentation {
            wrong: wrong.join("\n"),
        })
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|source| Failure::read(path, source))
}

/// The Rust files in a folder and those below, but for tests, which nobody reads as documentation.
fn sources(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(|source| Failure::read(folder, source))?;
    for entry in entries {
        let path = entry
            .map_err(|source| Failure::read(folder, source))?
            .path();
        let is_test = path.file_stem().is_some_and(|name| name == "tests");
        if is_test {
            continue;
        }
        if path.is_dir() {
            files.extend(sources(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    // The crate's own file first: it says which modules are public.
    files.sort_by_key(|file| (!file.ends_with("lib.rs"), file.clone()));
    Ok(files)
}
