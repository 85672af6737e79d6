//! On `PostgreSQL`: a schema of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use maintained::MaintainedConnection;

use super::models::create;

#[path = "text.rs"]
mod text;

pub(crate) type Inner = PgConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;
/// The column, as it is spelled here.
const CURSOR: &str = "cursor";

/// Runs a test in a schema of its own.
pub(crate) fn with(test: impl FnOnce(&mut Conn)) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("definitions_{}_{number}", std::process::id());
    let mut conn = Conn::establish(&super::server("POSTGRES_DATABASE_URL")).unwrap();
    conn.batch_execute(&format!(
        "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path = {schema}"
    ))
    .unwrap();
    conn.batch_execute(&create("")).unwrap();
    test(&mut conn);
    conn.batch_execute(&format!("DROP SCHEMA {schema} CASCADE"))
        .unwrap();
}

/// Another connection to where this one is.
fn beside(conn: &mut Conn) -> Conn {
    let schema = diesel::select(sql::<Text>("current_schema()::text"));
    let schema: String = schema.get_result(conn).unwrap();
    let mut other = Conn::establish(&super::server("POSTGRES_DATABASE_URL")).unwrap();
    other
        .batch_execute(&format!("SET search_path = {schema}"))
        .unwrap();
    other
}

#[test]
fn programs_that_start_together_make_the_table_once() {
    with(|conn| super::start_together((0..8).map(|_| beside(conn)).collect()));
}
