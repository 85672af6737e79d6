//! Check and repair: what has drifted is found, named and mended, and nothing else is written.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::ErrorKind;
use maintained::operations::{self, Difference, Operation};
use maintained::prelude::*;
use proptest::prelude::*;

use super::support::Outcome;
use super::support::models::{Customer, Item, Locker, Order};
use super::support::oracle::{assert_right, rows, stale};
use super::support::schema::{customers, items, lockers, orders};
use super::support::shop::{self, ADA, ADA_NEW, ADA_OLD, BEN, MILK, MILK_LINE, SAW};
use super::support::writes::ALL_WRITES;
use crate::{Conn, Inner};

/// Damages that somebody may do behind the library's back: the statement, and the field that it damages.
pub(super) const DAMAGES: &[(&str, &str)] = &[
    (
        "UPDATE items SET amount_cents = 7 WHERE id = 1",
        "Item::amount_cents",
    ),
    (
        "UPDATE orders SET total_cents = total_cents + 1",
        "Order::total_cents",
    ),
    (
        "UPDATE orders SET item_count = 0 WHERE id = 2",
        "Order::item_count",
    ),
    (
        "UPDATE orders SET label = 'wrong' WHERE id = 3",
        "Order::label",
    ),
    (
        "UPDATE orders SET invoice = NULL WHERE id = 1",
        "Order::invoice",
    ),
    (
        "UPDATE orders SET mean_weight = 0.25 WHERE id = 1",
        "Order::mean_weight",
    ),
    (
        "UPDATE customers SET title = '' WHERE id < 3",
        "Customer::title",
    ),
    (
        "UPDATE customers SET latest_order_id = 1 WHERE id = 1",
        "Customer::latest_order_id",
    ),
    (
        "UPDATE regions SET customer_count = 40",
        "Region::customer_count",
    ),
    (
        "UPDATE categories SET path = 'x' WHERE id = 2",
        "Category::path",
    ),
    (
        "UPDATE categories SET subtree_sold = -1 WHERE id = 1",
        "Category::subtree_sold",
    ),
    ("UPDATE products SET tag_list = '?'", "Product::tag_list"),
    ("UPDATE product_tags SET label = '?'", "ProductTag::label"),
    ("UPDATE lockers SET code = NULL", "Locker::code"),
];

#[test]
fn rows_of_two_batches_that_hold_one_anothers_unique_values_are_told() {
    let mut conn = shop::open();
    assert_right(&mut conn);
    let all: Vec<(i32, Option<String>)> = lockers::table
        .select((lockers::id, lockers::code))
        .filter(lockers::code.is_not_null())
        .order(lockers::id)
        .load(&mut conn)
        .unwrap();
    let [(one, first), (other, second)] = &all[..2] else {
        unreachable!("there are two lockers with a code")
    };
    for (id, code) in [(one, &None), (other, first), (one, second)] {
        let update = diesel::update(lockers::table.find(id)).set(lockers::code.eq(code));
        update.execute(conn.inner_mut()).unwrap();
    }
    let check = operations::check().model::<Locker>().batch(1);
    let report = check.run(&mut conn).unwrap();
    assert_eq!(report.unverified, 2, "{report:?}");
    let repair = operations::repair().model::<Locker>().batch(1);
    let report = repair.run(&mut conn).unwrap();
    assert_eq!(report.failures.len(), 2, "{report:?}");
    let told = report.failures[0].to_string();
    assert!(
        told.contains("`Locker`") && told.contains("`batch`"),
        "{told}"
    );
    let report = operations::repair().model::<Locker>().run(&mut conn);
    assert_eq!(report.unwrap().written, 2);
    assert_right(&mut conn);
}

pub(super) fn damage(conn: &mut Conn, statement: &str) {
    conn.inner_mut().batch_execute(statement).unwrap();
}

/// The models of the shop: the program has others, of which there is no table here.
pub(super) const SHOP: &[&str] = &[
    "Region",
    "Customer",
    "Order",
    "Invoice",
    "Item",
    "Category",
    "Product",
    "Tag",
    "ProductTag",
    "Address",
    "Parcel",
    "Locker",
];

fn check() -> Operation<Inner> {
    operations::check().models(SHOP.iter().copied())
}

fn repair() -> Operation<Inner> {
    operations::repair().models(SHOP.iter().copied())
}

fn named(differences: &[Difference]) -> Vec<String> {
    let name = |it: &Difference| format!("{}::{} {}", it.model, it.field, it.key);
    differences.iter().map(name).collect()
}

