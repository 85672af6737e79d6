//! What a small write has locked and read ahead is not read again, unless something has changed it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use maintained::Error;
use maintained::prelude::*;

use super::support::models::{Item, Order};
use super::support::oracle::assert_right;
use super::support::schema::{items, orders};
use super::support::shop::{self, ADA_OLD, MILK, MILK_LINE};
use super::support::statements::{locks_ahead, recorded, text};
use crate::{Conn, NOTE_BY_TRIGGER, WRITES_AS_IT_LOCKS};

/// A shop on a connection that has asked nothing yet.
fn fresh() -> Conn {
    Conn::new(shop::open().into_inner())
}

#[test]
fn what_is_locked_ahead_is_read_along_with_its_lock() {
    let mut conn = fresh();
    let change = items::price_cents.eq(7i64);
    let (item, statements) = recorded(&mut conn, |conn| Item::update(conn, MILK_LINE, change));
    item.unwrap();
    let texts = statements.iter().map(|statement| text(statement));
    let (ahead, rest): (Vec<&str>, Vec<&str>) = texts.partition(|text| locks_ahead(text));
    // Columns that only whole rows are read with: of the item, which is the image before the write
    // and is computed after it, and of the order, which is computed.
    for column in ["price_cents", "weight_note"] {
        let locks = |text: &&&str| text.contains(column) && text.contains(" FOR ");
        let again: Vec<_> = rest.iter().filter(locks).collect();
        assert!(again.is_empty() || ahead.is_empty(), "{again:#?}");
        assert!(ahead.iter().all(|text| text.contains(column)), "{ahead:#?}");
    }
    assert_right(&mut conn);
}

#[test]
fn parents_that_are_locked_ahead_are_not_read_again() {
    let mut conn = fresh();
    // The order's label reads the names of its customer and of its products.
    let change = orders::note.eq("noted");
    let (order, statements) = recorded(&mut conn, |conn| Order::update(conn, ADA_OLD, change));
    let order = order.unwrap();
    assert!(order.label.contains("/noted: "), "{}", order.label);
    let texts = statements.iter().map(|statement| text(statement));
    let (ahead, rest): (Vec<&str>, Vec<&str>) = texts.partition(|text| locks_ahead(text));
    let names = ["\"name\"", "`name`"];
    let reads =
        |text: &&&str| text.starts_with("SELECT") && names.iter().any(|name| text.contains(name));
    let again: Vec<_> = rest.iter().filter(reads).collect();
    assert!(again.is_empty() || ahead.is_empty(), "{again:#?}");
    assert_right(&mut conn);
}

#[test]
fn a_write_of_one_row_is_made_as_it_locks_where_the_database_allows_it() {
    let mut conn = fresh();
    let new = (items::order_id.eq(ADA_OLD), items::product_id.eq(MILK));
    let new = (new, items::quantity.eq(3), items::price_cents.eq(5i64));
    let change = items::quantity.eq(4);
    let (item, inserted) = recorded(&mut conn, |conn| Item::insert(conn, new));
    let key = item.unwrap().id;
    let (item, updated) = recorded(&mut conn, |conn| Item::update(conn, key, change));
    assert_eq!(item.unwrap().quantity, 4);
    // A query would see rows as they were before the statement has waited for its locks.
    let query = items::price_cents.eq(diesel::dsl::sql::<BigInt>("(SELECT 7)"));
    let (item, queried) = recorded(&mut conn, |conn| Item::update(conn, key, query));
    assert_eq!(item.unwrap().price_cents, 7);
    for (statements, verb, is_one) in [
        (inserted, "INSERT INTO", WRITES_AS_IT_LOCKS),
        (updated, " SET ", WRITES_AS_IT_LOCKS),
        (queried, " SET ", false),
    ] {
        let mut texts = statements.iter().map(|statement| text(statement));
        let first = texts.find(|text| text.contains(verb)).unwrap();
        assert_eq!(locks_ahead(first), is_one, "{first}");
    }
    let gone = Item::update(&mut conn, 987_654, items::quantity.eq(4));
    assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
    assert_right(&mut conn);
}

#[test]
fn what_a_trigger_changes_is_read_after_the_write() {
    let mut conn = fresh();
    conn.batch_execute(NOTE_BY_TRIGGER).unwrap();
    shop::item(&mut conn, ADA_OLD, MILK, 1, 10).unwrap();
    let order = Order::find(&mut conn, ADA_OLD).unwrap().unwrap();
    assert!(order.label.contains("/by trigger: "), "{}", order.label);
    assert_right(&mut conn);
}
