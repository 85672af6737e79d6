//! `cargo xtask ci`: the cheap steps first, the first failure stops.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::database::Database;
use crate::step::{self, Failure, cargo};
use crate::test;

/// The databases that the CI tests on. `PostgreSQL` and `MySQL` join once the suite has passed on them as a whole.
const DATABASES: &[Database] = &[Database::Sqlite];

/// Runs all that must pass before a change is merged.
pub(crate) fn run() -> Result<(), Failure> {
    let started = Instant::now();
    test::prepare(DATABASES)?;
    step::run("format", &mut cargo(["fmt", "--all", "--check"]))?;
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    step::run("clippy", &mut cargo(clippy))?;
    let doc = ["doc", "--workspace", "--no-deps"];
    step::run("doc", cargo(doc).env("RUSTDOCFLAGS", "-D warnings"))?;
    test::run(DATABASES)?;
    examples()?;
    eprintln!(
        "\n== all passed in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Runs the examples, as the tests have built them: `cargo run` selects one package, and with it other features.
fn examples() -> Result<(), Failure> {
    step::run(
        "build the examples",
        &mut cargo([
            "build",
            "--workspace",
            "--examples",
            "--features",
            &test::features(DATABASES),
        ]),
    )?;
    step::run("quickstart", &mut example("quickstart"))?;
    for mode in ["buffered", "immediate", "disabled"] {
        step::run(
            &format!("bulk load, {mode}"),
            example("bulk_load").args(["--scale", "1", "--mode", mode]),
        )?;
    }
    step::run("bulk load, dry run", example("bulk_load").arg("--dry-run"))?;
    step::run("study", &mut example("study"))?;
    step::run("study, dry run", example("study").arg("--dry-run"))?;
    Ok(())
}

/// An example's program. It lies next to this one.
fn example(name: &str) -> Command {
    let programs = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.to_owned()));
    let programs: PathBuf = programs.unwrap_or_else(|| step::workspace().join("target/debug"));
    let mut command = Command::new(programs.join("examples").join(name));
    command.current_dir(step::workspace());
    command
}
