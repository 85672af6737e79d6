//! `cargo xtask compile-time`: what the library costs in compile time.
//!
//! The same models are written once with Diesel's derives and once with the library's besides, and
//! with a function that writes each of them, as crates in `target/compile-time`: on `SQLite`, on
//! `PostgreSQL`, and on blocking and async connections to `PostgreSQL` at once. Their dependencies
//! are built before; then each crate alone is compiled several times, and the best time counts.

mod generate;

use std::path::Path;
use std::time::Duration;

use crate::compile_time::generate::{Flavour, Library, On};
use crate::step::{self, Failure};

/// How many models the crates have.
const MODELS: u8 = 50;

/// How often each crate is compiled.
const ROUNDS: usize = 3;

/// How many times as long as with plain Diesel a check may take.
const CHECK_BAR: f64 = 2.0;

/// How many seconds more than with plain Diesel a release build may take, for each model: by blocking
/// connections, and by blocking and async ones.
const RELEASE_BAR: f64 = 0.3;
const BOTH_BAR: f64 = 0.45;

/// Generates the crates, compiles them and prints the table.
pub(crate) fn run() -> Result<(), Failure> {
    let folder = step::workspace().join("target").join("compile-time");
    generate::crates(&folder, MODELS)?;
    let measure = |on: On, arguments: &[&str]| {
        let time = |library| best_time(&folder, Flavour { library, on }, arguments);
        let plain = time(Library::Plain)?.as_secs_f64();
        let maintained = time(Library::Maintained)?.as_secs_f64();
        Ok::<_, Failure>((plain, maintained))
    };
    let mut lines = Vec::new();
    for on in On::ALL {
        let check = measure(on, &["check"])?;
        let release = measure(on, &["build", "--release"])?;
        let times = check.1 / check.0;
        let more = (release.1 - release.0) / f64::from(MODELS);
        let bar = match on {
            On::Sqlite | On::Postgres => RELEASE_BAR,
            On::PostgresBoth => BOTH_BAR,
        };
        let name = on.name();
        lines.push(format!(
            "{name:<14}{:<9}{:>8.2}{:>12.2}   {times:.2} times, may be {CHECK_BAR}",
            "check", check.0, check.1
        ));
        lines.push(format!(
            "{name:<14}{:<9}{:>8.2}{:>12.2}   {more:.3} s more a model, may be {bar}",
            "release", release.0, release.1
        ));
    }
    eprintln!("\n{MODELS} models without their dependencies, best of {ROUNDS}, in seconds");
    eprintln!("{:<14}{:<9}{:>8}{:>12}", "", "", "Diesel", "maintained");
    for line in lines {
        eprintln!("{line}");
    }
    Ok(())
}

/// Builds a crate with its dependencies, then takes the best time of compiling the crate alone.
fn best_time(folder: &Path, flavour: Flavour, arguments: &[&str]) -> Result<Duration, Failure> {
    let package = flavour.package();
    let name = format!("{} {package}", arguments.join(" "));
    let command = || {
        let mut command = step::cargo(arguments.iter().copied());
        command
            .current_dir(folder)
            .args(["--quiet", "--package", &package])
            .env("CARGO_TARGET_DIR", folder.join("target"))
            // A second compilation would otherwise start from the first one's results.
            .env("CARGO_INCREMENTAL", "0");
        command
    };
    step::run(&format!("{name}, with dependencies"), &mut command())?;
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        generate::touch(folder, flavour)?;
        best = best.min(step::time(&name, &mut command())?);
    }
    Ok(best)
}
