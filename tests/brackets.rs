//! Brackets of `track`: whatever happens while they are open, in whatever order, no field is stale afterwards.

#![allow(clippy::duplicate_mod, reason = "one text for all databases")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "brackets/models.rs"]
mod models;
#[cfg(feature = "mysql")]
#[path = "brackets/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "brackets/postgres.rs"]
mod postgres;
#[path = "brackets/sqlite.rs"]
mod sqlite;
