//! Keys that an insert leaves to the database, which does not return them.

use diesel::connection::SimpleConnection;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, New};

use super::{Conn, Place};

mod schema {
    diesel::table! { counted (id) { id -> Unsigned<BigInt>, name -> Text, note -> Nullable<Text>, shout -> Text } }
    diesel::table! { random (id) { id -> Text, name -> Text, note -> Nullable<Text>, shout -> Text } }
    diesel::table! { triggered (id) { id -> Integer, name -> Text, note -> Nullable<Text>, shout -> Text } }
    diesel::table! { parted (tenant, id) { tenant -> Integer, id -> Integer, name -> Text, note -> Nullable<Text>, shout -> Text } }
}

use schema::{counted, parted, random, triggered};

/// A model with a name and, as its maintained field, the same loudly; and its new rows.
macro_rules! model {
    ($model:ident $new:ident $table:ident ($($key:ident: $type:ty),*)) => {
        #[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
        #[diesel(table_name = $table, primary_key($($key),*), check_for_backend(Mysql))]
        struct $model {
            $($key: $type,)*
            name: String,
            note: Option<String>,
            #[maintained]
            shout: String,
        }

        #[maintained::setters(check_for_backend(Mysql))]
        impl $model {
            #[setter]
            fn shout(&self) -> String {
                self.name.to_uppercase()
            }
        }

        /// Leaves to their defaults what it has no value for.
        #[derive(Debug, Clone, Default, Insertable, New)]
        #[diesel(table_name = $table, check_for_backend(Mysql))]
        #[maintained(new_of = $model)]
        struct $new {
            $($key: Option<$type>,)*
            name: String,
            note: Option<String>,
        }
    };
}

model!(Counted NewCounted counted (id: u64));
model!(Random NewRandom random (id: String));
model!(Triggered NewTriggered triggered (id: i32));
model!(Parted NewParted parted (tenant: i32, id: i32));

fn open() -> (Place, Conn) {
    const REST: &str =
        "name VARCHAR(20) NOT NULL, note VARCHAR(20), shout VARCHAR(20) NOT NULL DEFAULT ''";
    let place = Place::new();
    let mut conn = place.connect();
    for table in [
        format!("counted (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, {REST})"),
        format!("random (id VARCHAR(36) PRIMARY KEY DEFAULT (UUID()), {REST})"),
        format!("triggered (id INTEGER PRIMARY KEY DEFAULT 0, {REST})"),
        format!(
            "parted (tenant INTEGER NOT NULL DEFAULT 7, id INTEGER AUTO_INCREMENT, {REST}, PRIMARY KEY (tenant, id), KEY (id))"
        ),
    ] {
        conn.batch_execute(&format!("CREATE TABLE {table} ENGINE = InnoDB"))
            .unwrap();
    }
    conn.batch_execute(
        "CREATE TRIGGER triggered_key BEFORE INSERT ON triggered FOR EACH ROW
             SET NEW.id = COALESCE((SELECT MAX(id) FROM triggered), 10) + 10",
    )
    .unwrap();
    (place, conn)
}

fn text(name: impl Into<String>) -> (String, Option<String>) {
    (name.into(), None)
}

fn new_counted(id: Option<u64>, name: &str) -> NewCounted {
    let (name, note) = text(name);
    NewCounted { id, name, note }
}

fn new_random(id: Option<&str>, name: &str) -> NewRandom {
    let (name, note) = text(name);
    let id = id.map(str::to_owned);
    NewRandom { id, name, note }
}

fn new_triggered(name: &str) -> NewTriggered {
    let (name, note) = text(name);
    let id = None;
    NewTriggered { id, name, note }
}

fn new_parted(tenant: Option<i32>, id: Option<i32>, name: &str) -> NewParted {
    let (name, note) = text(name);
    NewParted {
        tenant,
        id,
        name,
        note,
    }
}

