//! On `PostgreSQL`: tables of the connection's own, gone with it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

#[path = "postgres/arrays.rs"]
mod arrays;

pub(crate) type Conn = MaintainedConnection<PgConnection>;

/// A connection with these tables.
pub(crate) fn open(tables: &str) -> Conn {
    const NAME: &str = "POSTGRES_DATABASE_URL";
    let server = std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a database on a PostgreSQL server; or run `cargo xtask test`")
    });
    let mut conn = Conn::establish(&server).unwrap();
    conn.batch_execute("SET client_min_messages = warning")
        .unwrap();
    conn.batch_execute(tables).unwrap();
    conn
}
