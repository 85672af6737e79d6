//! Columns of all the types that Diesel knows, as keys, inputs and maintained fields.

#![allow(clippy::duplicate_mod, reason = "one text for all databases")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[macro_use]
#[path = "types/models.rs"]
mod models;
#[cfg(feature = "mysql")]
#[path = "types/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "types/postgres.rs"]
mod postgres;
#[path = "types/sqlite.rs"]
mod sqlite;