#[track_caller]
fn assert_unknown<T: std::fmt::Debug>(
    result: Result<T, Error>,
    expected_model: &str,
    expected_column: &str,
) {
    match result.unwrap_err() {
        Error::UnknownKey { model, column } => {
            assert_eq!((model, column), (expected_model, expected_column));
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_key_that_is_counted_up_is_found_whatever_the_step() {
    let (_place, mut conn) = open();
    for step in [1, 5] {
        conn.batch_execute(&format!("SET auto_increment_increment = {step}"))
            .unwrap();
        let one = Counted::insert(&mut conn, new_counted(None, "one")).unwrap();
        assert_eq!((one.name.as_str(), one.shout.as_str()), ("one", "ONE"));
        let names: Vec<String> = (0..40).map(|number| format!("many {number}")).collect();
        let news = names.iter().map(|name| new_counted(None, name));
        let rows = Counted::insert_many(&mut conn, news.clone()).unwrap();
        let found: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(found, names);
        Counted::add(&mut conn, &new_counted(None, "added")).unwrap();
        Counted::add_many(&mut conn, &news.collect::<Vec<_>>()).unwrap();
    }
    let stale = counted::table.filter(diesel::dsl::sql::<diesel::sql_types::Bool>(
        "shout <> UPPER(name)",
    ));
    assert_eq!(stale.count().get_result(&mut conn), Ok(0));
    assert_eq!(counted::table.count().get_result(&mut conn), Ok(164));
}

#[test]
fn given_keys_and_keys_that_are_counted_up_may_be_mixed() {
    let (_place, mut conn) = open();
    let news = [
        new_counted(None, "a"),
        new_counted(Some(50), "b"),
        new_counted(Some(60), "c"),
        new_counted(None, "d"),
    ];
    let rows = Counted::insert_many(&mut conn, news.clone()).unwrap();
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.id, row.shout.as_str()))
        .collect();
    assert_eq!(found, [(1, "A"), (50, "B"), (60, "C"), (61, "D")]);
    Counted::delete_many(&mut conn, &[1, 50, 60, 61]).unwrap();
    Counted::add_many(&mut conn, &news).unwrap();
    let rows = counted::table.select((counted::id, counted::shout));
    let rows: Vec<(u64, String)> = rows.order(counted::id).load(&mut conn).unwrap();
    let rows: Vec<_> = rows
        .iter()
        .map(|(id, shout)| (*id, shout.as_str()))
        .collect();
    assert_eq!(rows, [(50, "B"), (60, "C"), (62, "A"), (63, "D")]);
}

#[test]
fn a_key_that_is_no_number_is_given_with_the_insert() {
    let (_place, mut conn) = open();
    let new = || new_random(None, "x");
    assert_unknown(Random::insert(&mut conn, new()), "Random", "id");
    assert_unknown(
        Random::insert(&mut conn, random::name.eq("x")),
        "Random",
        "id",
    );
    assert_unknown(
        Random::insert_many(&mut conn, [new(), new()]),
        "Random",
        "id",
    );
    assert_unknown(Random::add(&mut conn, &new()), "Random", "id");
    assert_unknown(Random::add_many(&mut conn, &[new(), new()]), "Random", "id");
    conn.buffer_autoupdates(|conn| -> Result<(), Error> {
        assert_unknown(Random::insert(conn, new()), "Random", "id");
        Ok(())
    })
    .unwrap();
    assert_eq!(random::table.count().get_result(&mut conn), Ok(0));
    let row = Random::insert(&mut conn, new_random(Some("k"), "x")).unwrap();
    assert_eq!((row.id.as_str(), row.shout.as_str()), ("k", "X"));
    Random::add(&mut conn, &new_random(Some("l"), "y")).unwrap();
    assert_eq!(
        Random::find(&mut conn, "l".to_owned())
            .unwrap()
            .unwrap()
            .shout,
        "Y"
    );
}

#[test]
fn the_number_of_another_insert_is_never_taken_for_the_key() {
    let (_place, mut conn) = open();
    // Rows whose keys are numbers that other tables have given.
    conn.batch_execute("DROP TRIGGER triggered_key; INSERT INTO triggered (id, name) VALUES (1, 'old'), (2, 'old'); CREATE TRIGGER triggered_key BEFORE INSERT ON triggered FOR EACH ROW SET NEW.id = (SELECT MAX(id) FROM triggered) + 10").unwrap();
    for _ in 0..2 {
        Counted::insert(&mut conn, new_counted(None, "one")).unwrap();
        let new = || new_triggered("new");
        assert_unknown(Triggered::insert(&mut conn, new()), "Triggered", "id");
        assert_unknown(Triggered::add(&mut conn, &new()), "Triggered", "id");
        assert_unknown(
            Triggered::insert_many(&mut conn, [new(), new()]),
            "Triggered",
            "id",
        );
        assert_unknown(
            Triggered::add_many(&mut conn, &[new(), new()]),
            "Triggered",
            "id",
        );
        assert_eq!(triggered::table.count().get_result(&mut conn), Ok(2));
    }
}

#[test]
fn a_first_row_that_the_database_refuses_leaves_the_scope_as_it_was() {
    let (_place, mut conn) = open();
    let long = "a name of more than twenty characters";
    conn.buffer_autoupdates(|conn| -> Result<(), Error> {
        Counted::insert(conn, new_counted(None, long)).unwrap_err();
        Parted::add(conn, &new_parted(Some(1), None, long)).unwrap_err();
        Counted::insert(conn, new_counted(None, "one"))?;
        Parted::add(conn, &new_parted(Some(1), None, "two"))
    })
    .unwrap();
    let shouts = counted::table.select(counted::shout).load(&mut conn);
    assert_eq!(shouts, Ok(vec!["ONE".to_owned()]));
    let shouts = parted::table.select(parted::shout).load(&mut conn);
    assert_eq!(shouts, Ok(vec!["TWO".to_owned()]));
}

#[test]
fn a_scope_is_undone_whose_row_cannot_be_found_again_even_if_the_error_is_swallowed() {
    let (_place, mut conn) = open();
    for written in [false, true] {
        let ended = conn.buffer_autoupdates(|conn| -> Result<(), Error> {
            Counted::insert(conn, new_counted(None, "one"))?;
            // The first is refused before it is written, the others are not.
            let failed = if written {
                assert_unknown(
                    Triggered::insert(conn, new_triggered("new")),
                    "Triggered",
                    "id",
                );
                Triggered::insert(conn, (triggered::id.eq(1), triggered::name.eq("x"))).map(drop)
            } else {
                assert_unknown(Random::insert(conn, new_random(None, "x")), "Random", "id");
                Ok(())
            };
            assert_eq!(failed.is_err(), written, "{failed:?}");
            Ok(())
        });
        assert_eq!(ended.is_err(), written, "{ended:?}");
        assert_eq!(triggered::table.count().get_result(&mut conn), Ok(0));
        assert_eq!(counted::table.count().get_result(&mut conn), Ok(1));
    }
    // An inner scope takes no more along than its own.
    conn.buffer_autoupdates(|conn| -> Result<(), Error> {
        Counted::insert(conn, new_counted(None, "two"))?;
        let inner = conn.buffer_autoupdates(|conn| -> Result<(), Error> {
            assert_unknown(
                Triggered::add(conn, &new_triggered("new")),
                "Triggered",
                "id",
            );
            Ok(())
        });
        inner.unwrap_err();
        Counted::insert(conn, new_counted(None, "three"))?;
        Ok(())
    })
    .unwrap();
    let names = counted::table.select(counted::shout).order(counted::id);
    let names: Vec<String> = names.load(&mut conn).unwrap();
    assert_eq!(names, ["ONE", "TWO", "THREE"]);
}

#[test]
fn a_part_of_a_key_may_be_counted_up() {
    let (_place, mut conn) = open();
    let row = Parted::insert(&mut conn, new_parted(Some(3), None, "a")).unwrap();
    assert_eq!((row.tenant, row.id, row.shout.as_str()), (3, 1, "A"));
    let rows = (0..20).map(|at| new_parted(Some(at % 2), None, &format!("n{at}")));
    let rows = Parted::insert_many(&mut conn, rows).unwrap();
    for (at, row) in (0..).zip(&rows) {
        let expected = (at % 2, at + 2, format!("N{at}"));
        assert_eq!((row.tenant, row.id, row.shout.clone()), expected);
    }
    Parted::add(&mut conn, &new_parted(Some(9), None, "z")).unwrap();
    let many: Vec<_> = (0..20).map(|_| new_parted(Some(9), None, "z")).collect();
    Parted::add_many(&mut conn, &many).unwrap();
    let loud = parted::table.filter(parted::shout.eq("Z")).count();
    assert_eq!(loud.get_result(&mut conn), Ok(21));
    let row = Parted::insert(&mut conn, new_parted(Some(4), Some(1), "b")).unwrap();
    assert_eq!((row.tenant, row.id, row.shout.as_str()), (4, 1, "B"));
    assert_unknown(
        Parted::insert(&mut conn, new_parted(None, None, "c")),
        "Parted",
        "tenant",
    );
    assert_unknown(
        Parted::add(&mut conn, &new_parted(None, None, "c")),
        "Parted",
        "tenant",
    );
}
