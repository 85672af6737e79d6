//! The study on PostgreSQL.

use diesel::{Connection, ConnectionResult, PgConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

#[path = "program/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
pub(crate) mod program;

/// Diesel's connection.
pub(crate) type Inner = PgConnection;

/// The tables.
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("examples/study/migrations/postgres");

/// Connects to a database.
fn connect(url: &str) -> ConnectionResult<Inner> {
    Inner::establish(url)
}
