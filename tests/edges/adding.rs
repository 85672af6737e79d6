//! Rows that are added, and what their structs leave to the database.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::New;
use maintained::prelude::*;

diesel::table! {
    bins (name) {
        name -> Text,
        things -> BigInt,
    }
}

diesel::table! {
    things (id) {
        id -> Integer,
        bin_name -> Nullable<Text>,
        size -> Integer,
    }
}

diesel::table! {
    numbers (id) {
        id -> Nullable<Integer>,
        number -> Integer,
        double -> Integer,
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = bins, primary_key(name))]
struct Bin {
    name: String,
    #[maintained]
    things: i64,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = things, belongs_to(Bin, foreign_key = bin_name))]
struct Thing {
    id: i32,
    bin_name: Option<String>,
    size: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = numbers)]
struct Numbered {
    id: Option<i32>,
    number: i32,
    #[maintained]
    double: i32,
}

#[maintained::setters]
impl Numbered {
    #[setter]
    fn double(&self) -> i32 {
        self.number * 2
    }
}

#[maintained::setters]
impl Bin {
    #[setter]
    fn things(things: &[Thing]) -> i64 {
        i64::try_from(things.len()).unwrap_or(i64::MAX)
    }
}

/// Names no bin: its column's default does.
#[derive(Insertable, New)]
#[diesel(table_name = things)]
#[maintained(new_of = Thing)]
struct Loose {
    size: i32,
}

/// Leaves each column to its default where it has no value.
#[derive(Insertable, New)]
#[diesel(table_name = things)]
#[maintained(new_of = Thing)]
struct Partly<'a> {
    id: Option<i32>,
    bin_name: Option<&'a str>,
    size: Option<i32>,
}

/// Its key is null where the database is to give it.
#[derive(Insertable, New)]
#[diesel(table_name = numbers, treat_none_as_default_value = false)]
#[maintained(new_of = Numbered)]
struct NewNumbered {
    id: Option<i32>,
    number: i32,
}

/// Where it has no bin, there is none.
#[derive(New)]
#[diesel(table_name = things, treat_none_as_default_value = false)]
#[maintained(new_of = Thing)]
struct Placed<'a> {
    bin_name: Option<&'a str>,
    size: i32,
    #[diesel(skip_insertion)]
    #[allow(dead_code, reason = "it is never inserted")]
    note: &'a str,
}

type Conn = MaintainedConnection<SqliteConnection>;

/// Two bins, `misc` and `Tools`, which is found in any case.
fn open() -> Conn {
    let mut conn = Conn::establish(":memory:").unwrap();
    conn.batch_execute(
        "PRAGMA foreign_keys = ON;
         CREATE TABLE bins (name TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, things BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE numbers (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, double INTEGER NOT NULL DEFAULT 0);
         CREATE TABLE things (id INTEGER PRIMARY KEY, size INTEGER NOT NULL DEFAULT 1,
             bin_name TEXT COLLATE NOCASE DEFAULT 'misc' REFERENCES bins);",
    )
    .unwrap();
    for name in ["misc", "Tools"] {
        Bin::insert(&mut conn, bins::name.eq(name)).unwrap();
    }
    conn
}

fn counts(conn: &mut Conn) -> Vec<(String, i64)> {
    bins::table
        .select((bins::name, bins::things))
        .order(bins::name)
        .load(conn)
        .unwrap()
}

#[track_caller]
fn assert_counts(conn: &mut Conn, misc: i64, tools: i64) {
    let expected = [("misc".to_owned(), misc), ("Tools".to_owned(), tools)];
    assert_eq!(counts(conn), expected);
}

#[test]
fn a_foreign_key_that_has_no_field_is_the_columns_default() {
    let mut conn = open();
    Thing::add(&mut conn, &Loose { size: 3 }).unwrap();
    let many: Vec<Loose> = (0..40).map(|size| Loose { size }).collect();
    Thing::add_many(&mut conn, &many).unwrap();
    assert_counts(&mut conn, 41, 0);
}

#[test]
fn rows_may_leave_different_columns_to_their_defaults() {
    let mut conn = open();
    let new = |id, bin_name, size| Partly { id, bin_name, size };
    let many = [
        new(None, None, None),
        new(None, None, None),
        new(Some(7), Some("Tools"), Some(1)),
        new(Some(8), Some("misc"), None),
        new(Some(9), None, Some(2)),
        new(None, Some("Tools"), Some(2)),
    ];
    Thing::add_many(&mut conn, &many).unwrap();
    assert_counts(&mut conn, 4, 2);
    let rows: Vec<(i32, i32)> = things::table
        .select((things::id, things::size))
        .order(things::id)
        .load(&mut conn)
        .unwrap();
    assert_eq!(rows, [(1, 1), (2, 1), (7, 1), (8, 1), (9, 2), (10, 2)]);
}

#[test]
fn a_row_that_names_no_parent_wakes_none() {
    let mut conn = open();
    let note = "unused";
    let new = |bin_name| Placed {
        bin_name,
        size: 1,
        note,
    };
    Thing::add_many(&mut conn, &[new(None), new(Some("Tools")), new(None)]).unwrap();
    assert_counts(&mut conn, 0, 1);
    let nowhere = things::table.filter(things::bin_name.is_null()).count();
    assert_eq!(nowhere.get_result(&mut conn), Ok(2));
}

#[test]
fn a_borrowed_key_may_be_spelled_otherwise_than_its_parents() {
    let mut conn = open();
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        for spelling in ["tools", "TOOLS", "Tools"] {
            let new = Partly {
                id: None,
                bin_name: Some(spelling),
                size: None,
            };
            Thing::add(conn, &new)?;
        }
        Ok(())
    })
    .unwrap();
    assert_counts(&mut conn, 0, 3);
}

#[test]
fn a_key_that_is_null_is_read_back() {
    let mut conn = open();
    let new = |id, number| NewNumbered { id, number };
    Numbered::add(&mut conn, &new(None, 1)).unwrap();
    let many = [new(Some(9), 2), new(None, 3), new(Some(5), 4)];
    Numbered::add_many(&mut conn, &many).unwrap();
    let rows: Vec<(Option<i32>, i32)> = numbers::table
        .select((numbers::id, numbers::double))
        .order(numbers::id)
        .load(&mut conn)
        .unwrap();
    assert_eq!(
        rows,
        [(1, 2), (5, 8), (9, 4), (10, 6)].map(|(id, double)| (Some(id), double))
    );
}

#[test]
fn nothing_is_added_for_an_empty_list() {
    let mut conn = open();
    Thing::add_many(&mut conn, &Vec::<Loose>::new()).unwrap();
    assert_counts(&mut conn, 0, 0);
}

#[test]
fn what_the_database_refuses_leaves_nothing() {
    let mut conn = open();
    let new = |bin_name| Partly {
        id: None,
        bin_name: Some(bin_name),
        size: None,
    };
    for scope in [Scope::buffered(), Scope::immediate(), Scope::disabled()] {
        scope
            .run(&mut conn, |conn| -> Result<(), maintained::Error> {
                Thing::add(conn, &new("Nowhere")).unwrap_err();
                let mut many: Vec<_> = (0..50).map(|_| new("misc")).collect();
                many.push(new("Nowhere"));
                Thing::add_many(conn, &many).unwrap_err();
                Ok(())
            })
            .unwrap();
        assert_eq!(things::table.count().get_result(&mut conn), Ok(0));
        assert_counts(&mut conn, 0, 0);
    }
}
