//! What the tables hold, seen from another connection, which is Diesel's own.

use std::collections::BTreeSet;

use diesel::connection::LoadConnection;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId, SqlQuery};
use diesel::sql_types::Text;

use crate::schema::{PLAIN, STALE};

/// What the tables hold at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The plain columns of all rows.
    pub rows: Vec<String>,
    /// The fields that are stale.
    pub stale: BTreeSet<String>,
    /// The rows that were inserted to see whether a connection works.
    pub probes: usize,
}

/// A row of it.
#[derive(Debug, QueryableByName)]
pub struct Row {
    #[diesel(sql_type = Text)]
    row_text: String,
}

/// One statement, so that it sees one moment.
pub fn statement() -> String {
    let mut parts: Vec<String> = PLAIN.iter().map(|part| (*part).to_owned()).collect();
    parts.push("SELECT 'probe' FROM owners WHERE name = 'next'".to_owned());
    for (field, rows) in STALE {
        parts.push(format!("SELECT 'stale {field}' FROM {rows}"));
    }
    parts.join(" UNION ALL ")
}

impl Seen {
    /// Looks.
    pub fn on<C>(conn: &mut C) -> Self
    where
        C: LoadConnection,
        SqlQuery: QueryFragment<C::Backend> + QueryId,
        Row: QueryableByName<C::Backend>,
        C::Backend: diesel::expression::QueryMetadata<diesel::sql_types::Untyped>,
        for<'q> SqlQuery: diesel::query_dsl::LoadQuery<'q, C, Row>,
    {
        let found: Vec<Row> = diesel::sql_query(statement()).load(conn).unwrap();
        let mut seen = Self {
            rows: Vec::new(),
            stale: BTreeSet::new(),
            probes: 0,
        };
        for Row { row_text } in found {
            if let Some(field) = row_text.strip_prefix("stale ") {
                seen.stale.insert(field.to_owned());
            } else if row_text == "probe" {
                seen.probes += 1;
            } else {
                seen.rows.push(row_text);
            }
        }
        seen.rows.sort();
        seen
    }

    /// The same, where no field may be stale.
    #[track_caller]
    pub fn right(self) -> Vec<String> {
        assert_eq!(self.stale, BTreeSet::new(), "{:#?}", self.rows);
        self.rows
    }
}
