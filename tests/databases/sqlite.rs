//! On files of `SQLite`.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;
use tempfile::TempDir;

use crate::rows::Seen;
use crate::schema::{CREATE, FIRST_ROWS};

#[path = "sqlite/busy.rs"]
mod busy;
#[path = "sqlite/deferred.rs"]
mod deferred;
#[path = "sqlite/panics.rs"]
mod panics;
#[path = "text/mod.rs"]
mod text;

pub type Inner = SqliteConnection;
pub type Conn = MaintainedConnection<Inner>;

/// Makes a commit fail, where something can.
pub const BREAK_COMMIT: Option<&str> = Some("INSERT INTO promises VALUES (1)");
/// Fails as what may succeed when it is run again.
pub const REFUSE: &str = "INSERT INTO refusals VALUES (1)";
/// How many scopes the random test runs.
pub const ROUNDS: usize = 1_000;

/// A file, gone when it is dropped.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let mut all = String::new();
        for statement in CREATE.iter().chain(FIRST_ROWS) {
            let statement = statement
                .replace("{serial}", "INTEGER PRIMARY KEY NOT NULL")
                .replace("{text}", "TEXT")
                .replace("{end}", "");
            all += &statement;
            all += ";";
        }
        all += "CREATE TABLE promised (id INTEGER PRIMARY KEY);
            CREATE TABLE promises
                (promised_id INTEGER REFERENCES promised (id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TABLE refusals (id INTEGER);
            CREATE TRIGGER refuse BEFORE INSERT ON refusals
                BEGIN SELECT RAISE(ABORT, 'database is locked'); END;";
        place.plain(&all);
        place
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let path = self.folder.path().join("test.db");
        path.to_str().unwrap().to_owned()
    }

    pub fn other(&self) -> SqliteConnection {
        SqliteConnection::establish(&self.url()).unwrap()
    }

    /// Sends statements on a connection of their own.
    pub fn plain(&self, sql: &str) {
        self.other().batch_execute(sql).unwrap();
    }

    /// What the tables hold.
    pub fn seen(&self) -> Seen {
        Seen::on(&mut self.other())
    }
}

/// What is to be set on a connection.
pub fn prepare(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF")
}

/// Ends a connection, given where it is and its number: there is no such thing here.
pub const KILL: Option<fn(&str, i64)> = None;

/// The number of a connection.
pub fn number(_: &mut Conn) -> i64 {
    0
}
