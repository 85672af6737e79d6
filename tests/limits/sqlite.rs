//! On `SQLite`.

use std::sync::{Arc, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use maintained::MaintainedConnection;

#[path = "text/mod.rs"]
mod text;

pub(crate) type Inner = SqliteConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;

/// Whether a text may be too long for its column.
pub(crate) const HAS_LENGTHS: bool = false;

/// A database in memory.
pub(crate) struct Place;

impl Place {
    pub(crate) fn new() -> Self {
        Self
    }

    #[expect(
        clippy::unused_self,
        reason = "the other databases have a place to connect to"
    )]
    pub(crate) fn connect(&self) -> Conn {
        let mut conn = Conn::establish(":memory:").unwrap();
        conn.batch_execute("PRAGMA foreign_keys = ON").unwrap();
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

/// A step of a statement's plan.
#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Integer)]
    parent: i32,
    #[diesel(sql_type = Text)]
    detail: String,
}

/// Whether a body's statements read but a few rows of a table; the database does not tell how many,
/// but how it finds them: in no subquery that is run for each row does it search the table as a
/// whole.
pub(crate) fn rows_read(conn: &mut Conn, table: &str, body: impl FnOnce(&mut Conn)) -> usize {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&sent);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            told.lock().unwrap().push(query.to_string());
        }
    });
    body(conn);
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let sent = std::mem::take(&mut *sent.lock().unwrap());
    let mut read = 0;
    for query in sent.iter().filter(|query| query.contains(table)) {
        let query = query.split(" -- binds").next().unwrap();
        let plan: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}"))
            .load(conn)
            .unwrap();
        let is_of_each_row = |id| {
            let mut steps = plan.iter();
            steps.any(|step| step.id == id && step.detail.starts_with("CORRELATED"))
        };
        let mut steps = plan.iter().filter(|step| is_of_each_row(step.parent));
        if steps.any(|step| step.detail.starts_with("SCAN")) {
            read = usize::MAX;
        }
    }
    read
}
