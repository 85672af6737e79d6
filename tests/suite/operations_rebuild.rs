//! Rebuild: fields of all rows are computed anew, and one that was interrupted goes on.

use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use maintained::operations::{self, Operation, Progress};

use super::operations::{DAMAGES, SHOP, damage};
use super::support::faults::Faults;
use super::support::models::{Category, Order};
use super::support::oracle::{assert_right, rows};
use super::support::places::places;
use super::support::shop::{self, BEN_ONLY};
use crate::{Conn, Inner, Shared, Strike};

diesel::table! {
    maintained_fields (model, field) {
        model -> Text,
        field -> Text,
        hash -> Text,
        cursor -> Nullable<Text>,
    }
}

fn rebuild() -> Operation<Inner> {
    operations::rebuild().models(SHOP.iter().copied())
}

/// The state of a field, as text.
fn state(conn: &mut Conn, model: &str, field: &str) -> String {
    let status = operations::status(conn).unwrap();
    let mut fields = status.fields.into_iter();
    let found = fields.find(|it| (it.model.as_str(), it.field.as_str()) == (model, field));
    found.unwrap().state.to_string()
}

#[test]
fn a_rebuild_computes_fields_that_nobody_has_ever_computed() {
    for batch in [1, 2, 1_000] {
        let mut conn = shop::open();
        let before = rows(&mut conn).text();
        for (statement, _) in DAMAGES {
            damage(&mut conn, statement.split(" WHERE ").next().unwrap());
        }
        let report = rebuild().batch(batch).run(&mut conn).unwrap();
        assert!(report.differing > 10, "{report:#?}");
        assert_right(&mut conn);
        assert_eq!(rows(&mut conn).text(), before);
        let again = rebuild().batch(batch).run(&mut conn).unwrap();
        assert_eq!((again.differing, again.written), (0, 0), "{again:#?}");
    }
}

#[test]
fn progress_is_told_after_each_batch() {
    let mut conn = shop::open();
    damage(&mut conn, "UPDATE orders SET label = 'wrong'");
    let told = Arc::new(Mutex::new(Vec::<Progress>::new()));
    let sink = Arc::clone(&told);
    let report = operations::rebuild()
        .fields(["Order::label"])
        .batch(2)
        .progress(move |progress| sink.lock().unwrap().push(progress.clone()))
        .run(&mut conn)
        .unwrap();
    let told = told.lock().unwrap();
    let far: Vec<_> = told
        .iter()
        .map(|it| (it.seen, it.rows, it.written))
        .collect();
    assert_eq!(far, [(2, 3, 2), (3, 3, 3)]);
    assert_eq!(told[0].model, "Order");
    assert_eq!((report.batches, report.written), (2, 3));
}

#[test]
fn a_rebuild_that_was_interrupted_goes_on_behind_its_last_batch() {
    let mut conn = shop::open();
    operations::set_up(&mut conn).unwrap();
    damage(&mut conn, "UPDATE orders SET label = 'wrong'");
    let labels = || operations::rebuild().fields(["Order::label"]).batch(1);
    let interrupted = std::panic::AssertUnwindSafe(|| {
        let stop = |progress: &Progress| assert!(progress.seen < 2, "interrupted");
        labels().progress(stop).run(&mut conn)
    });
    std::panic::catch_unwind(interrupted).unwrap_err();
    assert!(state(&mut conn, "Order", "label").starts_with("rebuilding, at "));
    assert_eq!(shop::get::<Order>(&mut conn, BEN_ONLY).label, "wrong");
    let left = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&left);
    let report = labels()
        .progress(move |progress| sink.lock().unwrap().push((progress.seen, progress.rows)))
        .run(&mut conn)
        .unwrap();
    assert_eq!((report.seen, report.written), (1, 1));
    assert_eq!(*left.lock().unwrap(), [(1, 1)]);
    assert_eq!(state(&mut conn, "Order", "label"), "current");
    assert_right(&mut conn);
    // One that was not interrupted begins with the first row.
    assert_eq!(labels().run(&mut conn).unwrap().seen, 3);
}

#[test]
fn a_rebuild_of_another_definition_or_of_more_fields_begins_with_the_first_row() {
    let mut conn = shop::open();
    operations::set_up(&mut conn).unwrap();
    for (change, fields) in [
        (
            "UPDATE maintained_fields SET hash = 'another'",
            &["Order::label"][..],
        ),
        (
            "UPDATE maintained_fields SET hash = hash",
            &["Order::label", "Order::item_count"],
        ),
    ] {
        let interrupted = std::panic::AssertUnwindSafe(|| {
            let stop = |progress: &Progress| assert!(progress.seen < 2, "interrupted");
            let labels = operations::rebuild().fields(["Order::label"]).batch(1);
            labels.progress(stop).run(&mut conn)
        });
        std::panic::catch_unwind(interrupted).unwrap_err();
        damage(&mut conn, change);
        let report = operations::rebuild()
            .fields(fields.iter().copied())
            .run(&mut conn)
            .unwrap();
        assert_eq!(report.seen, 3, "{change}");
    }
}

