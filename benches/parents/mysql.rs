//! On `MySQL` or `MariaDB`: in a database of its own, on the server that `MYSQL_DATABASE_URL` names.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use crate::Failure;

#[path = "text.rs"]
mod text;

pub(crate) use text::run;

type Inner = MysqlConnection;

/// How the results name the database.
const NAME: &str = "mysql";

/// A connection to a database without tables, if there is such a server.
fn connect() -> Result<Option<MaintainedConnection<Inner>>, Failure> {
    let Ok(url) = std::env::var("MYSQL_DATABASE_URL") else {
        return Ok(None);
    };
    let mut conn = MaintainedConnection::<Inner>::establish(&url)?;
    let name = "maintained_bench_parents";
    conn.batch_execute(&format!(
        "DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}; USE {name}"
    ))?;
    Ok(Some(conn))
}
