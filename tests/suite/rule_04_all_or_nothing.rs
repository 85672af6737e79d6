//! All or nothing. When the body, a hook, a setter or the database fails, the scope's rows and marks are gone
//! together and the first error comes back.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Category, Item, Order};
use super::support::oracle::{assert_right, rows, stale};
use super::support::schema::{categories, items, orders};
use super::support::shop::{self, ADA_OLD, ALL, BEN, MILK, MILK_LINE, SAW, TEAS};
use super::support::writes::ALL_WRITES;
use crate::{Conn, GOES_ON_AFTER_A_FAILURE, defer_foreign_keys};

/// An error of the caller's own.
#[derive(Debug, PartialEq)]
enum Mine {
    Refused,
    Library(String),
}

impl From<diesel::result::Error> for Mine {
    fn from(error: diesel::result::Error) -> Self {
        Self::Library(error.to_string())
    }
}

impl From<maintained::Error> for Mine {
    fn from(error: maintained::Error) -> Self {
        Self::Library(error.to_string())
    }
}

fn all_writes(conn: &mut Conn) -> Outcome {
    ALL_WRITES.iter().try_for_each(|(_, write)| write(conn))
}

#[test]
fn a_body_that_fails_takes_its_rows_and_marks_along_in_every_mode() {
    for scope in [Scope::buffered, Scope::immediate, Scope::disabled] {
        let mut conn = shop::open();
        let before = rows(&mut conn).text();
        let result = scope().run(&mut conn, |conn| -> Result<(), Mine> {
            all_writes(conn)?;
            Err(Mine::Refused)
        });
        assert_eq!(result, Err(Mine::Refused), "the error is the body's own");
        assert_eq!(rows(&mut conn).text(), before);
        assert!(conn.pending().unwrap().is_empty());
        assert_eq!(conn.mode(), Mode::Immediate);
    }
}

#[test]
fn a_failed_scope_whose_error_is_swallowed_leaves_the_outer_scope_right() {
    for inner in [Scope::buffered, Scope::immediate, Scope::disabled] {
        let mut conn = shop::open();
        conn.buffer_autoupdates(|conn| -> Outcome {
            shop::item(conn, ADA_OLD, SAW, 1, 5)?;
            let pending = conn.pending().unwrap();
            let swallowed = inner().run(conn, |conn| -> Result<(), Mine> {
                all_writes(conn)?;
                Err(Mine::Refused)
            });
            assert_eq!(swallowed, Err(Mine::Refused));
            assert_eq!(
                conn.pending().unwrap(),
                pending,
                "the marks of the outer scope, and no others"
            );
            assert_eq!(conn.mode(), Mode::Buffered);
            shop::item(conn, ADA_OLD, SAW, 2, 6)?;
            Ok(())
        })
        .unwrap();
        assert_right(&mut conn);
        assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).total_cents, 517);
    }
}

