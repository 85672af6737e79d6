//! On `SQLite`, in memory.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

#[path = "text/mod.rs"]
mod text;

pub(crate) type Conn = MaintainedConnection<SqliteConnection>;

/// The type of a column that holds times.
pub(crate) const TIMESTAMP: &str = "TIMESTAMP";

/// Nothing that has to be removed: the database is in memory.
#[derive(Debug)]
pub(crate) struct Place;

/// A connection to a database of its own.
pub(crate) fn open() -> (Place, Conn) {
    let mut conn = Conn::establish(":memory:").unwrap();
    conn.batch_execute("PRAGMA foreign_keys = ON").unwrap();
    (Place, conn)
}
