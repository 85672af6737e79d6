//! Savepoints. Marks live and die with the transaction or savepoint in which they were left, whoever opened it.
//! Marks worked off inside a savepoint come back when it rolls back.

use diesel::prelude::*;
use diesel::result::Error::RollbackTransaction;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Customer, Item, Order};
use super::support::oracle::{assert_right, rows, stale};
use super::support::schema::{items, orders};
use super::support::shop::{self, ADA, ADA_OLD, BEN, MILK, MILK_LINE, SAW};
use super::support::statements::{recorded, text};
use super::support::writes::ALL_WRITES;
use crate::Conn;

fn rolled_back(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Outcome) {
    let result = conn.transaction(|conn| -> QueryResult<()> {
        work(conn)?;
        Err(RollbackTransaction)
    });
    assert_eq!(result, Err(RollbackTransaction));
}

#[test]
fn marks_of_a_savepoint_that_rolls_back_are_gone() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    conn.buffer_autoupdates(|conn| -> Outcome {
        rolled_back(conn, |conn| {
            ALL_WRITES.iter().try_for_each(|(_, write)| write(conn))
        });
        assert!(
            conn.pending().unwrap().is_empty(),
            "no ghosts: {:?}",
            conn.pending().unwrap()
        );
        Ok(())
    })
    .unwrap();
    assert_eq!(rows(&mut conn).text(), before);
    assert_eq!(
        conn.last_flush(),
        Some(&maintained::FlushReport::default()),
        "there was nothing to flush"
    );
}

