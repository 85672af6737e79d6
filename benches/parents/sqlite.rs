//! On `SQLite`, in memory.

use diesel::prelude::*;
use maintained::prelude::*;

use crate::Failure;

#[path = "text.rs"]
mod text;

pub(crate) use text::run;

type Inner = SqliteConnection;

/// How the results name the database.
const NAME: &str = "sqlite";

/// A connection to a database without tables.
fn connect() -> Result<Option<MaintainedConnection<Inner>>, Failure> {
    Ok(Some(MaintainedConnection::establish(":memory:")?))
}
