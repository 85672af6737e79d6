//! Values that come back otherwise than they were written, or cannot be read at all.

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;
use maintained::prelude::*;

use crate::library::schema::{books, shelves};
use crate::library::{Conn, Outcome, Shelf, book, chapter, open, shelf, stale};

diesel::table! {
    tanks (id) {
        id -> Integer,
        litres -> BigInt,
        rounded -> BigInt,
        reading -> BigInt,
    }
}

diesel::table! {
    nodes (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        own -> Double,
        weight -> Double,
    }
}

diesel::table! {
    hooks (id) {
        id -> Integer,
        place -> BigInt,
        number -> Nullable<BigInt>,
    }
}

/// A number that the database keeps in whole tens.
#[derive(Debug, Clone, Copy, PartialEq, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
struct Tens(i64);

impl ToSql<BigInt, Sqlite> for Tens {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0 / 10 * 10);
        Ok(serialize::IsNull::No)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Tens
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tanks, check_for_backend(Sqlite))]
struct Tank {
    id: i32,
    litres: i64,
    #[maintained]
    rounded: Tens,
    #[maintained]
    reading: i64,
}

#[maintained::setters(check_for_backend(Sqlite))]
impl Tank {
    #[setter]
    fn rounded(&self) -> Tens {
        Tens(self.litres)
    }

    #[setter]
    fn reading(&self) -> i64 {
        self.rounded.0
    }
}

/// The sections of a book: a tree whose sums are not always numbers, and a model with the name of another one.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = nodes)]
#[maintained(belongs_to(Chapter, foreign_key = parent_id))]
struct Chapter {
    id: i32,
    parent_id: Option<i32>,
    own: f64,
    #[maintained]
    weight: f64,
}

#[maintained::setters]
impl Chapter {
    #[setter]
    fn weight(&self, parent: Option<&Chapter>) -> f64 {
        parent.map_or(0.0, |parent| parent.weight) + self.own
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = hooks)]
struct Hook {
    id: i32,
    place: i64,
    #[maintained(unique)]
    number: Option<i64>,
}

#[maintained::setters]
impl Hook {
    #[setter]
    fn number(&self) -> Option<i64> {
        (self.place >= 0).then_some(self.place)
    }
}

fn with_tables() -> Conn {
    let mut conn = open();
    conn.batch_execute(
        "CREATE TABLE tanks (id INTEGER PRIMARY KEY, litres BIGINT NOT NULL,
             rounded BIGINT NOT NULL DEFAULT 0, reading BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE nodes (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES nodes, own DOUBLE NOT NULL,
             weight DOUBLE NOT NULL DEFAULT 0);
         CREATE TABLE hooks (id INTEGER PRIMARY KEY, place BIGINT NOT NULL, number BIGINT UNIQUE);",
    )
    .unwrap();
    conn
}

#[test]
fn a_reader_sees_a_type_that_rounds_as_the_column_stores_it() {
    let mut conn = with_tables();
    for litres in [38, 47, 7] {
        let tank = Tank::insert(&mut conn, tanks::litres.eq(litres)).unwrap();
        assert_eq!(
            (tank.rounded.0, tank.reading),
            (litres / 10 * 10, litres / 10 * 10)
        );
    }
    conn.buffer_autoupdates(|conn| -> Outcome {
        for id in 1..=3 {
            Tank::update(conn, id, tanks::litres.eq(i64::from(id) * 11))?;
        }
        Ok(())
    })
    .unwrap();
    let stale = tanks::table
        .filter(tanks::rounded.ne(tanks::reading))
        .count();
    assert_eq!(stale.get_result(&mut conn), Ok(0));
}

#[test]
fn the_same_rounded_value_wakes_nobody() {
    let mut conn = with_tables();
    let tank = Tank::insert(&mut conn, tanks::litres.eq(41)).unwrap();
    Tank::update(&mut conn, tank.id, tanks::litres.eq(43)).unwrap();
    let report = conn.last_flush().unwrap().clone();
    assert_eq!(report.models["Tank"].computed, 1, "{report:?}");
}

