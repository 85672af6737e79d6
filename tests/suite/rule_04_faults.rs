//! All or nothing, whichever row the database refuses, and also where it ends the transaction by itself.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::faults::Faults;
use super::support::models::{Category, Customer};
use super::support::oracle::{assert_right, rows};
use super::support::places::places;
use super::support::schema::categories;
use super::support::shop::{self, ADA, ADA_OLD, ALL, FOOD, MILK, SAW};
use super::support::writes::ALL_WRITES;
use crate::{Conn, FAULT, GOES_ON_AFTER_A_FAILURE, Strike, insert_category, tells_of_the_end};

fn all_writes(conn: &mut Conn) -> Outcome {
    ALL_WRITES.iter().try_for_each(|(_, write)| write(conn))
}

/// Runs `work` again and again, with a fault at the first row that is written, the second, and so on, until it has
/// seen them all; returns how many there were.
fn at_every_row(work: impl Fn(&mut Conn) -> Outcome) -> i64 {
    let mut conn = shop::open();
    let faults = Faults::install(&mut conn, Strike::Statement);
    let before = rows(&mut conn).text();
    for nth in places(1) {
        let nth = i64::try_from(nth).unwrap();
        faults.strike_at(nth);
        let result = work(&mut conn);
        if !faults.stop() {
            result.unwrap();
            assert_right(&mut conn);
            return nth - 1;
        }
        let error = result.expect_err("a fault in the database comes back");
        assert!(
            error.to_string().contains(FAULT),
            "the first error comes back, not {error}"
        );
        assert_eq!(
            rows(&mut conn).text(),
            before,
            "row {nth}: everything is undone"
        );
        assert!(
            conn.pending().unwrap().is_empty(),
            "row {nth}: no marks are left"
        );
        assert_eq!(conn.mode(), Mode::Immediate);
    }
    unreachable!("the loop ends when there is no row left to fail at")
}

/// Fewer than all writes and their flush write, and more than the writes alone. Not all databases call a trigger for the
/// rows that a cascade takes.
const MOST_WRITES: i64 = 30;

#[test]
fn a_fault_at_any_row_of_a_buffered_scope_undoes_all_of_it() {
    let rows = at_every_row(|conn| conn.buffer_autoupdates(all_writes));
    assert!(rows > MOST_WRITES, "writes and flush were both met: {rows}");
}

#[test]
fn a_fault_at_any_row_of_an_immediate_scope_undoes_all_of_it() {
    let rows = at_every_row(|conn| conn.immediate_autoupdates(all_writes));
    assert!(rows > MOST_WRITES, "writes and flush were both met: {rows}");
}

#[test]
fn a_fault_at_any_row_undoes_the_one_write_whatever_the_mode() {
    for (name, write) in ALL_WRITES
        .iter()
        .filter(|(name, _)| ["insert_many", "track", "save_many"].contains(name))
    {
        assert!(at_every_row(write) > 3, "{name}");
    }
}

#[test]
fn a_fault_that_the_body_swallows_undoes_the_one_write_only() {
    for scope in [Scope::buffered, Scope::immediate] {
        let mut conn = shop::open();
        let faults = Faults::install(&mut conn, Strike::Statement);
        for nth in 1..12 {
            scope()
                .run(&mut conn, |conn| -> Outcome {
                    shop::item(conn, ADA_OLD, SAW, 1, nth)?;
                    faults.strike_at(nth);
                    let mut customer = shop::get::<Customer>(conn, ADA);
                    customer.name = format!("Ada {nth}");
                    let _swallowed = conn.transaction(|conn| customer.save(conn));
                    let _swallowed =
                        conn.transaction(|conn| shop::category(conn, "swallowed", Some(ALL)));
                    faults.stop();
                    shop::item(conn, ADA_OLD, MILK, 1, nth)?;
                    Ok(())
                })
                .unwrap();
            assert_right(&mut conn);
        }
    }
}

/// What the database said.
fn said(error: &maintained::Error) -> String {
    error
        .database()
        .map(ToString::to_string)
        .unwrap_or_default()
}