#[test]
fn marks_of_a_savepoint_that_is_released_stay() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        conn.transaction(|conn| -> Outcome { shop::item(conn, ADA_OLD, SAW, 1, 5).map(drop) })?;
        assert!(!conn.pending().unwrap().is_empty());
        assert!(
            !stale(conn).is_empty(),
            "a transaction of Diesel's own flushes nothing"
        );
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn marks_worked_off_inside_a_savepoint_come_back_when_it_rolls_back() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Item::update(conn, MILK_LINE, items::quantity.eq(20))?;
        let pending = conn.pending().unwrap();
        rolled_back(conn, |conn| {
            conn.flush_autoupdates()?;
            assert_right(conn);
            assert!(conn.pending().unwrap().is_empty());
            Ok(())
        });
        assert_eq!(conn.pending().unwrap(), pending);
        assert!(
            !stale(conn).is_empty(),
            "the values of the flush were undone"
        );
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_partial_flush_by_fresh_is_undone_with_its_savepoint() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Item::update(conn, MILK_LINE, items::quantity.eq(20))?;
        Order::update(conn, ADA_OLD, orders::note.eq("changed"))?;
        let pending = conn.pending().unwrap();
        rolled_back(conn, |conn| {
            shop::item(conn, ADA_OLD, SAW, 1, 1)?;
            Order::fresh(conn, ADA_OLD)?;
            shop::item(conn, ADA_OLD, SAW, 1, 1)?;
            Ok(())
        });
        assert_eq!(conn.pending().unwrap(), pending);
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn levels_are_undone_one_by_one() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        shop::item(conn, ADA_OLD, MILK, 1, 1)?;
        let first = conn.pending().unwrap();
        rolled_back(conn, |conn| {
            Order::update(conn, ADA_OLD, orders::customer_id.eq(BEN))?;
            let second = conn.pending().unwrap();
            rolled_back(conn, |conn| {
                shop::get::<Customer>(conn, ADA).delete(conn)?;
                conn.transaction(|conn| -> Outcome { shop::order(conn, BEN, 70).map(drop) })?;
                conn.flush_autoupdates()?;
                Ok(())
            });
            assert_eq!(conn.pending().unwrap(), second);
            conn.transaction(|conn| -> Outcome {
                conn.flush_autoupdates()?;
                Ok(())
            })?;
            assert_right(conn);
            Ok(())
        });
        assert_eq!(conn.pending().unwrap(), first);
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_bad_row_is_rolled_back_and_the_load_goes_on() {
    let mut conn = shop::open();
    let mut refused = 0;
    conn.buffer_autoupdates(|conn| -> Outcome {
        for row in 0..40 {
            let product = if row % 4 == 3 { 999 } else { MILK };
            let result = conn.transaction(|conn| -> Outcome {
                let order = shop::order(conn, ADA, 10 + row)?;
                shop::item(conn, order.id, MILK, 1, 10)?;
                shop::item(conn, order.id, product, 1, 10)?;
                Ok(())
            });
            refused += usize::from(result.is_err());
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(refused, 10);
    assert_right(&mut conn);
    assert_eq!(
        shop::get::<Customer>(&mut conn, ADA).spent_cents,
        1500 + 30 * 20
    );
}

#[test]
fn immediate_writes_in_a_transaction_of_diesels_own_live_and_die_with_it() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    rolled_back(&mut conn, |conn| {
        shop::item(conn, ADA_OLD, MILK, 1, 1)?;
        assert_right(conn);
        Ok(())
    });
    assert_eq!(rows(&mut conn).text(), before);
    conn.transaction(|conn| -> Outcome {
        conn.buffer_autoupdates(|conn| -> Outcome {
            shop::item(conn, ADA_OLD, MILK, 1, 1).map(drop)
        })?;
        assert_right(conn);
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_level_around_one_write_that_fails_is_undone_alone_between_others() {
    let mut conn = shop::open();
    let add = |conn: &mut Conn, quantity| shop::item(conn, ADA_OLD, MILK, quantity, 4711).map(drop);
    let quantities = |conn: &mut Conn| {
        let new = items::table.filter(items::price_cents.eq(4711));
        let new = new.order(items::id).select(items::quantity);
        new.load::<i32>(conn).unwrap()
    };
    let refused = |conn: &mut Conn| {
        let before = quantities(conn);
        conn.transaction(|conn| add(conn, -1)).unwrap_err();
        assert_eq!(quantities(conn), before);
        assert_right(conn);
    };
    conn.transaction(|conn| -> Outcome {
        refused(conn);
        add(conn, 1)?;
        Item::track(conn, items::price_cents.eq(4711), |conn| {
            let new = diesel::update(items::table.filter(items::price_cents.eq(4711)));
            new.set(items::quantity.eq(2)).execute(conn)
        })?;
        refused(conn);
        rolled_back(conn, |conn| {
            add(conn, 3)?;
            refused(conn);
            add(conn, 4)
        });
        assert_eq!(quantities(conn), [2]);
        refused(conn);
        conn.transaction(|conn| -> Outcome {
            refused(conn);
            add(conn, 5)?;
            refused(conn);
            rolled_back(conn, |conn| add(conn, 6));
            add(conn, 7)
        })?;
        refused(conn);
        add(conn, 8)
    })
    .unwrap();
    assert_eq!(quantities(&mut conn), [2, 5, 7, 8]);
    assert_right(&mut conn);
}

#[test]
fn a_write_of_one_statement_sets_no_savepoint() {
    let mut conn = shop::open();
    let (done, ran) = recorded(&mut conn, |conn| {
        conn.transaction(|conn| -> Outcome {
            let item = shop::item(conn, ADA_OLD, MILK, 1, 10)?;
            Item::update(conn, item.id, items::quantity.eq(2))?;
            item.delete(conn)
        })
    });
    done.unwrap();
    let of_savepoints = |statement: &&String| text(statement).contains("SAVEPOINT");
    let savepoints: Vec<&str> = ran
        .iter()
        .filter(of_savepoints)
        .map(|ran| text(ran))
        .collect();
    assert_eq!(savepoints, Vec::<&str>::new());
}

#[test]
fn marks_of_a_buffered_base_mode_live_and_die_with_their_transaction() {
    let mut conn = shop::open();
    conn.set_base_mode(Mode::Buffered);
    rolled_back(&mut conn, |conn| {
        Order::update(conn, ADA_OLD, orders::customer_id.eq(BEN)).map(drop)
    });
    assert!(conn.pending().unwrap().is_empty());
    conn.transaction(|conn| -> Outcome {
        Item::update(conn, MILK_LINE, items::quantity.eq(20))?;
        let pending = conn.pending()?;
        rolled_back(conn, |conn| {
            Order::update(conn, ADA_OLD, orders::customer_id.eq(BEN))?;
            conn.flush_autoupdates()?;
            Ok(())
        });
        assert_eq!(conn.pending()?, pending);
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_transaction_of_a_buffered_base_mode_that_cannot_be_flushed_is_not_committed() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    conn.set_base_mode(Mode::Buffered);
    let error = conn
        .transaction(|conn| Item::update(conn, MILK_LINE, items::quantity.eq(-1)).map(drop))
        .unwrap_err();
    assert!(
        matches!(error, maintained::Error::Setter { .. }),
        "{error:?}"
    );
    assert_eq!(rows(&mut conn).text(), before);
    shop::item(&mut conn, ADA_OLD, SAW, 1, 1).unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_test_transaction_holds_scopes_and_writes() {
    let mut conn = shop::open();
    conn.begin_test_transaction().unwrap();
    conn.buffer_autoupdates(|conn| ALL_WRITES.iter().try_for_each(|(_, write)| write(conn)))
        .unwrap();
    assert_right(&mut conn);
    let _ignored: Outcome = conn.buffer_autoupdates(|conn| {
        shop::item(conn, ADA_OLD, MILK, 1, 1)?;
        Err(maintained::Error::other("undone"))
    });
    shop::order(&mut conn, ADA, 99).unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_flush_that_fails_leaves_the_marks_and_the_scope_can_mend_the_row() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        shop::item(conn, ADA_OLD, SAW, 1, 1)?;
        Item::update(conn, MILK_LINE, items::quantity.eq(-1))?;
        let (pending, before) = (conn.pending()?, rows(conn).text());
        conn.flush_autoupdates().unwrap_err();
        Order::fresh(conn, ADA_OLD).unwrap_err();
        assert_eq!(conn.pending()?, pending);
        assert_eq!(rows(conn).text(), before);
        Item::update(conn, MILK_LINE, items::quantity.eq(1))?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}
