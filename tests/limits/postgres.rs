//! On `PostgreSQL`: a schema of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use maintained::MaintainedConnection;

#[path = "text/mod.rs"]
mod text;

pub(crate) type Inner = PgConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;

/// Whether a text may be too long for its column.
pub(crate) const HAS_LENGTHS: bool = true;

/// A schema, gone when it is dropped.
pub(crate) struct Place {
    schema: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("limits_{}_{number}", std::process::id());
        let mut inner = Inner::establish(&server()).unwrap();
        inner
            .batch_execute(&format!(
                "DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}"
            ))
            .unwrap();
        Self { schema }
    }

    pub(crate) fn connect(&self) -> Conn {
        let mut conn = Conn::establish(&server()).unwrap();
        conn.batch_execute(&format!(
            "SET search_path = {}; SET client_min_messages = warning",
            self.schema
        ))
        .unwrap();
        text::create(
            &mut conn,
            "",
            "DEFAULT 1 REFERENCES lists (id) ON DELETE SET DEFAULT",
        );
        conn
    }

    /// The same: the database cuts nothing.
    pub(crate) fn connect_lax(&self) -> Conn {
        self.connect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut inner) = Inner::establish(&server()) {
            inner
                .batch_execute(&format!("DROP SCHEMA {} CASCADE", self.schema))
                .ok();
        }
    }
}

/// What the database counts.
#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// How many rows of a table a body reads, within a transaction.
pub(crate) fn rows_read(conn: &mut Conn, table: &str, body: impl FnOnce(&mut Conn)) -> usize {
    let count = |conn: &mut Conn| {
        let query = "SELECT CAST(seq_tup_read + coalesce(idx_tup_fetch, 0) AS BIGINT) AS rows
             FROM pg_stat_xact_user_tables WHERE schemaname = current_schema() AND relname = $1";
        let counted: Count = diesel::sql_query(query)
            .bind::<Text, _>(table)
            .get_result(conn)
            .unwrap();
        usize::try_from(counted.rows).unwrap()
    };
    let before = count(conn);
    body(conn);
    count(conn) - before
}

fn server() -> String {
    const NAME: &str = "POSTGRES_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a database on a PostgreSQL server, in which each test makes a schema of its own; or run `cargo xtask test`")
    })
}
