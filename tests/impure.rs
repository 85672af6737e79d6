//! A setter that does not follow from its parameters is found out where debug assertions are on. The models of a test
//! binary make one graph, so that this one has its own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::atomic::{AtomicI32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

mod schema {
    diesel::table! {
        tickets (id) {
            id -> Integer,
            name -> Text,
            number -> Integer,
        }
    }
}

use schema::tickets;

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tickets)]
struct Ticket {
    id: i32,
    name: String,
    #[maintained]
    number: i32,
}

static LAST: AtomicI32 = AtomicI32::new(0);

#[maintained::setters]
impl Ticket {
    #[setter]
    fn number(&self) -> i32 {
        let steady = i32::from(self.name == "steady");
        LAST.fetch_add(1 - steady, Ordering::Relaxed)
    }
}

#[test]
#[cfg_attr(
    not(debug_assertions),
    ignore = "setters are called twice in debug builds only"
)]
fn a_setter_that_returns_two_values_for_the_same_row_is_an_error_that_names_it() {
    let mut inner = SqliteConnection::establish(":memory:").unwrap();
    let table = "CREATE TABLE tickets (id INTEGER PRIMARY KEY, name TEXT NOT NULL, number INTEGER NOT NULL DEFAULT 0)";
    inner.batch_execute(table).unwrap();
    let mut conn = MaintainedConnection::new(inner);
    Ticket::insert(&mut conn, tickets::name.eq("steady")).unwrap();
    let error = Ticket::insert(&mut conn, tickets::name.eq("drawn")).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Capricious {
                model: "Ticket",
                setter: "number",
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("Ticket::number"), "{error}");
    let names: Vec<String> = tickets::table
        .select(tickets::name)
        .load(&mut conn)
        .unwrap();
    assert_eq!(names, ["steady"], "the row is not left behind");
}