#[test]
fn a_rebuild_that_leaves_rows_out_is_not_the_end_of_it() {
    let mut conn = shop::open();
    operations::set_up(&mut conn).unwrap();
    damage(&mut conn, "UPDATE items SET quantity = -5 WHERE id = 1");
    let rebuild = || operations::rebuild().fields(["Item::amount_cents"]);
    assert_eq!(rebuild().run(&mut conn).unwrap().failures.len(), 1);
    assert_eq!(state(&mut conn, "Item", "amount_cents"), "rebuilding");
    damage(&mut conn, "UPDATE items SET quantity = 5 WHERE id = 1");
    let some = rebuild()
        .rows_where("Item", "id = 1")
        .run(&mut conn)
        .unwrap();
    assert_eq!((some.seen, some.written > 0), (1, true));
    assert_eq!(state(&mut conn, "Item", "amount_cents"), "rebuilding");
    assert_eq!(rebuild().run(&mut conn).unwrap().seen, 4);
    assert_eq!(state(&mut conn, "Item", "amount_cents"), "current");
}

#[test]
fn a_rebuild_that_goes_on_begins_with_the_rows_that_it_has_left_out() {
    let mut conn = shop::open();
    operations::set_up(&mut conn).unwrap();
    damage(&mut conn, "UPDATE items SET quantity = -5 WHERE id = 2");
    let rebuild = || {
        operations::rebuild()
            .fields(["Item::amount_cents"])
            .batch(1)
    };
    let interrupted = std::panic::AssertUnwindSafe(|| {
        let stop = |progress: &Progress| assert!(progress.seen < 3);
        rebuild().progress(stop).run(&mut conn).ok();
    });
    std::panic::catch_unwind(interrupted).unwrap_err();
    damage(&mut conn, "UPDATE items SET quantity = 5 WHERE id = 2");
    assert_eq!(rebuild().run(&mut conn).unwrap().seen, 3);
    assert_eq!(state(&mut conn, "Item", "amount_cents"), "current");
    let check = operations::check().fields(["Item::amount_cents"]);
    assert!(check.run(&mut conn).unwrap().is_clean());
}

#[test]
fn a_tree_is_mended_from_the_top_down_whatever_the_order_of_its_keys() {
    let mut conn = shop::open();
    damage(
        &mut conn,
        "UPDATE categories SET path = 'x', subtree_sold = 99",
    );
    let report = operations::rebuild()
        .model::<Category>()
        .batch(1)
        .run(&mut conn)
        .unwrap();
    assert!(report.differing >= 4, "{report:#?}");
    assert_right(&mut conn);
}

#[test]
fn a_rebuild_notes_no_cursor_where_a_program_with_another_definition_has_begun_one() {
    let shared = Shared::new();
    let mut conn = shared.connect();
    shop::stock(&mut conn).unwrap();
    operations::set_up(&mut conn).unwrap();
    let cursors = Arc::new(Mutex::new(Vec::new()));
    let (seen, other) = (Arc::clone(&cursors), Mutex::new(shared.connect()));
    let begin_another = move |_: &Progress| {
        let mut other = other.lock().unwrap();
        let label = maintained_fields::table.find(("Order", "label"));
        let cursor = label.select(maintained_fields::cursor);
        let cursor: Option<String> = cursor.first(other.inner_mut()).unwrap();
        seen.lock().unwrap().push(cursor.is_some());
        diesel::update(label)
            .set((
                maintained_fields::hash.eq("another"),
                maintained_fields::cursor.eq(None::<String>),
            ))
            .execute(other.inner_mut())
            .unwrap();
    };
    let labels = operations::rebuild().fields(["Order::label"]).batch(1);
    labels.progress(begin_another).run(&mut conn).unwrap();
    assert_eq!(*cursors.lock().unwrap(), [true, false, false]);
}

#[test]
fn a_rebuild_goes_on_whichever_row_of_its_own_or_of_the_table_the_database_refuses() {
    let mut conn = shop::open();
    operations::set_up(&mut conn).unwrap();
    let tables = ["orders", "maintained_fields"];
    let faults = Faults::on(&tables, &mut conn, Strike::Refusal);
    for nth in places(1) {
        damage(&mut conn, "UPDATE orders SET label = 'x', total_cents = -1");
        faults.strike_at(i64::try_from(nth).unwrap());
        let rebuild = operations::rebuild().model::<Order>().batch(2);
        let report = rebuild.run(&mut conn);
        let has_struck = faults.stop();
        assert_eq!(report.unwrap().retries, usize::from(has_struck), "{nth}");
        assert_right(&mut conn);
        assert_eq!(state(&mut conn, "Order", "label"), "current");
        if !has_struck {
            assert!(nth > 10, "{nth}");
            break;
        }
    }
}
