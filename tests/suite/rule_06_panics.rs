//! Panics. A panic in a scope or write rolls back to the depth at its entry, restores the stack, drops the marks, and
//! goes on unwinding; the connection is usable afterwards. A pooled connection never returns to its pool unclean.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::TransactionManager;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, ManageConnection, Pool, R2D2Connection};
use maintained::prelude::*;

use super::support::Outcome;
use super::support::faults::panic_at;
use super::support::models::Order;
use super::support::oracle::{assert_right, rows};
use super::support::places::places;
use super::support::schema::orders;
use super::support::setters::{PANIC, PANIC_MESSAGE};
use super::support::shop::{self, ADA_OLD, BEN, MILK, SAW};
use super::support::writes::ALL_WRITES;
use crate::{Conn, Shared};

/// Runs what panics; returns the message.
fn caught<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(|| work(conn))).map_err(|payload| {
        let text = payload
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default()
    })
}

#[track_caller]
fn assert_usable(conn: &mut Conn) {
    assert_eq!(conn.mode(), Mode::Immediate, "the stack is restored");
    assert!(conn.pending().unwrap().is_empty(), "the marks are dropped");
    conn.buffer_autoupdates(|conn| -> Outcome { shop::item(conn, ADA_OLD, MILK, 1, 1).map(drop) })
        .unwrap();
    assert_right(conn);
}

#[test]
fn a_panic_in_the_body_undoes_the_scope_and_goes_on() {
    for scope in [Scope::buffered, Scope::immediate, Scope::disabled] {
        let mut conn = shop::open();
        let before = rows(&mut conn).text();
        let message = caught(&mut conn, |conn| {
            scope().run(conn, |conn| -> Outcome {
                ALL_WRITES.iter().try_for_each(|(_, write)| write(conn))?;
                panic!("the body panics")
            })
        });
        assert_eq!(message.unwrap_err(), "the body panics");
        assert_eq!(rows(&mut conn).text(), before);
        assert_usable(&mut conn);
    }
}

#[test]
fn a_panic_that_is_caught_between_scopes_undoes_the_inner_ones_only() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        shop::item(conn, ADA_OLD, SAW, 1, 5)?;
        let pending = conn.pending().unwrap();
        let message = caught(conn, |conn| {
            conn.buffer_autoupdates(|conn| {
                shop::item(conn, ADA_OLD, SAW, 1, 6)?;
                conn.disable_autoupdates(|conn| {
                    conn.transaction(|conn| -> Outcome {
                        shop::item(conn, ADA_OLD, SAW, 1, 7)?;
                        panic!("three levels down")
                    })
                })
            })
        });
        assert_eq!(message.unwrap_err(), "three levels down");
        assert_eq!(conn.pending().unwrap(), pending);
        assert_eq!(conn.mode(), Mode::Buffered);
        shop::item(conn, ADA_OLD, SAW, 1, 8)?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).total_cents, 513);
}

#[test]
fn a_panic_in_a_setter_undoes_the_flush_and_the_scope() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    let message = caught(&mut conn, |conn| {
        conn.buffer_autoupdates(|conn| -> Outcome {
            shop::item(conn, ADA_OLD, SAW, 1, 5)?;
            Order::update(conn, ADA_OLD, orders::note.eq(PANIC))?;
            Ok(())
        })
    });
    assert!(message.unwrap_err().contains(PANIC_MESSAGE));
    assert_eq!(rows(&mut conn).text(), before);
    assert_usable(&mut conn);
}

#[test]
fn a_panic_in_a_setter_undoes_an_immediate_write() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    caught(&mut conn, |conn| {
        Order::update(conn, ADA_OLD, orders::note.eq(PANIC))
    })
    .unwrap_err();
    assert_eq!(rows(&mut conn).text(), before);
    assert_usable(&mut conn);
}

#[test]
fn a_panic_in_a_write_gives_up_the_level_in_which_it_was() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    let error = conn
        .immediate_autoupdates(|conn| -> Outcome {
            shop::item(conn, ADA_OLD, SAW, 1, 5)?;
            caught(conn, |conn| {
                Order::update(conn, ADA_OLD, orders::note.eq(PANIC))
            })
            .unwrap_err();
            let next = shop::item(conn, ADA_OLD, SAW, 1, 5).unwrap_err();
            assert!(next.to_string().contains("has panicked"), "{next}");
            Ok(())
        })
        .unwrap_err();
    assert!(error.to_string().contains("has panicked"), "{error}");
    assert_eq!(rows(&mut conn).text(), before);
    assert_usable(&mut conn);
}

#[test]
fn a_panic_in_a_write_in_a_transaction_of_its_own_undoes_that_only() {
    let mut conn = shop::open();
    conn.immediate_autoupdates(|conn| -> Outcome {
        shop::item(conn, ADA_OLD, SAW, 1, 5)?;
        caught(conn, |conn| {
            conn.transaction(|conn| Order::update(conn, ADA_OLD, orders::note.eq(PANIC)))
        })
        .unwrap_err();
        Order::update(conn, ADA_OLD, orders::customer_id.eq(BEN))?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).note, "note 1");
}

