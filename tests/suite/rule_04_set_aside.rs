//! A row that cannot be computed keeps no other row of a shared scope waiting: it is set aside, and
//! tried again.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, SharedScope};

use super::support::Outcome;
use super::support::models::{Category, Item, Order, Product};
use super::support::oracle::{assert_right, stale_fields};
use super::support::schema::{categories, items, orders, products};
use super::support::shop::{self, ALL, BEN_LINE, FOOD, MILK, MILK_LINE, SAW_LINE, TEAS, TOOLS};
use crate::{Conn, Inner};

type Shared = SharedScope<Inner>;

/// The rows that were set aside.
#[track_caller]
fn aside<T: std::fmt::Debug>(flushed: Result<T, Error>) -> Vec<String> {
    match flushed.unwrap_err() {
        Error::SetAside { rows, .. } => rows,
        other => panic!("rows should have been set aside, not {other}"),
    }
}

fn price(conn: &mut Conn, scope: &Shared, item: i32, cents: i64) {
    scope
        .join(conn, |conn| {
            Item::update(conn, item, items::price_cents.eq(cents)).map(drop)
        })
        .unwrap();
}

fn count(conn: &mut Conn, scope: &Shared, item: i32, quantity: i32) {
    scope
        .join(conn, |conn| {
            Item::update(conn, item, items::quantity.eq(quantity)).map(drop)
        })
        .unwrap();
}

#[test]
fn rows_whose_setter_fails_are_set_aside_and_all_others_are_worked_off() {
    let mut conn = shop::open();
    let scope = Shared::new();
    count(&mut conn, &scope, MILK_LINE, -1);
    count(&mut conn, &scope, BEN_LINE, -2);
    price(&mut conn, &scope, SAW_LINE, 7);
    let error = scope.flush(&mut conn).unwrap_err();
    let message = error.to_string();
    for part in ["`Item` 1, `Item` 4", "amount_cents", "next one"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(aside(Err::<(), _>(error)), ["`Item` 1", "`Item` 4"]);
    assert_eq!(stale_fields_of_right_items(&mut conn), [""; 0]);
    assert_eq!(scope.pending().unwrap(), 2, "they wait");
    let done = conn.last_flush().unwrap();
    assert!(done.setter("Product", "sold").computed > 0, "{done:?}");

    assert_eq!(aside(scope.flush(&mut conn)), ["`Item` 1", "`Item` 4"]);
    count(&mut conn, &scope, MILK_LINE, 1);
    assert_eq!(aside(scope.flush(&mut conn)), ["`Item` 4"]);
    count(&mut conn, &scope, BEN_LINE, 2);
    scope.flush(&mut conn).unwrap();
    assert_eq!(scope.pending().unwrap(), 0);
    assert_right(&mut conn);
}

/// The stale fields, where the quantities that setters refuse are left alone. What follows from the
/// amounts of those rows follows from the amounts as they are stored.
fn stale_fields_of_right_items(conn: &mut Conn) -> Vec<&'static str> {
    let mut stale = stale_fields(conn);
    stale.retain(|field| !field.starts_with("Item."));
    stale
}

#[test]
fn rows_in_a_loop_are_set_aside_and_the_rest_of_the_tree_is_worked_off() {
    let mut conn = shop::open();
    let scope = Shared::new();
    scope
        .join(&mut conn, |conn| -> Outcome {
            Category::update(conn, FOOD, categories::parent_id.eq(Some(TEAS)))?;
            Category::update(conn, TOOLS, categories::name.eq("gear"))?;
            Category::update(conn, ALL, categories::name.eq("every"))?;
            Product::update(conn, MILK, products::name.eq("oat")).map(drop)
        })
        .unwrap();
    let rows = aside(scope.flush(&mut conn));
    assert_eq!(rows, ["`Category` 2", "`Category` 3"]);
    assert_eq!(shop::get::<Category>(&mut conn, TOOLS).path, "gear/");
    assert_eq!(shop::get::<Category>(&mut conn, ALL).path, "every/");
    let stale = stale_fields_unless_looping(&mut conn);
    assert_eq!(stale, [""; 0]);
    scope
        .join(&mut conn, |conn| {
            Category::update(conn, FOOD, categories::parent_id.eq(Some(ALL))).map(drop)
        })
        .unwrap();
    scope.flush(&mut conn).unwrap();
    assert_eq!(scope.pending().unwrap(), 0);
    assert_right(&mut conn);
}

/// The stale fields of other models than the one whose rows are in a loop, which no oracle can
/// compute.
fn stale_fields_unless_looping(conn: &mut Conn) -> Vec<&'static str> {
    conn.transaction(|conn| {
        conn.inner_mut()
            .batch_execute("UPDATE categories SET parent_id = 1 WHERE id = 2")?;
        let mut stale = stale_fields(conn);
        stale.retain(|field| !field.starts_with("Category."));
        conn.inner_mut()
            .batch_execute("UPDATE categories SET parent_id = 3 WHERE id = 2")?;
        Ok::<_, diesel::result::Error>(stale)
    })
    .unwrap()
}

#[test]
fn what_follows_from_a_row_that_was_set_aside_is_computed_once_it_is_mended() {
    let mut conn = shop::open();
    let scope = Shared::new();
    scope
        .join(&mut conn, |conn| -> Outcome {
            Item::update(conn, MILK_LINE, items::quantity.eq(-3))?;
            Order::update(conn, 1, orders::note.eq("noted")).map(drop)
        })
        .unwrap();
    assert_eq!(aside(scope.flush(&mut conn)), ["`Item` 1"]);
    conn.inner_mut()
        .batch_execute("UPDATE items SET quantity = 5 WHERE id = 1")
        .unwrap();
    scope.flush(&mut conn).unwrap();
    assert_eq!(shop::get::<Item>(&mut conn, MILK_LINE).amount_cents, 500);
    let stale = stale_fields(&mut conn);
    assert_eq!(
        stale,
        ["Customer.basket", "Order.label", "Product.sold"],
        "what reads the quantity itself was told by nobody"
    );
    Item::touch(&mut conn, &[MILK_LINE]).unwrap();
    assert_right(&mut conn);
}

#[test]
fn other_flushes_fail_as_a_whole() {
    let mut conn = shop::open();
    let failed = conn.buffer_autoupdates(|conn| -> Outcome {
        Item::update(conn, MILK_LINE, items::quantity.eq(-1))?;
        Item::update(conn, SAW_LINE, items::price_cents.eq(7)).map(drop)
    });
    assert!(matches!(failed, Err(Error::Setter { .. })), "{failed:?}");
    assert_right(&mut conn);
}