#[test]
fn a_check_of_what_is_right_finds_nothing_and_writes_nothing() {
    let mut conn = shop::open();
    for (_, write) in ALL_WRITES {
        write(&mut conn).unwrap();
    }
    let before = rows(&mut conn).text();
    for batch in [1, 3, 1_000] {
        let report = check().batch(batch).run(&mut conn).unwrap();
        assert!(report.is_clean(), "{report:#?}");
        assert!(report.seen > 20, "{report:#?}");
        assert_eq!(report.written, 0);
    }
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn a_check_names_what_differs_with_both_values_and_leaves_it() {
    let mut conn = shop::open();
    let right = shop::get::<Order>(&mut conn, ADA_NEW).label;
    damage(&mut conn, "UPDATE orders SET label = 'wrong' WHERE id = 2");
    let before = rows(&mut conn).text();
    let report = check().run(&mut conn).unwrap();
    assert_eq!(named(&report.differences), ["Order::label 2"]);
    let difference = &report.differences[0];
    assert_eq!(difference.stored.as_deref(), Some("wrong"));
    assert_eq!(difference.computed, Some(right));
    let text = difference.to_string();
    assert!(
        text.starts_with("`Order::label` of the row with the key 2 is `wrong`"),
        "{text}"
    );
    assert_eq!((report.differing, report.written), (1, 0));
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn each_damage_is_found_and_mended_and_nothing_else_is_written() {
    for (statement, field) in DAMAGES {
        let mut conn = shop::open();
        let before = rows(&mut conn).text();
        damage(&mut conn, statement);
        let found = check().run(&mut conn).unwrap();
        let names = named(&found.differences);
        assert!(
            names.iter().any(|name| name.starts_with(field)),
            "{statement}: {names:?}"
        );
        let repaired = repair().run(&mut conn).unwrap();
        assert!(repaired.written > 0, "{statement}: {repaired:#?}");
        assert_right(&mut conn);
        assert_eq!(rows(&mut conn).text(), before, "{statement}");
        assert!(check().run(&mut conn).unwrap().is_clean(), "{statement}");
    }
}

#[test]
fn what_follows_from_a_field_that_is_mended_is_mended_too() {
    let mut conn = shop::open();
    conn.untracked(|conn| {
        let item = diesel::update(items::table.find(MILK_LINE));
        item.set(items::quantity.eq(50)).execute(conn).unwrap();
    });
    let report = operations::repair().model::<Item>().run(&mut conn).unwrap();
    assert_eq!(named(&report.differences), ["Item::amount_cents 1"]);
    assert!(
        report.written > 2,
        "the order, its customer and others follow: {report:#?}"
    );
    // The weight of the order follows from the quantity itself, which nobody has told of.
    repair().run(&mut conn).unwrap();
    assert_right(&mut conn);
}

#[test]
fn an_operation_is_of_the_models_fields_labels_and_rows_that_are_named() {
    let mut conn = shop::open();
    damage(
        &mut conn,
        "UPDATE orders SET label = 'wrong', item_count = 40",
    );
    damage(&mut conn, "UPDATE customers SET title = 'wrong'");
    let found = |operation: Operation<Inner>, conn: &mut Conn| {
        named(&operation.run(conn).unwrap().differences)
    };
    let customers_only = found(
        check().model::<Customer>().fields(["Customer::title"]),
        &mut conn,
    );
    assert_eq!(customers_only.len(), 3, "{customers_only:?}");
    let counts = found(check().fields(["Order::item_count"]), &mut conn);
    assert_eq!(counts.len(), 3, "{counts:?}");
    let of_ada = operations::check()
        .models(["Order"])
        .fields(["Order::label"])
        .rows::<Order, _>(orders::customer_id.eq(ADA));
    let of_ada = found(of_ada, &mut conn);
    assert_eq!(of_ada, ["Order::label 1", "Order::label 2"]);
    let in_words = check()
        .fields(["Order::label"])
        .rows_where("Order", "id > 1 AND customer_id = 1");
    assert_eq!(found(in_words, &mut conn), ["Order::label 2"]);
    let both = operations::repair()
        .fields(["Order::label"])
        .rows_where("Order", "id > 1 OR id < 0")
        .rows::<Order, _>(orders::customer_id.eq(ADA))
        .run(&mut conn)
        .unwrap();
    assert_eq!(named(&both.differences), ["Order::label 2"]);
    assert_ne!(shop::get::<Order>(&mut conn, ADA_NEW).label, "wrong");
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).label, "wrong");
}

#[test]
fn what_is_not_known_is_an_error_that_names_what_was_probably_meant() {
    let mut conn = shop::open();
    let said =
        |operation: Operation<Inner>, conn: &mut Conn| operation.run(conn).unwrap_err().to_string();
    let model = said(check().models(["Ordr"]), &mut conn);
    assert!(
        model.contains("no model `Ordr`") && model.contains("`Order`"),
        "{model}"
    );
    let field = said(check().fields(["Order::totl_cents"]), &mut conn);
    assert!(field.contains("Order::total_cents"), "{field}");
    let label = said(check().labels(["nams"]), &mut conn);
    assert!(label.contains("no setter has the label `nams`"), "{label}");
    let of_none = said(check().rows_where("Odrer", "id = 1"), &mut conn);
    assert!(of_none.contains("no model `Odrer`"), "{of_none}");
    conn.transaction(|conn| -> Outcome {
        let words = check().rows_where("Order", "no_such_column = 1").run(conn);
        let words = words.unwrap_err().to_string();
        assert!(words.contains("no_such_column"), "{words}");
        Err(maintained::Error::other("undone"))
    })
    .unwrap_err();
    assert!(check().run(&mut conn).unwrap().is_clean());
}

