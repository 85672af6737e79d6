//! Fields whose rule is declared: computed by the database, they equal what a function would return.

#![allow(clippy::duplicate_mod, reason = "one text for all databases")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "declared/accounts.rs"]
mod accounts;
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
#[path = "declared/totals.rs"]
mod totals;
