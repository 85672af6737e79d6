//! What a flush costs by the number of parents, right after a load: `cargo bench --bench parents`.
//!
//! A forum's threads and posts are loaded in one transaction, so that the database has no
//! statistics of them, in shapes that mislead a planner: no post counts, most threads are empty,
//! one thread has nearly all posts. Then each field is computed for all rows. A statement that
//! searches a table for each parent shows: its time is a square, and not a line. `SQLite` runs in
//! memory; the other databases run where `POSTGRES_DATABASE_URL` and `MYSQL_DATABASE_URL` say, with
//! `--features postgres,mysql`.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints its figures"
)]
#![allow(clippy::duplicate_mod, reason = "one text for all databases")]

use clap::Parser;

#[path = "parents/models.rs"]
mod models;
#[cfg(feature = "mysql")]
#[path = "parents/mysql.rs"]
mod mysql;
#[path = "parents/options.rs"]
mod options;
#[cfg(feature = "postgres")]
#[path = "parents/postgres.rs"]
mod postgres;
#[path = "parents/shape.rs"]
mod shape;
#[path = "parents/sqlite.rs"]
mod sqlite;
#[path = "parents/table.rs"]
mod table;

/// What can go wrong.
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let options = options::Options::parse();
    sqlite::run(&options)?;
    #[cfg(feature = "postgres")]
    postgres::run(&options)?;
    #[cfg(feature = "mysql")]
    mysql::run(&options)?;
    Ok(())
}
