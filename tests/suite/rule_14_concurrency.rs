//! Concurrency. Writers on different connections never leave a stale field; what the database refuses comes back as its
//! error, known as retryable.

use std::sync::Barrier;
use std::thread;

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::faults::Faults;
use super::support::models::{Customer, Item, Order, Product};
use super::support::oracle::{assert_right, rows};
use super::support::schema::{customers, items, orders, products};
use super::support::shop::{self, ADA, ADA_OLD, BEN, BEN_ONLY, CAT, MILK, SAW, TEA};
use crate::{Conn, Shared, Strike, check_foreign_keys, wait_for_locks};

const WRITERS: i32 = 4;
const ROUNDS: i32 = 25;

/// What one of the writers does in one round: writes whose readers are the same rows as the others'.
fn round(conn: &mut Conn, writer: i32, round: i32) -> Outcome {
    match (writer + round) % 5 {
        0 => shop::item(conn, ADA_OLD, MILK, 1, 10).map(drop),
        1 => conn.buffer_autoupdates(|conn| -> Outcome {
            let order = shop::order(conn, [ADA, BEN, CAT][(round % 3) as usize], round)?;
            shop::item(conn, order.id, TEA, 1, 10)?;
            shop::item(conn, BEN_ONLY, SAW, 1, 10)?;
            Ok(())
        }),
        2 => Customer::update(
            conn,
            ADA,
            customers::name.eq(format!("Ada {writer}.{round}")),
        )
        .map(drop),
        3 => {
            let customer = if round % 2 == 0 { ADA } else { BEN };
            Order::update(conn, ADA_OLD, orders::customer_id.eq(customer))?;
            Product::update(conn, MILK, products::name.eq(format!("milk {writer}"))).map(drop)
        }
        _ => {
            let last: Option<i32> = items::table
                .select(diesel::dsl::max(items::id))
                .first(conn)?;
            match last.map(|key| Item::find(conn, key)).transpose()?.flatten() {
                Some(item) => match item.delete(conn) {
                    Err(maintained::Error::NotFound { .. }) => Ok(()),
                    other => other.map(drop),
                },
                None => Ok(()),
            }
        }
    }
}

/// Runs again what the database refuses because of the others.
fn until_done(mut work: impl FnMut() -> Outcome) {
    loop {
        match work() {
            Err(error) if error.is_retryable() => {}
            done => return done.unwrap(),
        }
    }
}

#[test]
fn threads_with_a_connection_each_leave_no_stale_field() {
    let shared = Shared::new();
    let mut conn = shared.connect();
    shop::stock(&mut conn).unwrap();
    let start = Barrier::new(WRITERS as usize);
    thread::scope(|threads| {
        for writer in 0..WRITERS {
            let (shared, start) = (&shared, &start);
            threads.spawn(move || {
                let mut conn = shared.connect();
                start.wait();
                for at in 0..ROUNDS {
                    until_done(|| round(&mut conn, writer, at));
                }
            });
        }
    });
    assert_right(&mut conn);
}

#[test]
fn a_lock_that_cannot_be_had_is_a_retryable_error() {
    let shared = Shared::new();
    let (mut holder, mut other) = (shared.connect(), shared.connect());
    shop::stock(&mut holder).unwrap();
    wait_for_locks(&mut other, 0);
    holder
        .buffer_autoupdates(|holder| -> Outcome {
            shop::item(holder, ADA_OLD, MILK, 1, 1)?;
            holder.flush_autoupdates()?;
            let error = shop::item(&mut other, ADA_OLD, MILK, 1, 1).unwrap_err();
            assert!(error.is_retryable(), "{error}");
            let error = other
                .buffer_autoupdates(|other| shop::order(other, ADA, 1).map(drop))
                .unwrap_err();
            assert!(error.is_retryable(), "{error}");
            Ok(())
        })
        .unwrap();
    shop::item(&mut other, ADA_OLD, MILK, 1, 1).unwrap();
    assert_right(&mut other);
}

