//! Fields whose rule is declared: computed by the database, they equal what a function would return.

#![cfg_attr(
    any(feature = "mysql", feature = "postgres"),
    allow(dead_code, reason = "one text for all databases")
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "declared/models.rs"]
mod models;
#[cfg(feature = "mysql")]
#[path = "declared/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "declared/postgres.rs"]
mod postgres;
#[path = "declared/sqlite.rs"]
mod sqlite;
