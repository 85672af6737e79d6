//! Where databases reach their limits: tables of which they know nothing, values that columns cannot hold, constraints over
//! several columns.

#![allow(clippy::duplicate_mod, reason = "one text for all databases")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "limits/models.rs"]
mod models;
#[cfg(feature = "mysql")]
#[path = "limits/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "limits/postgres.rs"]
mod postgres;
#[path = "limits/sqlite.rs"]
mod sqlite;