#[test]
fn once_the_database_has_ended_the_transaction_every_call_fails_with_the_first_error() {
    for scope in [Scope::buffered, Scope::immediate] {
        let mut conn = shop::open();
        let faults = Faults::install(&mut conn, Strike::Transaction);
        let before = rows(&mut conn).text();
        let mut first = String::new();
        let scope = scope().after_flush(|_, _| panic!("there is no flush"));
        let result = scope.run(&mut conn, |conn| -> Outcome {
            shop::item(conn, ADA_OLD, SAW, 1, 5)?;
            let inner = conn.buffer_autoupdates(|conn| -> Outcome {
                faults.strike_at(1);
                first = said(&shop::item(conn, ADA_OLD, SAW, 2, 5).unwrap_err());
                assert!(tells_of_the_end(&first), "{first}");
                Ok(())
            });
            assert_eq!(
                said(&inner.unwrap_err()),
                first,
                "the scope cannot end well"
            );
            for (name, write) in ALL_WRITES {
                assert_eq!(said(&write(conn).expect_err(name)), first, "{name}");
            }
            let plain = diesel::insert_into(categories::table)
                .values(categories::name.eq("plain"))
                .execute(conn);
            assert_eq!(
                plain.unwrap_err().to_string(),
                first,
                "Diesel's own queries too"
            );
            assert_eq!(said(&conn.flush_autoupdates().unwrap_err()), first);
            Ok(())
        });
        assert_eq!(
            said(&result.unwrap_err()),
            first,
            "also where the body swallows everything"
        );
        assert!(conn.pending().unwrap().is_empty());
        let mut conn = faults.reconnect(conn);
        assert_eq!(rows(&mut conn).text(), before);
        all_writes(&mut conn).unwrap();
        assert_right(&mut conn);
    }
}

#[test]
fn a_statement_that_the_body_swallows_fails_the_scope_where_the_database_takes_no_more() {
    for scope in [Scope::buffered, Scope::immediate] {
        let mut conn = shop::open();
        let before = rows(&mut conn).text();
        let result = scope().run(&mut conn, |conn| -> Outcome {
            shop::item(conn, ADA_OLD, SAW, 1, 5)?;
            diesel::sql_query("UPDATE items SET no_such_column = 1")
                .execute(conn)
                .unwrap_err();
            Ok(())
        });
        assert_right(&mut conn);
        assert_eq!(result.is_ok(), GOES_ON_AFTER_A_FAILURE);
        if let Err(error) = result {
            assert!(said(&error).contains("no_such_column"), "{error}");
            assert_eq!(rows(&mut conn).text(), before);
        }
    }
}

#[test]
fn a_transaction_that_the_database_ends_in_the_flush_leaves_nothing() {
    let mut conn = shop::open();
    let faults = Faults::install(&mut conn, Strike::Transaction);
    let before = rows(&mut conn).text();
    let error = conn
        .buffer_autoupdates(|conn| -> Outcome {
            Category::update(conn, FOOD, categories::name.eq("fare"))?;
            faults.strike_at(2);
            Ok(())
        })
        .unwrap_err();
    assert!(tells_of_the_end(&said(&error)), "{error}");
    let mut conn = faults.reconnect(conn);
    assert_eq!(rows(&mut conn).text(), before);
    conn.buffer_autoupdates(all_writes).unwrap();
    assert_right(&mut conn);
}

#[test]
fn the_first_error_is_known_however_the_statement_was_sent() {
    type Send = fn(&mut Conn) -> QueryResult<()>;
    const NEW: &str = "INSERT INTO categories (name) VALUES ('new')";
    let ways: [Send; 4] = [
        |conn| conn.batch_execute(NEW),
        |conn| conn.untracked(|conn| diesel::sql_query(NEW).execute(conn).map(drop)),
        |conn| conn.untracked(|conn| insert_category(conn, "new")),
        |conn| Ok(shop::category(conn, "new", None).map(drop)?),
    ];
    for send in ways {
        let mut conn = shop::open();
        let faults = Faults::install(&mut conn, Strike::Transaction);
        let before = rows(&mut conn).text();
        let mut first = String::new();
        let result = conn.buffer_autoupdates(|conn| -> Outcome {
            shop::item(conn, ADA_OLD, SAW, 1, 5)?;
            conn.transaction(|conn| -> Outcome {
                faults.strike_at(1);
                first = said(&send(conn).unwrap_err().into());
                assert!(tells_of_the_end(&first), "{first}");
                let then = shop::item(conn, ADA_OLD, SAW, 1, 5).unwrap_err();
                assert_eq!(said(&then), first);
                Ok(())
            })
            .unwrap_err();
            Ok(())
        });
        assert_eq!(said(&result.unwrap_err()), first);
        let mut conn = faults.reconnect(conn);
        assert_eq!(rows(&mut conn).text(), before);
        all_writes(&mut conn).unwrap();
        assert_right(&mut conn);
    }
}
