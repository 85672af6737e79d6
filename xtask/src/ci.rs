//! `cargo xtask ci`: the cheap steps first, the first failure stops.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::docs;
use crate::step::{self, Failure, cargo};
use crate::test::{self, Length};

/// What random tests start from here, so that the CI says the same of the same code twice, and how
/// long they go on. At a developer's machine they start anew each time, and go on longer: there each
/// place has its turn, too, where something is stopped in one place after the other. Many tests
/// wait for a server or for one another: there are more of them at a time than processors.
const SETTINGS: &[(&str, &str)] = &[
    ("PLACES_STEP", "3"),
    ("PROPTEST_RNG_SEED", "20"),
    ("PROPTEST_CASES", "20"),
    ("STRESS_OPERATIONS", "400"),
    ("STRESS_LINKS", "200"),
    ("DATABASES_ROUNDS", "50"),
    ("RUST_TEST_THREADS", "4"),
];

/// What docs.rs shows. The names stand alone: as `maintained/sqlite` they would be features of the
/// dependency that examples and tests have on the package itself, and documentation is built
/// without it.
const SHOWN: &str = "async,cli,mysql,postgres,r2d2,sqlite";

/// The packages that users see.
const PUBLISHED: [&str; 3] = ["maintained", "maintained-core", "maintained-derive"];

/// Runs all that must pass before a change is merged, on all databases.
pub(crate) fn run() -> Result<(), Failure> {
    let started = Instant::now();
    test::prepare(&[])?;
    let features = test::of_workspace(&[], Length::Short);
    let linted = linted()?;
    let all = ["--workspace", "--features", &features, "--config", &linted];
    step::run("format", &mut cargo(["fmt", "--all", "--check"]))?;
    eprintln!("\n== count what the documentation is held to");
    docs::run()?;
    // Tests and examples have async connections on.
    let mut blocking = cargo(["check", "--package", "maintained"]);
    blocking.args(["--features", "sqlite,postgres,mysql"]);
    step::run("check without async", &mut blocking)?;
    let mut doc = cargo(["doc", "--no-deps", "--features", SHOWN]);
    doc.args(PUBLISHED.map(|package| ["--package", package]).concat())
        .env("RUSTDOCFLAGS", "-D warnings");
    step::run("doc", &mut doc)?;
    let settings: Vec<_> = SETTINGS.iter().copied().chain([DENIED]).collect();
    test::run_beside(&all, &settings)?;
    examples(&all)?;
    eprintln!(
        "\n== all passed in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What clippy is told by `cargo clippy -- -D warnings`.
const DENIED: (&str, &str) = (
    "CLIPPY_ARGS",
    "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__",
);

/// Makes cargo compile the workspace by clippy, which is a compiler that says more: what is tested is
/// linted while it is built, and not gone through twice. It stands in no variable, which tests that
/// compile something would inherit.
fn linted() -> Result<String, Failure> {
    let sysroot = step::said(
        "find clippy",
        Command::new("rustc").args(["--print", "sysroot"]),
    )?;
    let clippy = PathBuf::from(sysroot.trim()).join("bin/clippy-driver");
    let clippy = clippy.display();
    Ok(format!("build.rustc-workspace-wrapper='{clippy}'"))
}

/// Runs the examples, as the tests have built them: `cargo run` selects one package, and with it
/// other features.
fn examples(all: &[&str]) -> Result<(), Failure> {
    step::run(
        "build the examples",
        cargo(["build", "--examples"]).args(all).envs([DENIED]),
    )?;
    step::run("quickstart", &mut example("quickstart"))?;
    step::run("quickstart, async", &mut example("quickstart_async"))?;
    step::run("countries", &mut example("countries"))?;
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
