//! Concurrency on each database, as rule 14 of the design promises it: no writer on any connection leaves a stale field.
//!
//! - `stress`: random operations on few hot rows, from many threads;
//! - `links`: random links between few rows, whose fields read the other side, from several connections;
//! - `races`: two connections, stopped before each of their statements in turn;
//! - `faults`: processes killed, connections terminated;
//! - `loads`: a scope that several connections share.
//!
//! SQLite is always tested; PostgreSQL and MySQL with the features `postgres` and `mysql`, at the addresses in
//! `POSTGRES_DATABASE_URL` and `MYSQL_DATABASE_URL`. `STRESS_OPERATIONS` and `STRESS_FAULTS` say how much is done.
#![allow(dead_code, reason = "each database needs a part of what all define")]
#![allow(
    unnameable_types,
    unreachable_pub,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::new_without_default,
    reason = "nothing of a test binary can be reached from outside"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "stress/bare/mod.rs"]
mod bare;
#[path = "stress/links/mod.rs"]
mod links;
#[path = "stress/models.rs"]
mod models;
#[path = "stress/places.rs"]
mod places;
#[path = "stress/random.rs"]
mod random;
#[path = "stress/refusal.rs"]
mod refusal;
#[path = "stress/schema.rs"]
mod schema;

#[cfg(feature = "mysql")]
#[path = "stress/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "stress/postgres.rs"]
mod postgres;
#[path = "stress/sqlite.rs"]
mod sqlite;

/// A number that the environment may set.
fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}"))
    })
}

/// The address of a server, without which its tests fail.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn address(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: the address of a server to test on"))
}

/// A name for a database or schema that no other test has.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn fresh_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("maintained_stress_{}_{count}", std::process::id())
}
