//! The project's own commands: `cargo xtask --help`.

mod bench;
mod ci;
mod compile_time;
mod database;
mod docs;
mod example_data;
mod explore;
mod load;
mod release;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{server, step};

use crate::database::Database;

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Options {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run the whole test suite: unit tests, integration tests and doctests
    Test {
        /// The databases to run it on [default: all]
        databases: Vec<Database>,
    },
    /// Run all that must pass before a change is merged
    Ci,
    /// Count what the documentation is held to: the README's words, lines that are too long,
    /// methods without an example
    Docs,
    /// Run two writes beside one another in every order of their statements, and look for fields
    /// that are stale
    Explore(explore::Options),
    /// Send many requests to the servers of the examples, and look for what they have done wrong
    Load(load::Options),
    /// Measure what the library costs at run time, against what one would write by hand
    Bench(bench::Options),
    /// Measure what the library costs in compile time, on a generated crate with 50 models
    CompileTime,
    /// Make the packages and use them as somebody new would, or say how they are published
    Release(release::Options),
    /// Write the data of the examples again
    ExampleData,
}

fn main() -> ExitCode {
    let result = match Options::parse().task {
        Task::Test { databases } => test::run(&databases),
        Task::Ci => ci::run(),
        Task::Docs => docs::run(),
        Task::Explore(options) => explore::run(&options),
        Task::Load(options) => load::run(&options),
        Task::Bench(options) => bench::run(options),
        Task::CompileTime => compile_time::run(),
        Task::Release(options) => release::run(&options),
        Task::ExampleData => example_data::write(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            ExitCode::FAILURE
        }
    }
}
