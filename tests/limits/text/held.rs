//! A value that a column cannot hold is refused with the name of its field, and nothing is stored.

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::{Conn, HAS_LENGTHS, Place};
use crate::models::schema::{chests, things};
use crate::models::{Chest, Thing};

/// A place with two chests, on a connection that may cut what a column cannot hold, and on one that
/// does not.
fn for_each_connection(check: impl Fn(&mut Conn)) {
    for connect in [Place::connect, Place::connect_lax] {
        let place = Place::new();
        let mut conn = connect(&place);
        let disabled: Result<(), Error> = conn.disable_autoupdates(|conn| {
            for (id, name) in [(1, "oak"), (2, "mahogany")] {
                Chest::insert(conn, (chests::id.eq(id), chests::name.eq(name)))?;
            }
            Ok(())
        });
        disabled.unwrap();
        check(&mut conn);
    }
}

/// A thing with numbers that nobody minds but one.
#[derive(Clone, Default, Insertable)]
#[diesel(table_name = things)]
struct New {
    id: i32,
    chest_id: i32,
    value: i64,
    ratio: f64,
    width: i32,
    height: i32,
    depth: i64,
}

fn new(id: i32, chest_id: i32) -> New {
    New {
        id,
        chest_id,
        ..New::default()
    }
}

fn count(conn: &mut Conn) -> i64 {
    things::table.count().get_result(conn).unwrap()
}

fn assert_refused<T: std::fmt::Debug>(done: Result<T, Error>, field: &str) {
    let error = done.unwrap_err();
    let Error::OutOfRange { model, fields, .. } = &error else {
        panic!("{error}");
    };
    let told = format!("`{model}::{}`", fields[0]);
    assert_eq!(told, format!("`{field}`"));
    let text = error.to_string();
    assert!(
        text.contains(&told) && text.contains("a larger type"),
        "{text}"
    );
}

/// Inserts rows one by one, each with its flush; then all at once, with many that fit; then touches
/// what they change.
fn assert_all_refused(label: &str, field: &str, fit: &[New], too_many: &New) {
    for_each_connection(|conn| {
        let scope = || Scope::immediate().only([label]);
        let inserted = scope().run(conn, |conn| {
            fit.iter()
                .try_for_each(|new| Thing::insert(conn, new.clone()).map(drop))
        });
        inserted.unwrap();
        let before: Vec<Chest> = chests::table.order(chests::id).load(conn).unwrap();
        let one = scope().run(conn, |conn| Thing::insert(conn, too_many.clone()));
        assert_refused(one, field);
        assert_eq!(count(conn), i64::try_from(fit.len()).unwrap());
        let many = Scope::buffered().only([label]).run(conn, |conn| {
            let others = (100..200).map(|id| new(id, 1 + id % 2));
            Thing::insert_many(conn, others.chain([too_many.clone()]))
        });
        assert_refused(many, field);
        assert_eq!(count(conn), i64::try_from(fit.len()).unwrap());
        let touched: Result<(), Error> = conn.transaction(|conn| {
            conn.disable_autoupdates(|conn| Thing::insert(conn, too_many.clone()))?;
            Scope::immediate().only([label]).run(conn, |conn| {
                Chest::touch(conn, &[too_many.chest_id])?;
                Thing::touch(conn, &[too_many.id])
            })
        });
        assert_refused(touched, field);
        assert_eq!(count(conn), i64::try_from(fit.len()).unwrap());
        let after: Vec<Chest> = chests::table.order(chests::id).load(conn).unwrap();
        assert_eq!(after, before);
    });
}

fn valued(id: i32, value: i64) -> New {
    New {
        value,
        ..new(id, 1)
    }
}

#[test]
fn a_sum_that_its_column_cannot_hold_is_refused() {
    let half = 2_000_000_000;
    assert_all_refused(
        "total",
        "Chest::total",
        &[valued(1, half)],
        &valued(2, half),
    );
    assert_all_refused(
        "total",
        "Chest::total",
        &[valued(1, -half)],
        &valued(2, -half),
    );
    assert_all_refused("small", "Chest::small", &[valued(1, 32_767)], &valued(2, 1));
    assert_all_refused(
        "small",
        "Chest::small",
        &[valued(1, -32_768)],
        &valued(2, -1),
    );
    assert_all_refused("big", "Chest::big", &[valued(1, i64::MAX)], &valued(2, 1));
    assert_all_refused("big", "Chest::big", &[valued(1, i64::MIN)], &valued(2, -1));
}

#[test]
fn a_sum_that_is_written_with_functions_and_that_its_column_cannot_hold_is_refused() {
    let half = 2_000_000_000;
    assert_all_refused(
        "joined",
        "Chest::joined",
        &[valued(1, half)],
        &valued(2, half),
    );
}

#[test]
fn a_sum_of_fractions_that_its_column_cannot_hold_is_refused() {
    let large = |id| New {
        ratio: 3e38,
        ..new(id, 1)
    };
    assert_all_refused("ratio", "Chest::ratio", &[large(1)], &large(2));
}

#[test]
fn an_expression_that_its_column_cannot_hold_is_refused() {
    let sized = |id, width| New {
        width,
        height: 2,
        ..new(id, 1)
    };
    assert_all_refused(
        "area",
        "Thing::area",
        &[sized(1, 1 << 29)],
        &sized(2, 1 << 30),
    );
    let deep = |id, depth| New {
        depth,
        value: i64::MAX,
        ..new(id, 1)
    };
    assert_all_refused("volume", "Thing::volume", &[deep(1, 1)], &deep(2, i64::MAX));
}

#[test]
fn a_text_that_its_column_cannot_hold_is_refused() {
    if HAS_LENGTHS {
        assert_all_refused("tag", "Thing::tag", &[new(1, 1)], &new(2, 2));
        assert_all_refused("shout", "Thing::shout", &[new(1, 1)], &new(2, 2));
    }
}

#[test]
fn a_value_that_its_column_just_holds_is_stored() {
    for_each_connection(|conn| {
        let done: Result<(), Error> = Scope::immediate()
            .only(["total", "small", "big", "area"])
            .run(conn, |conn| {
                let values = [32_000, 767, -65_535, 65_535];
                for (id, value) in (1..).zip(values) {
                    let thing = New {
                        width: 1 << 30,
                        height: -2,
                        ..valued(id, value)
                    };
                    Thing::insert(conn, thing)?;
                }
                let chest = Chest::find(conn, 1)?.unwrap();
                assert_eq!(
                    (chest.total, chest.small, chest.big),
                    (32_767, 32_767, 32_767)
                );
                Thing::delete_many(conn, &[1, 2, 4])?;
                let chest = Chest::find(conn, 1)?.unwrap();
                assert_eq!(chest.big, -65_535);
                Ok(())
            });
        let error = done.unwrap_err();
        assert!(error.to_string().contains("`Chest::small`"), "{error}");
        let chest = Chest::find(conn, 1).unwrap().unwrap();
        assert_eq!(chest.small, 0, "the scope is undone");
        let areas: Vec<i32> = things::table.select(things::area).load(conn).unwrap();
        assert!(areas.is_empty());
    });
}
