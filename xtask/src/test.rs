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
/// All tests that need no server run with those on SQLite. Everything is built once, with one set of features.
pub(crate) fn run(databases: &[Database]) -> Result<(), Failure> {
    let databases = all_if_none(databases);
    prepare(databases)?;
    let features = features(databases);
    let mut arguments = vec!["test"];
    if databases.contains(&Database::Sqlite) {
        arguments.extend(["--workspace", "--features", &features]);
    } else {
        arguments.extend(["--package", "maintained", "--features", &features]);
        for database in databases {
            arguments.extend(["--test", database.name()]);
        }
    }
    let mut command = step::cargo(arguments);
    let mut servers = Vec::new();
    for database in databases {
        servers.extend(database.start()?);
    }
    command.envs(servers.iter().map(|server| server.variable.clone()));
    let names: Vec<&str> = databases.iter().map(|database| database.name()).collect();
    step::run(&format!("test on {}", names.join(", ")), &mut command).map(drop)
}

/// The features of the library that the tests on some databases need.
pub(crate) fn features(databases: &[Database]) -> String {
    let names = all_if_none(databases).iter();
    let features: Vec<String> = names
        .map(|database| format!("maintained/{}", database.name()))
        .collect();
    features.join(",")
}

fn all_if_none(databases: &[Database]) -> &[Database] {
    if databases.is_empty() {
        Database::value_variants()
    } else {
        databases
    }
}
