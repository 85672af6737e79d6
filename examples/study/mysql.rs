//! The study on MySQL and MariaDB.

use diesel::{Connection, ConnectionResult, MysqlConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

#[path = "program/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
pub(crate) mod program;

/// Diesel's connection.
pub(crate) type Inner = MysqlConnection;

/// The tables.
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("examples/study/migrations/mysql");

/// Connects to a database.
fn connect(url: &str) -> ConnectionResult<Inner> {
    Inner::establish(url)
}
