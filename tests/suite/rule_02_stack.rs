//! The stack. A connection has a base mode that any scope replaces. Among scopes the innermost counts, but under a
//! disabled scope everything is disabled, and under a buffered scope an immediate one is buffered too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::Item;
use super::support::oracle::{assert_right, stale};
use super::support::schema::items;
use super::support::shop::{self, MILK_LINE};
use crate::{Conn, Inner};

const MODES: [Mode; 3] = [Mode::Immediate, Mode::Buffered, Mode::Disabled];

fn scope(mode: Mode) -> Scope<Inner> {
    match mode {
        Mode::Immediate => Scope::immediate(),
        Mode::Buffered => Scope::buffered(),
        Mode::Disabled => Scope::disabled(),
    }
}

/// The mode that counts under these scopes, outermost first.
fn expected(base: Mode, scopes: &[Mode]) -> Mode {
    if scopes.contains(&Mode::Disabled) {
        Mode::Disabled
    } else if scopes.contains(&Mode::Buffered) {
        Mode::Buffered
    } else {
        scopes.last().copied().unwrap_or(base)
    }
}

fn nest(conn: &mut Conn, base: Mode, open: &mut Vec<Mode>) -> Outcome {
    assert_eq!(
        conn.mode(),
        expected(base, open),
        "base {base:?}, scopes {open:?}"
    );
    if open.len() < 3 {
        for mode in MODES {
            open.push(mode);
            scope(mode).run(conn, |conn| nest(conn, base, open))?;
            open.pop();
            assert_eq!(
                conn.mode(),
                expected(base, open),
                "after a scope, base {base:?}, scopes {open:?}"
            );
        }
    }
    Ok(())
}

#[test]
fn the_mode_that_counts_for_every_nesting_of_three_scopes() {
    for base in MODES {
        let mut conn = shop::open();
        conn.set_base_mode(base);
        nest(&mut conn, base, &mut Vec::new()).unwrap();
    }
}

#[test]
fn what_a_write_does_follows_the_mode_that_counts() {
    for outer in MODES {
        for inner in MODES {
            let mut conn = shop::open();
            scope(outer)
                .run(&mut conn, |conn| -> Outcome {
                    scope(inner).run(conn, |conn| -> Outcome {
                        Item::update(conn, MILK_LINE, items::quantity.eq(33))?;
                        Ok(())
                    })?;
                    let at_once = outer == Mode::Immediate && inner != Mode::Disabled;
                    assert_eq!(
                        stale(conn).is_empty(),
                        at_once,
                        "inside: {outer:?} over {inner:?}"
                    );
                    Ok(())
                })
                .unwrap();
            let disabled = outer == Mode::Disabled || inner == Mode::Disabled;
            assert_eq!(
                stale(&mut conn).is_empty(),
                !disabled,
                "at the end: {outer:?} over {inner:?}"
            );
        }
    }
}