#[test]
fn retries_runs_the_scope_again_after_a_retryable_error() {
    let mut conn = shop::open();
    let faults = Faults::install(&mut conn, Strike::Refusal);
    let mut runs = 0;
    Scope::buffered()
        .retries(3)
        .run(&mut conn, |conn| -> Outcome {
            runs += 1;
            faults.strike_at(if runs < 3 { runs } else { 0 });
            shop::item(conn, ADA_OLD, MILK, 1, 1)?;
            Ok(())
        })
        .unwrap();
    assert_eq!(runs, 3, "refused in the body, refused in the flush, done");
    assert_eq!(
        shop::get::<Order>(&mut conn, ADA_OLD).item_count,
        3,
        "the first two runs were undone"
    );
    assert_right(&mut conn);
    let mut runs = 0;
    let result = Scope::buffered().retries(3).run(&mut conn, |_| -> Outcome {
        runs += 1;
        Err(maintained::Error::other("not for lack of a lock"))
    });
    result.unwrap_err();
    assert_eq!(runs, 1, "another error is not retried");
}

#[test]
fn retries_gives_up_with_the_databases_error() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    let faults = Faults::install(&mut conn, Strike::Refusal);
    let mut runs = 0;
    let result = Scope::immediate()
        .retries(2)
        .run(&mut conn, |conn| -> Outcome {
            runs += 1;
            faults.strike_at(2);
            shop::item(conn, ADA_OLD, MILK, 1, 1).map(drop)
        });
    assert!(result.unwrap_err().is_retryable());
    assert_eq!(runs, 3, "once, and twice again");
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn a_scope_inside_a_transaction_is_not_run_again() {
    let mut conn = shop::open();
    let faults = Faults::install(&mut conn, Strike::Refusal);
    let mut runs = 0;
    conn.transaction(|conn| -> Outcome {
        let refused = Scope::buffered().retries(3).run(conn, |conn| -> Outcome {
            runs += 1;
            faults.strike_at(1);
            shop::item(conn, ADA_OLD, MILK, 1, 1).map(drop)
        });
        assert!(
            refused.unwrap_err().is_retryable(),
            "for the transaction to be run again"
        );
        Ok(())
    })
    .unwrap();
    assert_eq!(runs, 1);
    assert_right(&mut conn);
}

#[test]
fn a_single_write_that_is_refused_is_run_again_by_the_library() {
    let mut conn = shop::open();
    let faults = Faults::install(&mut conn, Strike::Refusal);
    faults.strike_at(1);
    shop::item(&mut conn, ADA_OLD, MILK, 1, 1).unwrap();
    assert!(faults.stop(), "it was refused");
    assert_eq!(conn.last_flush().map(|report| report.retries), Some(1));
    // Refused in its flush.
    faults.strike_at(2);
    shop::item(&mut conn, ADA_OLD, MILK, 1, 1).unwrap();
    assert!(faults.stop(), "it was refused");
    let count = shop::get::<Order>(&mut conn, ADA_OLD).item_count;
    assert_eq!(count, 4, "what was refused is undone");
    assert_right(&mut conn);
}

#[test]
fn a_refused_write_is_not_run_again_where_that_is_switched_off_or_only_the_whole_can_be() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    let faults = Faults::install(&mut conn, Strike::Refusal);
    faults.strike_at(1);
    let inside = conn.transaction(|conn| -> Outcome {
        shop::item(conn, ADA_OLD, MILK, 1, 1)?;
        Ok(())
    });
    assert!(inside.unwrap_err().is_retryable());
    conn.set_retries(0);
    faults.strike_at(1);
    let refused = shop::item(&mut conn, ADA_OLD, MILK, 1, 1);
    assert!(refused.unwrap_err().is_retryable());
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn threads_that_share_a_pool_leave_no_stale_field() {
    let shared = Shared::new();
    let mut conn = shared.connect();
    shop::stock(&mut conn).unwrap();
    let manager = diesel::r2d2::ConnectionManager::<Conn>::new(shared.url());
    let pool = diesel::r2d2::Pool::builder()
        .max_size(2)
        .build(manager)
        .unwrap();
    thread::scope(|threads| {
        for writer in 0..WRITERS {
            let pool = &pool;
            threads.spawn(move || {
                for at in 0..ROUNDS {
                    let mut conn = pool.get().unwrap();
                    wait_for_locks(&mut conn, 20_000);
                    check_foreign_keys(&mut conn);
                    until_done(|| round(&mut conn, writer, at));
                }
            });
        }
    });
    assert_right(&mut conn);
}