#[test]
fn a_panic_in_a_hook_undoes_the_scope() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    let message = caught(&mut conn, |conn| {
        Scope::buffered()
            .after_flush(|_: &mut Conn, _: &maintained::FlushReport| panic!("the hook panics"))
            .run(conn, |conn| -> Outcome {
                shop::item(conn, ADA_OLD, SAW, 1, 5).map(drop)
            })
    });
    assert_eq!(message.unwrap_err(), "the hook panics");
    assert_eq!(rows(&mut conn).text(), before);
    assert_usable(&mut conn);
}

#[test]
fn a_panic_in_the_bracket_of_track_undoes_the_write() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    caught(&mut conn, |conn| {
        Order::track(conn, orders::id.eq(ADA_OLD), |conn| -> Outcome {
            diesel::update(orders::table)
                .set(orders::customer_id.eq(BEN))
                .execute(conn)?;
            panic!("between")
        })
    })
    .unwrap_err();
    assert_eq!(rows(&mut conn).text(), before);
    assert_usable(&mut conn);
}

/// A panic before any statement at all: each time all or nothing, and the connection works on.
#[test]
fn a_panic_at_any_statement_leaves_all_or_nothing() {
    let names = ["save", "track", "delete that cascades"];
    let few: Vec<_> = ALL_WRITES
        .iter()
        .filter(|(name, _)| names.contains(name))
        .collect();
    for scope in [Scope::buffered, Scope::immediate] {
        let mut conn = shop::open();
        let before = rows(&mut conn).text();
        for nth in places(1) {
            let nth = i64::try_from(nth).unwrap();
            let struck = panic_at(&mut conn, nth);
            let result = caught(&mut conn, |conn| {
                scope().run(conn, |conn| -> Outcome {
                    few.iter().try_for_each(|(_, write)| write(conn))
                })
            });
            conn.set_instrumentation(|_: diesel::connection::InstrumentationEvent<'_>| {});
            assert_eq!(conn.mode(), Mode::Immediate);
            assert!(conn.pending().unwrap().is_empty());
            if !struck() {
                result.unwrap().unwrap();
                assert!(nth > 50, "{nth} statements were tried");
                break;
            }
            let after = rows(&mut conn).text();
            assert!(
                result.is_err(),
                "the panic of statement {nth} goes on unwinding"
            );
            assert_eq!(after, before, "statement {nth}");
        }
        assert_usable(&mut conn);
    }
}

/// Opens a transaction and does not end it, as a body that is never left would.
fn leave_open(conn: &mut Conn) {
    <Conn as Connection>::TransactionManager::begin_transaction(conn).unwrap();
    conn.set_base_mode(Mode::Buffered);
    shop::item(conn, ADA_OLD, SAW, 1, 5).unwrap();
    assert!(!conn.pending().unwrap().is_empty());
}

#[test]
fn an_unclean_connection_is_broken_for_a_pool() {
    let mut conn = shop::open();
    assert!(!conn.is_broken());
    conn.ping().unwrap();
    for scope in [Scope::buffered, Scope::immediate, Scope::disabled] {
        let open = scope().run(&mut conn, |conn| {
            Ok::<_, maintained::Error>(conn.is_broken())
        });
        assert!(open.unwrap(), "an open scope");
        assert!(!conn.is_broken());
    }
    conn.transaction(|conn| -> Outcome {
        assert!(conn.is_broken(), "an open transaction");
        Ok(())
    })
    .unwrap();
    assert!(!conn.is_broken());
    leave_open(&mut conn);
    assert!(conn.is_broken());
}

#[test]
fn a_transaction_of_a_test_stays_open_in_a_pool() {
    let mut conn = shop::open();
    conn.begin_test_transaction().unwrap();
    shop::item(&mut conn, ADA_OLD, SAW, 1, 5).unwrap();
    assert!(!conn.is_broken());
    leave_open(&mut conn);
    assert!(conn.is_broken(), "one within it");
}

#[test]
fn a_pool_takes_clean_connections_back_and_drops_unclean_ones() {
    let shared = Shared::new();
    shop::stock(&mut shared.connect()).unwrap();
    let manager = ConnectionManager::<Conn>::new(shared.url());
    assert!(!manager.has_broken(&mut manager.connect().unwrap()));
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    let before = rows(&mut pool.get().unwrap()).text();
    leave_open(&mut pool.get().unwrap());
    let mut conn = pool.get().unwrap();
    assert_eq!(conn.mode(), Mode::Immediate, "another connection");
    assert!(conn.pending().unwrap().is_empty());
    assert_eq!(
        rows(&mut conn).text(),
        before,
        "the one that was dropped has left nothing"
    );
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let mut conn = conn;
        conn.buffer_autoupdates(|conn| -> Outcome {
            shop::item(conn, ADA_OLD, SAW, 1, 5)?;
            panic!("while pooled")
        })
    }));
    panicked.unwrap_err();
    let mut conn = pool.get().unwrap();
    shop::item(&mut conn, ADA_OLD, SAW, 1, 5).unwrap();
    assert_right(&mut conn);
}
