//! One scope over several databases: on files of SQLite, and on databases of one server, at the
//! addresses in `POSTGRES_DATABASE_URL` and `MYSQL_DATABASE_URL`, where these features are on.
//! `DATABASES_ROUNDS` says how many scopes each random test runs. What is prepared on `PostgreSQL`
//! is on a server that the tests start: by itself none prepares anything. `MySQL` has to be
//! `MariaDB` for that.
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
#![allow(clippy::duplicate_mod, reason = "one text for all databases")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::assigning_clones, reason = "the texts of tests are small")]

#[cfg(any(feature = "mysql", feature = "postgres"))]
#[path = "nonblocking/aside.rs"]
mod aside;
#[path = "databases/board.rs"]
mod board;
#[path = "nonblocking/models.rs"]
mod models;
#[cfg(feature = "mysql")]
#[path = "databases/mysql.rs"]
mod mysql;
#[path = "stress/places.rs"]
mod places;
#[path = "nonblocking/polled.rs"]
mod polled;
#[cfg(feature = "postgres")]
#[path = "databases/postgres.rs"]
mod postgres;
#[cfg(any(feature = "mysql", feature = "postgres"))]
#[path = "databases/proxy.rs"]
mod proxy;
#[path = "stress/random.rs"]
mod random;
#[path = "nonblocking/rows.rs"]
mod rows;
#[path = "nonblocking/schema.rs"]
mod schema;
#[path = "databases/sqlite.rs"]
mod sqlite;

/// The keys of the databases, in their order.
pub const KEYS: [&str; 5] = ["at", "ch", "de", "fr", "pe"];

/// The address of a server, without which its tests fail.
fn address(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: the address of a server to test on"))
}

/// A name for a database or schema that no other test has.
fn fresh_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("databases_{}_{number}", std::process::id())
}

/// How many scopes a random test runs.
fn rounds(usual: usize) -> usize {
    std::env::var("DATABASES_ROUNDS").map_or(usual, |rounds| rounds.parse().unwrap())
}
