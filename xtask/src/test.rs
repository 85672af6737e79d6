//! `cargo xtask test`.

use std::panic::resume_unwind;
use std::thread;

use serde_json::Value;

use crate::database::Database;
use crate::server::{self, Server};
use crate::step::{self, Failure};

/// Sees to what is needed to build and run the tests on some databases.
pub(crate) fn prepare(databases: &[Database]) -> Result<(), Failure> {
    let databases = all_if_none(databases);
    if databases.contains(&Database::Sqlite) && databases.contains(&Database::Postgres) {
        // The page of the example `server` is tested with both.
        server::browser::prepare()?;
    }
    databases.iter().try_for_each(|database| database.prepare())
}

/// Runs the whole suite, or the part of it that runs on some databases.
///
/// All tests that need no server run with those on SQLite, and those that need all databases when
/// all are asked for. Everything is built once, with one set of features.
pub(crate) fn run(databases: &[Database]) -> Result<(), Failure> {
    let databases = all_if_none(databases);
    prepare(databases)?;
    let features = features(databases, Length::All);
    let workspace = of_workspace(databases, Length::All);
    let mut arguments = vec!["test"];
    if databases.contains(&Database::Sqlite) {
        arguments.extend(["--workspace", "--features", &workspace]);
    } else {
        arguments.extend(["--package", "maintained", "--features", &features]);
        for database in databases {
            arguments.extend(["--test", database.name()]);
            if let Some(awaited) = database.async_name() {
                arguments.extend(["--test", awaited]);
            }
        }
    }
    let servers = start(databases)?;
    let mut command = step::cargo(arguments);
    command.envs(servers.iter().map(|server| server.variable.clone()));
    let names: Vec<&str> = databases.iter().map(|database| database.name()).collect();
    step::run(&format!("test on {}", names.join(", ")), &mut command).map(drop)
}

/// Starts the servers of some databases, as far as the caller has not said where they are. They stop
/// when they are dropped.
fn start(databases: &[Database]) -> Result<Vec<Server>, Failure> {
    let mut servers = Vec::new();
    for database in databases {
        servers.extend(database.start()?);
    }
    Ok(servers)
}

/// Tests that wait for servers and for one another more than they work.
const WAITING: [&str; 5] = ["databases", "explore", "mysql", "nonblocking", "postgres"];

/// Runs the whole suite, but for the long tests: those that wait, and beside them all others. What
/// the first say is printed at their end. All of it is built with the same arguments.
pub(crate) fn run_beside(build: &[&str], settings: &[(&str, &str)]) -> Result<(), Failure> {
    let servers = start(Database::all())?;
    let command = |more: &[&str]| {
        let mut command = step::cargo(["test"].iter().chain(build).chain(more).copied());
        command.envs(settings.iter().copied());
        command.envs(servers.iter().map(|server| server.variable.clone()));
        command
    };
    step::run("build the tests", &mut command(&["--no-run"]))?;
    // To build all targets at once would build the examples as tests, and once more to be run.
    step::run(
        "build the benchmarks",
        &mut command(&["--no-run", "--benches"]),
    )?;
    let (waiting, working): (Vec<String>, Vec<String>) = short()?
        .into_iter()
        .partition(|name| WAITING.contains(&name.as_str()));
    thread::scope(|threads| {
        let beside = threads.spawn(|| {
            let mut command = command(&named(&waiting));
            step::said("test what waits", &mut command)
        });
        let mut arguments = vec!["--lib", "--bins"];
        arguments.extend(named(&working));
        let rest = step::run("test", &mut command(&arguments));
        let rest = rest.and_then(|_| step::run("test the documentation", &mut command(&["--doc"])));
        let said = beside.join().unwrap_or_else(|panic| resume_unwind(panic));
        eprintln!("{}", said?);
        rest.map(drop)
    })
}

/// The arguments that name some tests.
fn named(names: &[String]) -> Vec<&str> {
    let names = names.iter().map(String::as_str);
    names.flat_map(|name| ["--test", name]).collect()
}

/// The names of the workspace's integration tests, but for the long ones.
fn short() -> Result<Vec<String>, Failure> {
    let mut command = step::cargo(["metadata", "--no-deps", "--format-version", "1"]);
    let told = step::json("list the tests", &mut command)?;
    let packages = told["packages"].as_array().into_iter().flatten();
    let targets = packages.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let is = |list: &Value, text: &str| {
        let mut list = list.as_array().into_iter().flatten();
        list.any(|it| it == text)
    };
    let tests = targets
        .filter(|target| is(&target["kind"], "test") && !is(&target["required-features"], "long"));
    let names = tests.filter_map(|target| target["name"].as_str());
    Ok(names.map(str::to_owned).collect())
}

/// How much is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    /// All but the suite by async connections, which takes as long as by blocking ones, and mistakes
    /// that are compiled for three databases.
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

/// The same, where the whole workspace is built: with the package whose tests need all databases.
pub(crate) fn of_workspace(databases: &[Database], length: Length) -> String {
    let features = features(databases, length);
    let databases = all_if_none(databases);
    if Database::all().iter().any(|it| !databases.contains(it)) {
        return features;
    }
    match length {
        Length::Short => format!("{features},backends/servers"),
        Length::All => format!("{features},backends/servers,backends/long"),
    }
}

fn all_if_none(databases: &[Database]) -> &[Database] {
    if databases.is_empty() {
        Database::all()
    } else {
        databases
    }
}
