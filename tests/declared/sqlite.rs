//! On `SQLite`.

use diesel::prelude::*;
use maintained::MaintainedConnection;

#[path = "text/mod.rs"]
mod text;

/// How many statements, beside the write itself, add an amount to three rows, on two levels; and
/// beside an `add`.
pub(crate) const LEVELS_AT_ONCE: [usize; 2] = [3, 3];

pub(crate) type Inner = SqliteConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;

/// A database that several connections share, gone when it is dropped.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        text::create(
            &mut place.connect(),
            "INTEGER PRIMARY KEY",
            " COLLATE NOCASE",
            "",
            true,
        );
        place
    }

    pub(crate) fn connect(&self) -> Conn {
        use diesel::connection::SimpleConnection;
        let file = self.folder.path().join("depots.db");
        let mut conn = Conn::establish(file.to_str().unwrap()).unwrap();
        conn.batch_execute(
            "PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 10000",
        )
        .unwrap();
        conn
    }
}
