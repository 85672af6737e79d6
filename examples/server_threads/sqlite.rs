//! The shop in an `SQLite` file.

#[path = "text.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
mod text;

use diesel::SqliteConnection;

use super::{answer, models, request, stamp};

pub(crate) use self::text::Pooled;

pub(crate) type Inner = SqliteConnection;

/// How a key is declared that the database gives.
const KEY: &str = "INTEGER PRIMARY KEY NOT NULL";

/// What is set on each connection: writers wait for one another, since one at a time can write.
const SETTINGS: &str = "
    PRAGMA busy_timeout = 60000; PRAGMA journal_mode = WAL;
    PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL";
