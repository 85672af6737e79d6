//! A program that mounts the library's own command, over the shop that the example `bulk_load` makes.
//!
//! ```sh
//! cargo run --example bulk_load -- --database shop.db
//! cargo run --example manage -- --database shop.db check
//! ```

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use diesel::prelude::*;
use maintained::prelude::*;

#[path = "bulk_load/models.rs"]
#[allow(
    dead_code,
    reason = "the command reads the models by what they declare"
)]
mod models;
#[path = "bulk_load/schema.rs"]
#[allow(dead_code, reason = "the tables are there already")]
mod schema;

/// Sees and mends what has drifted in the shop.
#[derive(Debug, Parser)]
#[command(name = "manage")]
struct Options {
    /// The database file that `bulk_load --database FILE` has made
    #[arg(long, value_name = "FILE")]
    database: PathBuf,

    #[command(subcommand)]
    command: maintained::cli::Command,
}

fn main() -> ExitCode {
    let options = Options::parse();
    // `SQLite` makes a file where there is none.
    if !options.database.exists() {
        eprintln!("error: there is no file {}", options.database.display());
        return ExitCode::from(2);
    }
    let url = options.database.to_string_lossy();
    let connect = || MaintainedConnection::<SqliteConnection>::establish(&url);
    options.command.run_on(connect)
}
