//! `cargo xtask bench`: the benchmarks, on servers of its own where there are no others.

mod arguments;
mod peers;
mod plot;
mod profile;
mod scale;

use clap::{Args, ValueEnum};

use self::arguments::Arguments;
use crate::database::Database;
use crate::step::{self, Failure};
use crate::test::{self, Length};

/// What is measured.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct Options {
    /// Run the workload on django-computedfields as well: with 10,000 items, and 1,000 where each
    /// save computes; then rebuild and check beside its `updatedata` and `checkdata`
    #[arg(long, conflicts_with = "scale")]
    peers: bool,

    /// Measure time and memory by the number of rows, and draw them into `docs`
    #[arg(long)]
    scale: bool,

    /// Only these sweeps, of `items`, `pending`, `children` and `saves`
    #[arg(long, value_delimiter = ',', requires = "scale")]
    sweep: Vec<String>,

    /// No size above this one
    #[arg(long, requires = "scale")]
    largest: Option<usize>,

    /// Measure a flush by the number of parents, of tables that were never analysed
    #[arg(long, conflicts_with_all = ["peers", "scale"])]
    parents: bool,

    /// Measure async connections beside blocking ones, on PostgreSQL and MariaDB
    #[arg(long = "async", conflicts_with_all = ["peers", "scale", "parents"])]
    awaited: bool,

    /// Have eight writers at once vote on few rows, on PostgreSQL and MariaDB
    #[arg(long, conflicts_with_all = ["peers", "scale", "parents", "awaited"])]
    votes: bool,

    /// Count the instructions of a flush and of saves on SQLite, by what they are spent for, with
    /// valgrind
    #[arg(long, conflicts_with_all = ["peers", "scale", "parents", "awaited", "votes"])]
    profile: bool,

    /// For the benchmark itself; `-- --help` lists them
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Measures.
pub(crate) fn run(options: Options) -> Result<(), Failure> {
    if options.profile {
        return profile::run();
    }
    let program = match &options {
        Options { parents: true, .. } => "parents",
        Options { awaited: true, .. } => "awaited",
        Options { votes: true, .. } => "votes",
        _ => "shop",
    };
    let mut arguments = Arguments::new(options.arguments);
    let databases = arguments.databases();
    // One build for all, whichever are measured.
    test::prepare(&[])?;
    step::run("build", bench(program).args(["--no-run", "--quiet"]))?;
    let mut servers = Vec::new();
    for database in &databases {
        servers.extend(database.start()?);
    }
    let addresses = servers.iter().map(|server| server.variable.clone());
    let addresses: Vec<(&str, String)> = addresses.collect();
    if options.scale {
        return scale::Scale {
            databases: &databases,
            addresses: &addresses,
            sweeps: &options.sweep,
            largest: options.largest.unwrap_or(usize::MAX),
        }
        .run();
    }
    if options.peers {
        let results = peers::run(&databases, &addresses, &mut arguments)?;
        arguments.add("--join", &results.display().to_string());
    }
    let mut command = bench(program);
    command
        .arg("--")
        .args(arguments.all())
        .envs(addresses.clone());
    step::run(program, &mut command)?;
    if options.peers {
        let mut operations = bench("operations");
        operations.arg("--").args(peers::operations()?);
        operations.args(databases.iter().flat_map(|it| ["--database", it.name()]));
        step::run("operations", operations.envs(addresses))?;
    }
    Ok(())
}

/// The command that builds a benchmark and runs it.
fn bench(name: &str) -> std::process::Command {
    let features = test::features(&[], Length::Short);
    step::cargo([
        "bench",
        "--package",
        "maintained",
        "--features",
        &features,
        "--bench",
        name,
    ])
}

/// All databases, by the names that the benchmark has for them.
fn database(name: &str) -> Option<Database> {
    let mut all = Database::value_variants().iter().copied();
    all.find(|database| database.name() == name)
}