#[test]
fn an_inner_buffered_scope_hands_its_marks_to_the_one_around_it() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let inside = conn.buffer_autoupdates(|conn| -> Outcome<_> {
            Item::update(conn, MILK_LINE, items::quantity.eq(7))?;
            Ok(conn.pending().unwrap())
        })?;
        assert_eq!(conn.pending().unwrap(), inside);
        assert!(!stale(conn).is_empty(), "only the outermost scope flushes");
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_buffered_scope_in_an_immediate_one_is_the_outermost_and_flushes() {
    let mut conn = shop::open();
    conn.immediate_autoupdates(|conn| -> Outcome {
        conn.buffer_autoupdates(|conn| -> Outcome {
            Item::update(conn, MILK_LINE, items::quantity.eq(7))?;
            assert!(!stale(conn).is_empty());
            Ok(())
        })?;
        assert_right(conn);
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_buffered_base_mode_keeps_marks_until_the_transaction_ends() {
    let mut conn = shop::open();
    conn.set_base_mode(Mode::Buffered);
    conn.transaction(|conn| -> Outcome {
        conn.transaction(|conn| Item::update(conn, MILK_LINE, items::quantity.eq(7)).map(drop))?;
        assert!(!conn.pending().unwrap().is_empty());
        assert!(!stale(conn).is_empty());
        conn.flush_autoupdates()?;
        assert_right(conn);
        shop::item(conn, shop::ADA_OLD, shop::SAW, 1, 1)?;
        assert!(!stale(conn).is_empty());
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert!(conn.pending().unwrap().is_empty());
    Item::update(&mut conn, MILK_LINE, items::quantity.eq(8)).unwrap();
    assert_right(&mut conn);
}

#[test]
fn scopes_in_a_transaction_under_a_buffered_base_mode_hand_their_marks_to_it() {
    for inner in [Mode::Immediate, Mode::Buffered] {
        let mut conn = shop::open();
        conn.set_base_mode(Mode::Buffered);
        conn.transaction(|conn| -> Outcome {
            scope(inner).run(conn, |conn| -> Outcome {
                assert_eq!(conn.mode(), Mode::Buffered);
                Item::update(conn, MILK_LINE, items::quantity.eq(7))?;
                Ok(())
            })?;
            Item::track(conn, items::id.eq(MILK_LINE), |conn| -> Outcome {
                diesel::update(items::table.find(MILK_LINE))
                    .set(items::quantity.eq(8))
                    .execute(conn)?;
                Ok(())
            })?;
            assert!(!conn.pending().unwrap().is_empty(), "{inner:?}");
            assert!(!stale(conn).is_empty(), "{inner:?}");
            Ok(())
        })
        .unwrap();
        assert_right(&mut conn);
    }
}

#[test]
fn commit_of_a_transaction_under_a_buffered_base_mode_runs_the_hooks_of_its_scopes() {
    let mut conn = shop::open();
    conn.set_base_mode(Mode::Buffered);
    let ran = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&ran);
    let with_hook = Scope::buffered().after_flush(move |conn, report| {
        assert!(report.changed() > 0);
        counter.fetch_add(1, Ordering::Relaxed);
        assert_eq!(stale(conn), vec![]);
        Item::update(conn, MILK_LINE, items::quantity.eq(9)).map(drop)
    });
    conn.transaction(|conn| -> Outcome {
        with_hook.run(conn, |conn| -> Outcome {
            Item::update(conn, MILK_LINE, items::quantity.eq(7)).map(drop)
        })?;
        assert_eq!(
            ran.load(Ordering::Relaxed),
            0,
            "the scope is no outermost one"
        );
        Ok(())
    })
    .unwrap();
    assert_eq!(ran.load(Ordering::Relaxed), 1);
    assert_right(&mut conn);
}

#[test]
fn hook_that_fails_at_the_commit_under_a_buffered_base_mode_undoes_the_transaction() {
    let mut conn = shop::open();
    conn.set_base_mode(Mode::Buffered);
    let failing = Scope::buffered().after_flush(|_, _| Err(maintained::Error::other("no")));
    let failed = conn.transaction(|conn| -> Outcome {
        failing.run(conn, |conn| -> Outcome {
            Item::update(conn, MILK_LINE, items::quantity.eq(7)).map(drop)
        })
    });
    assert_eq!(failed.unwrap_err().to_string(), "no");
    assert_ne!(
        Item::find(&mut conn, MILK_LINE).unwrap().unwrap().quantity,
        7
    );
    assert_right(&mut conn);
}

#[test]
fn scope_that_no_transaction_is_around_goes_by_its_own_mode_under_a_buffered_base_mode() {
    let mut conn = shop::open();
    conn.set_base_mode(Mode::Buffered);
    conn.immediate_autoupdates(|conn| -> Outcome {
        Item::update(conn, MILK_LINE, items::quantity.eq(7))?;
        assert_right(conn);
        conn.buffer_autoupdates(|conn| -> Outcome {
            Item::update(conn, MILK_LINE, items::quantity.eq(8)).map(drop)
        })?;
        assert_right(conn);
        Ok(())
    })
    .unwrap();
}

#[test]
fn any_scope_replaces_a_disabled_base_mode() {
    for mode in [Mode::Immediate, Mode::Buffered] {
        let mut conn = shop::open();
        conn.set_base_mode(Mode::Disabled);
        scope(mode)
            .run(&mut conn, |conn| -> Outcome {
                Item::update(conn, MILK_LINE, items::quantity.eq(7))?;
                Ok(())
            })
            .unwrap();
        assert_right(&mut conn);
        Item::update(&mut conn, MILK_LINE, items::quantity.eq(8)).unwrap();
        assert!(!stale(&mut conn).is_empty(), "the base mode is back");
    }
}

#[test]
fn disable_if_disables_a_scope() {
    for dry_run in [false, true] {
        let mut conn = shop::open();
        Scope::buffered()
            .disable_if(dry_run)
            .run(&mut conn, |conn| -> Outcome {
                assert_eq!(conn.mode() == Mode::Disabled, dry_run);
                Item::update(conn, MILK_LINE, items::quantity.eq(7))?;
                Ok(())
            })
            .unwrap();
        assert_eq!(stale(&mut conn).is_empty(), !dry_run);
    }
}

/// Functions under the decorators; the last takes its connection under another name and its condition from `self`.
struct Loader {
    dry_run: bool,
}

#[maintained::buffer_autoupdates]
fn buffered(conn: &mut Conn, quantity: i32) -> Outcome<Mode> {
    Item::update(conn, MILK_LINE, items::quantity.eq(quantity))?;
    Ok(conn.mode())
}

#[maintained::immediate_autoupdates]
fn immediate(conn: &mut Conn) -> Outcome<Mode> {
    Ok(conn.mode())
}

#[maintained::disable_autoupdates]
fn disabled(conn: &mut Conn) -> Outcome<Mode> {
    Ok(conn.mode())
}

impl Loader {
    #[maintained::buffer_autoupdates(connection = database, only("counts"), disable_if = self.dry_run)]
    fn load(&self, database: &mut Conn, quantity: i32) -> Result<Mode, diesel::result::Error> {
        Item::update(database, MILK_LINE, items::quantity.eq(quantity))?;
        if self.dry_run {
            return Ok(database.mode());
        }
        Ok(database.mode())
    }
}

#[test]
fn decorators_are_scopes() {
    let mut conn = shop::open();
    assert_eq!(buffered(&mut conn, 12).unwrap(), Mode::Buffered);
    assert_right(&mut conn);
    assert_eq!(immediate(&mut conn).unwrap(), Mode::Immediate);
    assert_eq!(disabled(&mut conn).unwrap(), Mode::Disabled);
    assert_eq!(
        Loader { dry_run: true }.load(&mut conn, 40).unwrap(),
        Mode::Disabled
    );
    let nothing = maintained::FlushReport::default();
    assert_eq!(conn.last_flush(), Some(&nothing), "nothing was flushed");
    assert_eq!(
        Loader { dry_run: false }.load(&mut conn, 50).unwrap(),
        Mode::Buffered
    );
    assert_eq!(
        shop::get::<super::support::models::Product>(&mut conn, shop::MILK).sold,
        53
    );
    assert!(
        !stale(&mut conn).is_empty(),
        "the amounts have another label"
    );
}

#[test]
fn a_base_mode_that_is_set_inside_a_scope_holds_after_it() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        conn.set_base_mode(Mode::Disabled);
        assert_eq!(conn.mode(), Mode::Buffered);
        Item::update(conn, MILK_LINE, items::quantity.eq(7)).map(drop)
    })
    .unwrap();
    assert_right(&mut conn);
    assert_eq!(conn.mode(), Mode::Disabled);
}
