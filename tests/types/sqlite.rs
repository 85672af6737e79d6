//! On `SQLite`, in memory.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

#[path = "sqlite/decimals.rs"]
mod decimals;
#[path = "text/mod.rs"]
mod text;

/// Documents as text, and in the form that `SQLite` calls JSONB.
#[path = "text"]
mod documents {
    use diesel::sqlite::Sqlite;

    json_models!(Sqlite Jsonb "TEXT" "BLOB");
}

/// UUIDs as sixteen bytes.
#[path = "text"]
mod binary_uuids {
    use diesel::sqlite::Sqlite;

    uuid_models!(Sqlite crate::models::uuids::Bytes, Binary "BLOB");
}

/// UUIDs as text.
#[path = "text"]
mod spelled_uuids {
    use diesel::sqlite::Sqlite;

    uuid_models!(Sqlite crate::models::uuids::Spelled, Text "TEXT");
}

pub(crate) type Conn = MaintainedConnection<SqliteConnection>;

/// The type of a column that holds times.
pub(crate) const TIMESTAMP: &str = "TIMESTAMP";
/// The same, to the microsecond.
pub(crate) const PRECISE: &str = "TIMESTAMP";
/// Whether columns round what they store.
pub(crate) const ROUNDS: bool = false;

/// Adds 1 to a shop's base whenever the weight of one of its tags changes.
pub(crate) const WEIGHING: &[&str] = &["CREATE TRIGGER weighing AFTER UPDATE OF weight ON tags
    BEGIN UPDATE shops SET base = base + 1 WHERE id = NEW.shop_id; END"];

/// Nothing that has to be removed: the database is in memory.
#[derive(Debug)]
pub(crate) struct Place;

/// A connection to a database of its own.
pub(crate) fn open() -> (Place, Conn) {
    let mut conn = Conn::establish(":memory:").unwrap();
    conn.batch_execute("PRAGMA foreign_keys = ON").unwrap();
    (Place, conn)
}
