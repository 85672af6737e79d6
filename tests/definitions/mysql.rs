//! On `MySQL` or `MariaDB`: a database of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use maintained::MaintainedConnection;

use super::models::create;

#[path = "text.rs"]
mod text;

pub(crate) type Inner = MysqlConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;
/// The column, as it is spelled here.
const CURSOR: &str = "`cursor`";

/// Runs a test on a database of its own.
pub(crate) fn with(test: impl FnOnce(&mut Conn)) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let database = format!("definitions_{}_{number}", std::process::id());
    let mut conn = Conn::establish(&super::server("MYSQL_DATABASE_URL")).unwrap();
    conn.batch_execute(&format!(
        "DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}; USE {database}"
    ))
    .unwrap();
    conn.batch_execute(&create(" ENGINE = InnoDB")).unwrap();
    test(&mut conn);
    conn.batch_execute(&format!("DROP DATABASE {database}"))
        .unwrap();
}

/// Another connection to where this one is.
fn beside(conn: &mut Conn) -> Conn {
    let database = diesel::select(sql::<Text>("DATABASE()"));
    let database: String = database.get_result(conn).unwrap();
    let mut other = Conn::establish(&super::server("MYSQL_DATABASE_URL")).unwrap();
    other.batch_execute(&format!("USE {database}")).unwrap();
    other
}

#[test]
fn programs_that_start_together_make_the_table_once() {
    with(|conn| super::start_together((0..8).map(|_| beside(conn)).collect()));
}
