//! On `PostgreSQL`: a schema of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

use super::models::create;

#[path = "text.rs"]
mod text;

pub(crate) type Conn = MaintainedConnection<PgConnection>;

/// Runs a test in a schema of its own.
pub(crate) fn with(test: impl FnOnce(&mut Conn)) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let schema = format!("left_out_{}_{number}", std::process::id());
    let mut conn = Conn::establish(&super::server("POSTGRES_DATABASE_URL")).unwrap();
    conn.batch_execute(&format!(
        "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path = {schema}"
    ))
    .unwrap();
    conn.batch_execute(&create("SERIAL PRIMARY KEY", ""))
        .unwrap();
    test(&mut conn);
    conn.batch_execute(&format!("DROP SCHEMA {schema} CASCADE"))
        .unwrap();
}
