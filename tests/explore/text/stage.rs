//! The tables: as they are before each order, and whether any field is stale after it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Text};
use maintained::prelude::*;

use super::super::{Conn, Inner, Place, list, pass_over_foreign_keys, spelled, sweep};
use crate::models::{Bin, Depot, Item, Node, Person, Region, Shop, Tag};
use crate::oracle::STALE;
use crate::schema::{CREATE, FILL, TABLES};

/// How many orders are run until what they left behind is swept away.
const BETWEEN_SWEEPS: usize = 50;

/// Tables with some rows, and a connection that looks at them.
pub struct Stage {
    pub place: Place,
    pub observer: Inner,
    restore: String,
    stale: CountStale,
    since_sweep: usize,
}

impl Stage {
    pub fn new() -> Self {
        let place = Place::new();
        let mut observer = place.connect();
        for statement in CREATE.iter().chain(FILL) {
            observer.batch_execute(&spelled(statement)).unwrap();
        }
        Conn::new(place.connect())
            .buffer_autoupdates(compute)
            .unwrap();
        let copies = TABLES.map(|it| format!("CREATE TABLE first_{it} AS SELECT * FROM {it}"));
        for copy in copies {
            observer.batch_execute(&copy).unwrap();
        }
        pass_over_foreign_keys(&mut observer);
        let restore =
            TABLES.map(|it| format!("DELETE FROM {it}; INSERT INTO {it} SELECT * FROM first_{it}"));
        let mut stage = Self {
            place,
            observer,
            restore: format!("BEGIN; {}; COMMIT", restore.join("; ")),
            stale: CountStale::new(),
            since_sweep: 0,
        };
        assert_eq!(stage.stale(), Vec::<String>::new(), "in the beginning");
        stage
    }

    /// Makes the rows what they are in the beginning.
    pub fn restore(&mut self) {
        self.observer.batch_execute(&self.restore).unwrap();
        self.since_sweep += 1;
        if self.since_sweep == BETWEEN_SWEEPS {
            sweep(&mut self.observer, &TABLES);
            self.since_sweep = 0;
        }
    }

    /// Whether any row is not what it is in the beginning.
    pub fn is_changed(&mut self) -> bool {
        TABLES.iter().any(|table| {
            let differs = [("", "first_"), ("first_", "")].map(|(one, other)| {
                format!("(SELECT COUNT(*) FROM (SELECT * FROM {one}{table} EXCEPT SELECT * FROM {other}{table}) t)")
            });
            let count: i64 = diesel::select(diesel::dsl::sql::<BigInt>(&differs.join(" + ")))
                .get_result(&mut self.observer)
                .unwrap();
            count > 0
        })
    }

    /// The fields that are stale, each with the number of its rows.
    pub fn stale(&mut self) -> Vec<String> {
        let counts: Vec<(String, i64)> = self.stale.clone().load(&mut self.observer).unwrap();
        let stale = counts.iter().filter(|(_, rows)| *rows > 0);
        stale
            .map(|(field, rows)| format!("{rows} of {field}"))
            .collect()
    }
}

/// Brings up to date what was inserted past the library.
fn compute(conn: &mut Conn) -> Result<(), maintained::Error> {
    Region::touch(conn, &[1, 2])?;
    Shop::touch(conn, &[1, 2, 3])?;
    Node::touch(conn, &[1, 2, 3, 4, 5])?;
    Item::touch(conn, &[1, 2, 3, 4, 5, 6])?;
    Tag::touch(conn, &[1, 2, 3])?;
    Person::touch(conn, &[1, 2, 3, 4])?;
    Bin::touch(conn, &[1, 2, 3])?;
    Depot::touch(conn, &[1, 2])
}

/// The number of stale rows by field: one statement, which is prepared once.
#[derive(Debug, Clone, QueryId)]
struct CountStale(String);

impl CountStale {
    fn new() -> Self {
        let counts = STALE.iter().map(|(field, rows)| {
            let rows = with_lists(rows);
            format!("SELECT '{field}', COUNT(*) FROM {rows}")
        });
        let counts: Vec<String> = counts.collect();
        Self(spelled(&counts.join(" UNION ALL ")))
    }
}

impl Query for CountStale {
    type SqlType = (Text, BigInt);
}

impl<Conn> RunQueryDsl<Conn> for CountStale {}

impl<DB: diesel::backend::Backend> QueryFragment<DB> for CountStale {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(&self.0);
        Ok(())
    }
}

/// Spells the list of values that a statement may hold.
fn with_lists(sql: &str) -> String {
    let Some((before, rest)) = sql.split_once("{list:") else {
        return sql.to_owned();
    };
    let (inner, after) = rest.split_once('}').unwrap();
    let (value, key) = inner.rsplit_once(':').unwrap();
    format!("{before}{}{after}", list(value, key))
}
