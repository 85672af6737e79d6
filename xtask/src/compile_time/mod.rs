//! `cargo xtask compile-time`: what the library costs in compile time.
//!
//! The same models are written once with Diesel's derives and once with the library's besides, as
//! two crates in `target/compile-time`. Their dependencies are built before; then each crate alone
//! is compiled several times, and the best time counts.

mod generate;

use std::path::Path;
use std::time::Duration;

use crate::compile_time::generate::Flavour;
use crate::step::{self, Failure};

/// How many models the crates have.
const MODELS: u8 = 50;

/// How often each crate is compiled.
const ROUNDS: usize = 3;

/// How many times as long as with plain Diesel a check may take.
const CHECK_BAR: f64 = 2.0;

/// How many seconds more than with plain Diesel a release build may take, for each model.
const RELEASE_BAR: f64 = 0.3;

/// Generates the crates, compiles them and prints the table.
pub(crate) fn run() -> Result<(), Failure> {
    let folder = step::workspace().join("target").join("compile-time");
    generate::crates(&folder, MODELS)?;
    let measure = |arguments: &[&str]| {
        let plain = best_time(&folder, Flavour::Plain, arguments)?.as_secs_f64();
        let maintained = best_time(&folder, Flavour::Maintained, arguments)?.as_secs_f64();
        Ok::<_, Failure>((plain, maintained))
    };
    let check = measure(&["check"])?;
    let release = measure(&["build", "--release"])?;

    let times = check.1 / check.0;
    let more = (release.1 - release.0) / f64::from(MODELS);
    eprintln!("\n{MODELS} models without their dependencies, best of {ROUNDS}, in seconds");
    eprintln!("{:<10}{:>8}{:>12}", "", "Diesel", "maintained");
    eprintln!(
        "{:<10}{:>8.2}{:>12.2}   {times:.2} times, may be {CHECK_BAR}",
        "check", check.0, check.1
    );
    eprintln!(
        "{:<10}{:>8.2}{:>12.2}   {more:.3} s more a model, may be {RELEASE_BAR}",
        "release", release.0, release.1
    );
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
            .args(["--quiet", "--package", package])
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
