//! On `PostgreSQL`: in a schema of its own, in the database that `POSTGRES_DATABASE_URL` names.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use crate::Failure;

#[path = "text.rs"]
mod text;

pub(crate) use text::run;

type Inner = PgConnection;

/// How the results name the database.
const NAME: &str = "postgres";

/// A connection to a schema without tables, if there is such a database.
fn connect() -> Result<Option<MaintainedConnection<Inner>>, Failure> {
    let Ok(url) = std::env::var("POSTGRES_DATABASE_URL") else {
        return Ok(None);
    };
    let mut conn = MaintainedConnection::<Inner>::establish(&url)?;
    conn.batch_execute(
        "SET client_min_messages = warning; DROP SCHEMA IF EXISTS maintained_bench CASCADE;
         CREATE SCHEMA maintained_bench; SET search_path = maintained_bench",
    )?;
    Ok(Some(conn))
}
