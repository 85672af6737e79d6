//! On `SQLite`.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

use super::models::create;

#[path = "text.rs"]
mod text;

pub(crate) type Inner = SqliteConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;
/// The column, as it is spelled here.
const CURSOR: &str = "cursor";

/// Runs a test on a database of its own.
pub(crate) fn with(test: impl FnOnce(&mut Conn)) {
    let mut conn = Conn::establish(":memory:").unwrap();
    conn.batch_execute("PRAGMA foreign_keys = ON").unwrap();
    conn.batch_execute(&create("")).unwrap();
    test(&mut conn);
}