#[test]
fn a_setter_that_fails_in_the_flush_undoes_the_scope() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    let error = conn
        .buffer_autoupdates(|conn| -> Outcome {
            shop::item(conn, ADA_OLD, MILK, 3, 5)?;
            Item::update(conn, MILK_LINE, items::quantity.eq(-4))?;
            Ok(())
        })
        .unwrap_err();
    assert!(
        matches!(
            error,
            maintained::Error::Setter {
                model: "Item",
                setter: "amount_cents",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(rows(&mut conn).text(), before);
    assert!(conn.pending().unwrap().is_empty());
}

#[test]
fn a_setter_that_fails_undoes_its_immediate_write() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    shop::item(&mut conn, ADA_OLD, MILK, -1, 5).unwrap_err();
    let mut item = shop::get::<Item>(&mut conn, MILK_LINE);
    item.quantity = -7;
    item.save(&mut conn).unwrap_err();
    Item::update(&mut conn, MILK_LINE, items::quantity.eq(-1)).unwrap_err();
    assert_eq!(rows(&mut conn).text(), before);
    conn.immediate_autoupdates(|conn| -> Outcome {
        conn.transaction(|conn| shop::item(conn, ADA_OLD, MILK, -1, 5))
            .unwrap_err();
        shop::item(conn, ADA_OLD, MILK, 1, 5)?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).item_count, 3);
}

#[test]
fn a_setter_that_fails_after_its_write_gives_the_level_up() {
    for write in [fail_to_insert, fail_to_save, fail_to_touch] {
        let mut conn = shop::open();
        let before = rows(&mut conn).text();
        let mut first = None;
        let error = conn
            .transaction(|conn| -> Outcome {
                shop::item(conn, ADA_OLD, MILK, 1, 5)?;
                let inner = conn.transaction(|conn| -> Outcome {
                    let error = write(conn).unwrap_err().to_string();
                    assert!(error.contains("cannot be sold"), "{error}");
                    let next = shop::item(conn, ADA_OLD, MILK, 1, 5).unwrap_err();
                    assert!(next.to_string().contains(&error), "{next}");
                    let plain = categories::table.count().get_result::<i64>(conn);
                    assert!(plain.unwrap_err().to_string().contains(&error));
                    first = Some(error);
                    Ok(())
                });
                let inner = inner.unwrap_err().to_string();
                assert!(inner.contains(first.as_ref().unwrap()), "{inner}");
                // The level around it goes on.
                shop::item(conn, ADA_OLD, MILK, 2, 5)?;
                assert_right(conn);
                write(conn).unwrap_err();
                Ok(())
            })
            .unwrap_err();
        assert!(error.to_string().contains("cannot be sold"), "{error}");
        assert_eq!(rows(&mut conn).text(), before);
        shop::item(&mut conn, ADA_OLD, MILK, 1, 5).unwrap();
        assert_right(&mut conn);
    }
}

fn fail_to_insert(conn: &mut Conn) -> Outcome {
    shop::item(conn, ADA_OLD, MILK, -1, 5).map(drop)
}

fn fail_to_save(conn: &mut Conn) -> Outcome {
    let mut item = shop::get::<Item>(conn, MILK_LINE);
    item.quantity = -7;
    item.save(conn)
}

fn fail_to_touch(conn: &mut Conn) -> Outcome {
    conn.untracked(|conn| {
        diesel::update(items::table.find(MILK_LINE))
            .set(items::quantity.eq(-7))
            .execute(conn)
    })?;
    Item::touch(conn, &[MILK_LINE])
}

#[test]
fn a_write_that_fails_before_it_has_changed_anything_leaves_its_level_as_it_was() {
    let mut conn = shop::open();
    conn.immediate_autoupdates(|conn| -> Outcome {
        Item::update(conn, 4711, items::quantity.eq(1)).unwrap_err();
        Item::delete_many(conn, &[4711]).unwrap_err();
        if GOES_ON_AFTER_A_FAILURE {
            let orphan = orders::customer_id.eq(12345);
            Order::update(conn, ADA_OLD, orphan).unwrap_err();
            shop::item(conn, 12345, MILK, 1, 5).unwrap_err();
        }
        shop::item(conn, ADA_OLD, MILK, 1, 5)?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).item_count, 3);
}

#[test]
fn a_hook_sees_the_report_and_its_failure_undoes_the_scope() {
    let mut conn = shop::open();
    let (sender, reports) = std::sync::mpsc::channel();
    let heard = sender.clone();
    Scope::buffered()
        .after_flush(move |conn: &mut Conn, report: &maintained::FlushReport| {
            assert!(stale(conn).is_empty(), "the hook runs after the flush");
            heard.send(report.model("Item").changed).unwrap();
            Ok(())
        })
        .run(&mut conn, |conn| -> Outcome {
            shop::item(conn, ADA_OLD, MILK, 1, 5).map(drop)
        })
        .unwrap();
    assert_eq!(reports.try_iter().collect::<Vec<_>>(), [1]);
    let before = rows(&mut conn).text();
    let error = Scope::buffered()
        .after_flush(|_: &mut Conn, _: &maintained::FlushReport| {
            Err(maintained::Error::other("the hook says no"))
        })
        .run(&mut conn, all_writes)
        .unwrap_err();
    assert_eq!(error.to_string(), "the hook says no");
    assert_eq!(rows(&mut conn).text(), before);
    assert!(conn.pending().unwrap().is_empty());
}

#[test]
fn a_hook_hears_of_what_was_flushed_before_the_end_of_its_scope() {
    let mut conn = shop::open();
    let (sender, heard) = std::sync::mpsc::channel();
    Scope::buffered()
        .report_rows()
        .after_flush(move |_: &mut Conn, report: &maintained::FlushReport| {
            let orders: Vec<i32> = report.rows::<Order>().copied().collect();
            sender.send(orders).unwrap();
            Ok(())
        })
        .run(&mut conn, |conn| -> Outcome {
            shop::item(conn, ADA_OLD, MILK, 1, 5)?;
            Order::fresh(conn, ADA_OLD).map(drop)
        })
        .unwrap();
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), [[ADA_OLD]]);
}

