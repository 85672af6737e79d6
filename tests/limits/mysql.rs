//! On `MySQL` or `MariaDB`: a database of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use maintained::MaintainedConnection;

#[path = "text/mod.rs"]
mod text;

pub(crate) type Inner = MysqlConnection;
pub(crate) type Conn = MaintainedConnection<Inner>;

/// Whether a text may be too long for its column.
pub(crate) const HAS_LENGTHS: bool = true;

/// A database, gone when it is dropped.
pub(crate) struct Place {
    database: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let database = format!("limits_{}_{number}", std::process::id());
        let mut inner = Inner::establish(&server()).unwrap();
        inner
            .batch_execute(&format!("DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
            .unwrap();
        Self { database }
    }

    /// `InnoDB` knows no default that a foreign key is set to.
    pub(crate) fn connect(&self) -> Conn {
        let mut conn = Conn::establish(&server()).unwrap();
        conn.batch_execute(&format!("USE {}", self.database))
            .unwrap();
        let list = "NULL, FOREIGN KEY (list_id) REFERENCES lists (id) ON DELETE SET NULL";
        text::create(&mut conn, " ENGINE = InnoDB", list);
        conn
    }

    /// The session's mode has the database cut what a column cannot hold.
    pub(crate) fn connect_lax(&self) -> Conn {
        let mut conn = self.connect();
        conn.batch_execute("SET SESSION sql_mode = 'PIPES_AS_CONCAT,NO_ENGINE_SUBSTITUTION'")
            .unwrap();
        conn
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Ok(mut inner) = Inner::establish(&server()) {
            inner
                .batch_execute(&format!("DROP DATABASE {}", self.database))
                .ok();
        }
    }
}

/// What the database counts.
#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

/// How many rows a body reads, of whatever table.
pub(crate) fn rows_read(conn: &mut Conn, _: &str, body: impl FnOnce(&mut Conn)) -> usize {
    let count = |conn: &mut Conn| -> usize {
        let counted: Vec<Count> = diesel::sql_query("SHOW SESSION STATUS LIKE 'Handler_read%'")
            .load(conn)
            .unwrap();
        let counted = counted.iter().map(|it| it.value.parse::<usize>().unwrap());
        counted.sum()
    };
    let before = count(conn);
    body(conn);
    count(conn) - before
}

fn server() -> String {
    const NAME: &str = "MYSQL_DATABASE_URL";
    std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a database on a MySQL or MariaDB server, on which each test makes a database of its own; or run `cargo xtask test`")
    })
}

#[test]
fn a_session_that_cuts_values_is_as_it_was_after_a_flush() {
    use maintained::prelude::*;

    use crate::models::schema::{chests, things};
    use crate::models::{Chest, Thing};

    let place = Place::new();
    let mut conn = place.connect_lax();
    let mode = |conn: &mut Conn| -> String {
        diesel::select(diesel::dsl::sql::<Text>("@@SESSION.sql_mode"))
            .get_result(conn)
            .unwrap()
    };
    let before = mode(&mut conn);
    assert!(!before.contains("STRICT"), "{before}");
    let new = (chests::id.eq(1), chests::name.eq("oak"));
    Chest::insert(&mut conn, new).unwrap();
    Thing::insert(&mut conn, (things::id.eq(1), things::chest_id.eq(1))).unwrap();
    assert_eq!(mode(&mut conn), before);
    let new = (
        things::id.eq(2),
        things::chest_id.eq(1),
        things::value.eq(i64::MAX),
    );
    Thing::insert(&mut conn, new).unwrap_err();
    assert_eq!(mode(&mut conn), before, "after one that failed");
}
