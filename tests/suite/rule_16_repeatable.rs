//! Repeatable. The same writes on the same data give the same statements in the same order.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Item, Parcel, Tag};
use super::support::schema::{items, parcels, tags};
use super::support::shop;
use super::support::statements::recorded;
use super::support::writes::ALL_WRITES;
use crate::{Conn, Inner};

fn statements(scope: fn() -> Scope<Inner>) -> Vec<String> {
    let mut conn = shop::open();
    let (result, statements) = recorded(&mut conn, |conn: &mut Conn| {
        scope().run(conn, |conn| -> Outcome {
            ALL_WRITES.iter().try_for_each(|(_, write)| write(conn))?;
            super::property::world::touch_everything(conn)
        })
    });
    result.unwrap();
    statements
}

#[test]
fn the_same_writes_give_the_same_statements_in_the_same_order() {
    for scope in [Scope::buffered, Scope::immediate, Scope::disabled] {
        let first = statements(scope);
        assert!(first.len() > 40);
        for _ in 0..3 {
            assert_eq!(statements(scope), first);
        }
    }
}

/// Another connection, another thread: nothing of where it runs takes part.
#[test]
fn the_statements_do_not_depend_on_the_thread() {
    let here = statements(Scope::buffered);
    let there = std::thread::spawn(|| statements(Scope::buffered))
        .join()
        .unwrap();
    assert_eq!(here, there);
}

/// A row that is written again may come last when it is read without an order: on `PostgreSQL`, where an indexed column
/// has changed.
#[test]
fn the_statements_do_not_depend_on_where_the_rows_lie() {
    let flush = |rewritten: &[i32]| {
        let mut conn = shop::open();
        for key in rewritten {
            let moved = format!("UPDATE orders SET customer_id = 3 - customer_id WHERE id = {key}");
            conn.inner_mut().batch_execute(&moved).unwrap();
            conn.inner_mut().batch_execute(&moved).unwrap();
        }
        let work = |conn: &mut Conn| -> Outcome<Vec<String>> {
            for key in [shop::PARCEL, shop::PARCEL_BACK] {
                Parcel::update(conn, key, parcels::weight.eq(7.5))?;
            }
            let (report, statements) = recorded(conn, Conn::flush_autoupdates);
            report.map(|_| statements)
        };
        conn.buffer_autoupdates(work).unwrap()
    };
    let statements = flush(&[]);
    assert!(statements.len() > 5);
    for rewritten in [[1, 3], [3, 1]] {
        assert_eq!(flush(&rewritten), statements, "{rewritten:?}");
    }
}

/// Rows are locked, read and written in the order of their keys, so that connections meet them in the same order.
#[test]
fn the_statements_of_a_flush_do_not_depend_on_the_order_of_the_writes() {
    let flush = |order: [i32; 4]| {
        let mut conn = shop::open();
        let work = |conn: &mut Conn| -> Outcome<Vec<String>> {
            for key in order {
                Item::update(conn, key, items::quantity.eq(10 + key))?;
                Tag::insert(
                    conn,
                    (tags::code.eq(format!("t{key}")), tags::title.eq("t")),
                )?;
                shop::link(conn, shop::SAW, &format!("t{key}"), 1)?;
            }
            let (report, statements) = recorded(conn, Conn::flush_autoupdates);
            report.map(|_| statements)
        };
        conn.buffer_autoupdates(work).unwrap()
    };
    let statements = flush([1, 2, 3, 4]);
    assert!(statements.len() > 20);
    for order in [[4, 3, 2, 1], [2, 4, 1, 3], [3, 1, 4, 2]] {
        assert_eq!(flush(order), statements, "{order:?}");
    }
}