#[test]
fn writes_of_a_hook_are_right_too() {
    let mut conn = shop::open();
    Scope::buffered()
        .after_flush(|conn: &mut Conn, _: &maintained::FlushReport| {
            shop::item(conn, ADA_OLD, SAW, 1, 77).map(drop)
        })
        .run(&mut conn, all_writes)
        .unwrap();
    assert_right(&mut conn);
    assert!(conn.pending().unwrap().is_empty());
}

#[test]
fn a_refused_delete_leaves_everything() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        for refused in [TEAS, ALL] {
            let category = shop::get::<Category>(conn, refused);
            conn.transaction(|conn| category.delete(conn)).unwrap_err();
        }
        Order::update(conn, ADA_OLD, orders::customer_id.eq(BEN))?;
        let orphan = orders::customer_id.eq(12345);
        conn.transaction(|conn| Order::update(conn, ADA_OLD, orphan))
            .unwrap_err();
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).customer_id, BEN);
}

#[test]
fn one_row_that_the_database_refuses_undoes_all_of_insert_many() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    let news: Vec<_> = (0..600)
        .map(|at| {
            (
                items::order_id.eq(if at == 599 { 9999 } else { ADA_OLD }),
                items::product_id.eq(MILK),
                items::quantity.eq(1),
                items::price_cents.eq(2i64),
            )
        })
        .collect();
    let many = news.clone();
    Item::insert_many(&mut conn, many).unwrap_err();
    assert_eq!(rows(&mut conn).text(), before);
    conn.buffer_autoupdates(|conn| -> Outcome {
        conn.transaction(|conn| Item::insert_many(conn, news))
            .unwrap_err();
        assert!(conn.pending().unwrap().is_empty());
        Ok(())
    })
    .unwrap();
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn the_hook_of_an_inner_scope_runs_with_the_flush_that_works_off_its_marks() {
    let mut conn = shop::open();
    let (sender, heard) = std::sync::mpsc::channel();
    let scope = |name: &'static str| {
        let sender = sender.clone();
        Scope::buffered().after_flush(move |conn: &mut Conn, _: &maintained::FlushReport| {
            assert!(stale(conn).is_empty());
            sender.send(name).unwrap();
            Ok(())
        })
    };
    scope("outer")
        .run(&mut conn, |conn| -> Outcome {
            scope("inner").run(conn, |conn| shop::item(conn, ADA_OLD, MILK, 1, 5).map(drop))?;
            let failed = scope("failed").run(conn, |_| Err(maintained::Error::other("no")));
            let _swallowed: Outcome = failed;
            let undone = conn.transaction(|conn| {
                scope("undone")
                    .run(conn, |conn| shop::item(conn, ADA_OLD, MILK, 1, 5).map(drop))?;
                Err(maintained::Error::other("no"))
            });
            let _swallowed: Outcome = undone;
            Ok(())
        })
        .unwrap();
    assert_eq!(heard.try_iter().collect::<Vec<_>>(), ["inner", "outer"]);
    assert_right(&mut conn);
}

#[test]
fn a_bracket_of_track_that_fails_is_undone_and_its_error_is_the_bodys() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let result = Item::track(conn, items::order_id.eq(ADA_OLD), |conn| {
            diesel::delete(items::table).execute(conn)?;
            Err::<(), _>(Mine::Refused)
        });
        assert_eq!(result, Err(Mine::Refused));
        assert!(conn.pending()?.is_empty());
        Ok(())
    })
    .unwrap();
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn a_commit_that_the_database_refuses_undoes_the_scope() {
    for scope in [Scope::buffered, Scope::immediate, Scope::disabled] {
        let mut conn = shop::open();
        let before = rows(&mut conn).text();
        let error = scope()
            .run(&mut conn, |conn| -> Outcome {
                defer_foreign_keys(conn);
                shop::item(conn, ADA_OLD, SAW, 1, 5)?;
                diesel::update(items::table.find(MILK_LINE))
                    .set(items::order_id.eq(999))
                    .execute(conn.inner_mut())?;
                Ok(())
            })
            .unwrap_err();
        assert!(error.database().is_some(), "{error:?}");
        assert_eq!(rows(&mut conn).text(), before);
        assert_eq!(conn.mode(), Mode::Immediate);
        assert!(conn.pending().unwrap().is_empty());
        all_writes(&mut conn).unwrap();
        assert_right(&mut conn);
    }
}
