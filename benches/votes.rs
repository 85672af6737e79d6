//! Many writers on few parents: `cargo bench --bench votes --features postgres,mysql`.
//!
//! Eight connections vote at once on 1, 10 or 1,000 topics, each vote a transaction of its own. Each
//! topic counts its votes and adds up their values: by triggers, by `UPDATE`s written by hand, and
//! by this library. Printed are votes a second, how long a vote takes, and how often one was
//! refused and given again. At the end the database itself looks for topics that are wrong. They
//! run where `POSTGRES_DATABASE_URL` and `MYSQL_DATABASE_URL` say; `SQLite` lets in one writer at a
//! time, so that there is nothing to see.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark prints its figures"
)]
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]
#![allow(clippy::duplicate_mod, reason = "one text for both databases")]

use clap::Parser;

#[cfg(feature = "mysql")]
#[path = "votes/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "votes/postgres.rs"]
mod postgres;

/// What can go wrong.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
struct Options {
    /// Only these databases, of `postgres` and `mysql`; all that there are, unless said
    #[arg(long, value_delimiter = ',')]
    database: Vec<String>,
    /// How many topics there are; each number is measured by itself
    #[arg(long, value_delimiter = ',', default_value = "1,10,1000")]
    topics: Vec<i32>,
    /// How many connections vote at once
    #[arg(long, default_value_t = 8)]
    writers: i32,
    /// How many votes each of them gives
    #[arg(long, default_value_t = 500)]
    votes: i32,
    /// How often each is measured; the median of the times counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// What `cargo bench` says
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    let is_meant = |name: &str| {
        options.database.is_empty() || options.database.iter().any(|wanted| wanted == name)
    };
    #[cfg(feature = "postgres")]
    if is_meant(postgres::NAME) {
        postgres::run(&options)?;
    }
    #[cfg(feature = "mysql")]
    if is_meant(mysql::NAME) {
        mysql::run(&options)?;
    }
    Ok(())
}