#[test]
fn rows_whose_setters_fail_are_named_and_all_others_are_mended() {
    for operation in [operations::repair::<Inner>, operations::rebuild] {
        let mut conn = shop::open();
        damage(&mut conn, "UPDATE items SET quantity = -5 WHERE id = 1");
        damage(&mut conn, "UPDATE items SET amount_cents = 7 WHERE id = 2");
        let report = operation().model::<Item>().run(&mut conn).unwrap();
        assert!(!report.is_clean());
        assert_eq!(report.failures.len(), 1, "{report:#?}");
        assert_eq!(report.failures[0].rows, ["`Item` 1"]);
        let failure = report.failures[0].to_string();
        assert!(failure.contains("cannot be sold"), "{failure}");
        let tea = shop::get::<Item>(&mut conn, 2);
        assert_eq!(tea.amount_cents, 300);
    }
}

#[test]
fn marks_that_wait_are_worked_off_before_anything_is_compared() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        shop::item(conn, ADA_OLD, MILK, 3, 100)?;
        let report = check().run(conn)?;
        assert!(report.is_clean(), "{report:#?}");
        damage(conn, "UPDATE orders SET label = 'wrong'");
        shop::item(conn, ADA_OLD, SAW, 3, 100)?;
        repair().run(conn)?;
        assert_eq!(stale(conn), []);
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn an_operation_is_no_matter_of_the_mode_and_leaves_it() {
    let mut conn = shop::open();
    damage(&mut conn, "UPDATE orders SET label = 'wrong'");
    conn.disable_autoupdates(|conn| -> Outcome {
        assert_eq!(check().run(conn)?.differing, 3);
        repair().run(conn)?;
        assert_eq!(conn.mode(), Mode::Disabled);
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert_eq!(conn.mode(), Mode::Immediate);
}

#[test]
fn a_report_holds_as_many_differences_as_it_is_told_to_keep_and_counts_all() {
    let mut conn = shop::open();
    damage(&mut conn, "UPDATE orders SET label = 'wrong'");
    let report = check().keep(2).run(&mut conn).unwrap();
    assert_eq!((report.differences.len(), report.differing), (2, 3));
}

/// A second look writes and takes it back, which nobody can here.
#[test]
fn a_check_that_may_not_write_names_what_seems_to_differ_and_says_so() {
    let mut conn = shop::open();
    let right = rows(&mut conn).text();
    damage(&mut conn, "UPDATE orders SET label = 'wrong' WHERE id = 2");
    damage(&mut conn, "UPDATE regions SET customer_count = 40");
    crate::read_only(&mut conn);
    for batch in [1, 1_000] {
        let report = check().batch(batch).run(&mut conn).unwrap();
        assert_eq!(
            named(&report.differences),
            [
                "Order::label 2",
                "Region::customer_count \"n\"",
                "Region::customer_count \"s\""
            ]
        );
        assert_eq!((report.unverified, report.differing), (3, 0));
        assert!(!report.is_clean());
        let label = &report.differences[0];
        assert_eq!(
            (label.stored.as_deref(), label.is_verified),
            (Some("wrong"), false)
        );
        let text = label.to_string();
        assert!(text.ends_with("is `wrong` and seems to differ from what it should be"));
    }
    let refused = repair().run(&mut conn).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ReadOnly, "{refused}");

    assert_ne!(rows(&mut conn).text(), right);
}

#[test]
fn a_check_of_what_is_right_needs_no_writing() {
    let mut conn = shop::open();
    crate::read_only(&mut conn);
    let report = check().batch(2).run(&mut conn).unwrap();
    assert!(report.is_clean(), "{report:#?}");
}

proptest! {
    #![proptest_config(super::property::config("proptest-regressions/damages.txt", 24))]

    #[test]
    fn any_damages_are_mended_by_a_repair_of_any_batch(
        chosen in proptest::collection::vec(0..DAMAGES.len(), 1..6),
        batch in 1..5usize,
        moved in any::<bool>(),
    ) {
        let mut conn = shop::reopen();
        for at in chosen {
            damage(&mut conn, DAMAGES[at].0);
        }
        if moved {
            damage(&mut conn, "UPDATE orders SET customer_id = 2 WHERE id = 1");
            damage(&mut conn, "UPDATE items SET quantity = quantity + 1");
        }
        let found = check().batch(batch).run(&mut conn).unwrap();
        prop_assert_eq!(found.is_clean(), stale(&mut conn).is_empty());
        let repaired = repair().batch(batch).run(&mut conn).unwrap();
        prop_assert!(repaired.failures.is_empty());
        prop_assert_eq!(stale(&mut conn), vec![]);
        let after = check().run(&mut conn).unwrap();
        prop_assert!(after.is_clean(), "{:#?}", after);
        prop_assert_eq!(customers::table.find(BEN).count().get_result::<i64>(&mut *conn), Ok(1));
    }
}
