//! The study on SQLite.

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionResult, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

#[path = "program/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
pub(crate) mod program;

/// Diesel's connection.
pub(crate) type Inner = SqliteConnection;

/// The tables.
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("examples/study/migrations/sqlite");

/// Connects to a file, or to a database in memory.
fn connect(url: &str) -> ConnectionResult<Inner> {
    let mut conn = Inner::establish(url)?;
    // Foreign keys are checked only where a connection asks for it.
    conn.batch_execute("PRAGMA foreign_keys = ON")
        .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(conn)
}
