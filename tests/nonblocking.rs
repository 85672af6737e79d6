//! Async connections: one text on PostgreSQL and on MySQL or MariaDB, at the addresses in
//! `POSTGRES_DATABASE_URL` and `MYSQL_DATABASE_URL`; and SQLite behind `SyncConnectionWrapper`.
//! `STRESS_OPERATIONS` says how much is written at random.
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
#![allow(clippy::assigning_clones, reason = "the texts of tests are small")]

#[path = "nonblocking/aside.rs"]
mod aside;
#[path = "nonblocking/models.rs"]
mod models;
#[path = "nonblocking/mysql.rs"]
mod mysql;
#[path = "stress/places.rs"]
mod places;
#[path = "nonblocking/polled.rs"]
mod polled;
#[path = "nonblocking/postgres.rs"]
mod postgres;
#[path = "../benches/awaited/proxy.rs"]
mod proxy;
#[path = "nonblocking/rows.rs"]
mod rows;
#[path = "nonblocking/schema.rs"]
mod schema;
#[path = "nonblocking/sqlite.rs"]
mod sqlite;

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
    format!("nonblocking_{}_{number}", std::process::id())
}
