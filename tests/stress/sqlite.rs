//! The text on SQLite: a database in a file.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::{Isolation, MaintainedConnection};

#[path = "text/mod.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
mod text;

pub type Inner = SqliteConnection;
pub type Conn = MaintainedConnection<Inner>;

pub const NAME: &str = "SQLite";
/// Whether writers on two connections run side by side.
pub const HAS_ROW_LOCKS: bool = false;
/// The isolation levels that there are.
pub const LEVELS: &[Isolation] = &[Isolation::Serializable];

/// Spells what databases spell differently.
pub fn spelled(sql: &str) -> String {
    sql.replace("{serial}", "INTEGER PRIMARY KEY AUTOINCREMENT")
        .replace("{latest}", &format!(", {}", crate::schema::LATEST))
        .replace("{from}", "")
        .replace("{text}", "TEXT")
}

/// A list of values, ordered by a key.
pub fn list(value: &str, key: &str) -> String {
    format!("GROUP_CONCAT({value}, ',' ORDER BY {key})")
}

/// A database of a test's own.
#[derive(Debug)]
pub struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let mut inner = Inner::establish(&place.url()).unwrap();
        inner.batch_execute("PRAGMA journal_mode = WAL").unwrap();
        place
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("{}/stress.sqlite", self.folder.path().display())
    }

    pub fn connect(&self) -> Conn {
        connect(&self.url())
    }
}

/// A connection to the place at an address.
pub fn connect(url: &str) -> Conn {
    let mut conn = Conn::establish(url).unwrap();
    let settings =
        "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 60000; PRAGMA synchronous = OFF;";
    conn.batch_execute(settings).unwrap();
    conn
}

/// The number by which others know a connection.
pub fn number(_: &mut Conn) -> i64 {
    0
}

/// Whether a connection waits for another one: here it does, if it has not ended after a while.
pub fn is_waiting(_: &mut Conn, _: i64) -> bool {
    std::thread::sleep(std::time::Duration::from_millis(20));
    true
}

/// Whether the database has done with a connection: with that of a process that is no more it has.
pub fn is_gone(_: &mut Conn, _: i64) -> bool {
    true
}

/// From now on a lock that cannot be had at once is an error.
pub fn never_wait(conn: &mut Conn) {
    conn.batch_execute("PRAGMA busy_timeout = 0").unwrap();
}
