//! `cargo xtask test`.

use clap::ValueEnum;

use crate::database::Database;
use crate::step::{self, Failure};

/// Sees to what is needed to build and run the tests on some databases.
pub(crate) fn prepare(databases: &[Database]) -> Result<(), Failure> {
    all_if_none(databases)
        .iter()
        .try_for_each(|database| database.prepare())
}

/// Runs the whole suite, or the part of it that runs on some databases.
///
/// All tests that need no server run with those on SQLite, and those that need all databases when
/// all are asked for. Everything is built once, with one set of features. `settings` are variables
/// that the tests read.
pub(crate) fn run(
    databases: &[Database],
    length: Length,
    settings: &[(&str, &str)],
) -> Result<(), Failure> {
    let databases = all_if_none(databases);
    prepare(databases)?;
    let features = features(databases, length);
    let mut arguments = vec!["test"];
    if databases.contains(&Database::Sqlite) {
        arguments.extend(["--workspace", "--features", &features]);
    } else {
        arguments.extend(["--package", "maintained", "--features", &features]);
        for database in databases {
            arguments.extend(["--test", database.name()]);
            if length == Length::All
                && let Some(awaited) = database.async_name()
            {
                arguments.extend(["--test", awaited]);
            }
        }
    }
    let mut command = step::cargo(arguments);
    command.envs(settings.iter().copied());
    let mut servers = Vec::new();
    for database in databases {
        servers.extend(database.start()?);
    }
    command.envs(servers.iter().map(|server| server.variable.clone()));
    let names: Vec<&str> = databases.iter().map(|database| database.name()).collect();
    step::run(&format!("test on {}", names.join(", ")), &mut command).map(drop)
}

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// All but the suite by async connections, which takes as long as by blocking ones.
    Short,
    All,
}

/// The features of the library that the tests on some databases need.
pub(crate) fn features(databases: &[Database], length: Length) -> String {
    let names = all_if_none(databases).iter();
    let names = names.map(|database| database.name()).chain(["testing"]);
    let names = names.chain((length == Length::All).then_some("long"));
    let features: Vec<String> = names.map(|name| format!("maintained/{name}")).collect();
    features.join(",")
}

fn all_if_none(databases: &[Database]) -> &[Database] {
    if databases.is_empty() {
        Database::value_variants()
    } else {
        databases
    }
}