#[test]
fn unique_values_are_shifted_across_batches() {
    const ROWS: i64 = 10_000;
    let mut conn = with_tables();
    conn.buffer_autoupdates(|conn| {
        Hook::insert_many(conn, (0..ROWS).map(|place| hooks::place.eq(place))).map(drop)
    })
    .unwrap();
    Hook::track(&mut conn, hooks::id.gt(0), |conn| -> Outcome {
        diesel::sql_query("UPDATE hooks SET place = (place + 1) % 10000").execute(conn)?;
        Ok(())
    })
    .unwrap();
    let stale = hooks::table.filter(
        hooks::number
            .is_null()
            .or(hooks::number.ne(hooks::place.nullable())),
    );
    assert_eq!(stale.count().get_result(&mut conn), Ok(0));
    assert_eq!(
        conn.last_flush().unwrap().models["Hook"].changed,
        usize::try_from(ROWS).unwrap()
    );
}

#[test]
fn models_may_share_a_name() {
    let mut conn = with_tables();
    shelf(&mut conn, "a", "green").unwrap();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let root = Chapter::insert(conn, nodes::own.eq(1.0))?;
        let id = book(conn, "a", "Odes")?.id;
        chapter(conn, id, 3)?;
        let error = Chapter::update(conn, 7, nodes::own.eq(1.0)).unwrap_err();
        assert!(error.to_string().contains("`Chapter`"), "{error}");
        assert_eq!(conn.pending()?["Chapter"], 2);
        assert!((Chapter::fresh(conn, root.id)?.unwrap().weight - 1.0).abs() < f64::EPSILON);
        Ok(())
    })
    .unwrap();
    let all = conn.last_flush().unwrap();
    assert_eq!(
        all.models["Chapter"].computed, 2,
        "by `fresh`, and at the end"
    );
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_number_that_is_none_does_not_keep_a_tree_from_coming_to_rest() {
    let mut conn = with_tables();
    let root = Chapter::insert(&mut conn, nodes::own.eq(f64::INFINITY)).unwrap();
    let node = (
        nodes::parent_id.eq(root.id),
        nodes::own.eq(f64::NEG_INFINITY),
    );
    let error = Chapter::insert(&mut conn, node).unwrap_err();
    // What is not a number is NULL in this database, and the column takes none.
    assert!(error.to_string().contains("weight"), "{error}");
    let node = Chapter::insert(
        &mut conn,
        (nodes::parent_id.eq(root.id), nodes::own.eq(1.0)),
    )
    .unwrap();
    assert!(node.weight.is_infinite());
}

#[test]
fn a_write_whose_row_cannot_be_read_is_undone_with_its_scope() {
    let mut conn = open();
    shelf(&mut conn, "a", "green").unwrap();
    let unread = (books::shelf_name.eq("a"), books::id.eq(9));
    let inner: Outcome = conn.buffer_autoupdates(|conn| {
        let first: Outcome = conn.buffer_autoupdates(|conn| {
            use crate::library::Book;
            // The title is NULL, where the model has none of it.
            Book::insert(conn, unread).unwrap_err();
            let error = book(conn, "a", "after").unwrap_err();
            assert!(error.to_string().contains("null"), "{error}");
            Ok(())
        });
        assert!(first.is_err());
        book(conn, "a", "Odes").map(drop)
    });
    inner.unwrap();
    assert_eq!(stale(&mut conn), 0);
    assert_eq!(
        books::table.select(books::title).load::<String>(&mut conn),
        Ok(vec!["Odes".to_owned()])
    );
}

#[test]
fn an_immediate_write_whose_row_cannot_be_read_leaves_nothing() {
    let mut conn = open();
    let error = Shelf::insert(&mut conn, shelves::name.eq("a")).unwrap_err();
    assert!(error.to_string().contains("Shelf"), "{error}");
    assert_eq!(shelves::table.count().get_result(&mut conn), Ok(0));
    shelf(&mut conn, "a", "green").unwrap();
}
