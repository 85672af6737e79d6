//! Loads an isotope-tracing study from CSV sheets into a database with ten maintained fields, through every kind of
//! relation.
//!
//! ```text
//! cargo run --example study
//! cargo run --release --example study -- --scale 167       # 10,000 samples
//! cargo run --example study --features postgres -- --database postgres://localhost/study
//! ```
//!
//! - `schema.rs` and `migrations` have the tables, `models` the rows: a marker stands on each column that is maintained;
//! - `setters` has what these columns follow from: pure functions, whose parameters say what they read;
//! - `sheets` reads the CSV files, and `program/loaders` writes their rows. Nothing there says what has to be computed:
//!   the scopes around the loaders know that from the writes;
//! - `program/check.rs` computes every field once more, without the library, and counts the stale ones.
//!
//! The study runs on three databases. What talks to one is in `program`, and `sqlite.rs`, `postgres.rs` and `mysql.rs`
//! include it, each with its type of connection; a program for one database has no need of that.

pub(crate) mod error;
pub(crate) mod loaded;
pub(crate) mod models;
pub(crate) mod options;
pub(crate) mod schema;
mod setters;
pub(crate) mod sheets;

#[cfg(feature = "mysql")]
pub(crate) mod mysql;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use self::error::LoadError;
use self::options::{Database, Options};
use self::sheets::Study;

fn main() -> ExitCode {
    execute(
        &Options::parse(),
        &mut io::stdout().lock(),
        &mut io::stderr().lock(),
    )
}

/// Runs the example; what ends it goes to `errors`.
pub(crate) fn execute(
    options: &Options,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> ExitCode {
    let Err(error) = run(options, out) else {
        return ExitCode::SUCCESS;
    };
    // Where even this cannot be written, the exit code is all that is left to say.
    writeln!(errors, "error: {error}").ok();
    ExitCode::FAILURE
}

fn run(options: &Options, out: &mut impl Write) -> Result<(), LoadError> {
    let study = Study::read(&options.folder)?;
    let url = options.url();
    match options.kind() {
        Database::Sqlite => sqlite::program::run(url, &study, options, out),
        #[cfg(feature = "postgres")]
        Database::Postgres => postgres::program::run(url, &study, options, out),
        #[cfg(not(feature = "postgres"))]
        Database::Postgres => Err(LoadError::NotBuiltFor("postgres")),
        #[cfg(feature = "mysql")]
        Database::Mysql => mysql::program::run(url, &study, options, out),
        #[cfg(not(feature = "mysql"))]
        Database::Mysql => Err(LoadError::NotBuiltFor("mysql")),
    }
}
