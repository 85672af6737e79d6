//! Only maintained columns. A flush writes maintained columns and no others, from rows read in that flush. Rows deleted
//! since they were marked are skipped. Unique maintained columns may be swapped or shifted.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Item, Locker, Order, Product};
use super::support::oracle::{assert_right, stale_fields};
use super::support::schema::{items, lockers, orders};
use super::support::shop::{self, ADA_NEW, ADA_OLD, BONN, KIEL, MILK, MILK_LINE};
use super::support::statements::{columns_set, recorded};
use super::support::writes::ALL_WRITES;
use crate::Conn;

const MAINTAINED: &[&str] = &[
    "addresses.received",
    "addresses.sent",
    "categories.path",
    "categories.subtree_sold",
    "customers.basket",
    "customers.latest_cents",
    "customers.latest_order_id",
    "customers.spent_cents",
    "customers.title",
    "items.amount_cents",
    "lockers.code",
    "orders.invoice",
    "orders.is_latest",
    "orders.item_count",
    "orders.label",
    "orders.mean_weight",
    "orders.total_cents",
    "orders.weight_note",
    "parcels.route",
    "product_tags.label",
    "products.sold",
    "products.tag_list",
    "regions.customer_count",
    "regions.spent_cents",
    "tags.products",
];

#[test]
fn a_flush_writes_maintained_columns_and_no_others() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        ALL_WRITES.iter().try_for_each(|(_, write)| write(conn))?;
        let (report, statements) = recorded(conn, Conn::flush_autoupdates);
        report?;
        let mut columns: Vec<String> = statements
            .iter()
            .flat_map(|statement| columns_set(statement))
            .collect();
        columns.sort_unstable();
        columns.dedup();
        assert!(columns.len() > 10, "{columns:?}");
        let others: Vec<_> = columns
            .iter()
            .filter(|column| !MAINTAINED.contains(&column.as_str()))
            .collect();
        assert!(others.is_empty(), "{others:?}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_flush_never_writes_back_a_copy_that_the_caller_holds() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let copy = shop::item(conn, ADA_OLD, MILK, 1, 10)?;
        diesel::update(orders::table.find(ADA_OLD))
            .set(orders::note.eq("by other means"))
            .execute(conn.inner_mut())?;
        diesel::update(items::table.find(copy.id))
            .set(items::quantity.eq(5))
            .execute(conn.inner_mut())?;
        Ok(())
    })
    .unwrap();
    let order = shop::get::<Order>(&mut conn, ADA_OLD);
    assert_eq!(order.note, "by other means");
    assert_eq!(order.total_cents, 550, "the row as it is in the flush");
}

#[test]
fn save_writes_every_plain_column_of_the_copy_and_no_maintained_one() {
    let mut conn = shop::open();
    let mut first = shop::get::<Item>(&mut conn, MILK_LINE);
    let mut second = first.clone();
    first.price_cents = 1;
    first.save(&mut conn).unwrap();
    second.quantity = 7;
    second.amount_cents = 123_456;
    let (result, statements) = recorded(&mut conn, |conn| second.save(conn));
    result.unwrap();
    let stored = shop::get::<Item>(&mut conn, MILK_LINE);
    assert_eq!(
        (stored.quantity, stored.price_cents),
        (7, 100),
        "the last writer wins"
    );
    assert_eq!((stored.amount_cents, second.amount_cents), (700, 700));
    let saved = statements
        .iter()
        .map(|statement| columns_set(statement))
        .find(|columns| columns.contains(&"items.quantity".to_owned()));
    assert!(!saved.unwrap().contains(&"items.amount_cents".to_owned()));
    assert_right(&mut conn);
}

#[test]
fn save_in_a_buffered_scope_writes_no_maintained_column_either() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let mut product = shop::get::<Product>(conn, MILK);
        product.sold = -1;
        product.tag_list = "wrong".to_owned();
        product.name = "oat".to_owned();
        product.save(conn)?;
        assert_eq!(
            stale_fields(conn),
            ["Customer.basket", "Order.label", "ProductTag.label"]
        );
        let mut many = [product];
        many[0].sold = -2;
        Product::save_many(conn, &mut many)?;
        assert_eq!(Product::find(conn, MILK)?.unwrap().sold, 5);
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn update_writes_only_what_changes() {
    let mut conn = shop::open();
    let change = super::support::models::ItemChange {
        quantity: Some(3),
        price_cents: None,
    };
    let (result, statements) = recorded(&mut conn, |conn| Item::update(conn, MILK_LINE, change));
    result.unwrap();
    let columns: Vec<_> = statements
        .iter()
        .map(|statement| columns_set(statement))
        .filter(|set| !set.is_empty())
        .collect();
    assert_eq!(columns[0], ["items.quantity"]);
}

#[test]
fn rows_deleted_since_they_were_marked_are_skipped() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        shop::item(conn, ADA_NEW, MILK, 1, 10)?;
        Item::update(conn, MILK_LINE, items::quantity.eq(50))?;
        diesel::delete(items::table.filter(items::order_id.eq(ADA_OLD)))
            .execute(conn.inner_mut())?;
        diesel::delete(orders::table.find(ADA_OLD)).execute(conn.inner_mut())?;
        Ok(())
    })
    .unwrap();
    assert!(!stale_fields(&mut conn).contains(&"Order.total_cents"));
    assert_eq!(Order::find(&mut conn, ADA_OLD).unwrap(), None);
    conn.buffer_autoupdates(|conn| -> Outcome {
        let order = shop::order(conn, 3, 1)?;
        shop::item(conn, order.id, MILK, 1, 10)?.delete(conn)?;
        order.delete(conn)?;
        Ok(())
    })
    .unwrap();
    super::property::world::touch_everything(&mut conn).unwrap();
    assert_right(&mut conn);
}

fn codes(conn: &mut Conn) -> Vec<Option<String>> {
    lockers::table
        .order(lockers::id)
        .select(lockers::code)
        .load(conn)
        .unwrap()
}

#[test]
fn unique_maintained_values_may_be_swapped() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Locker::update(conn, 1, lockers::position.eq(2))?;
        Locker::update(conn, 2, lockers::position.eq(1))?;
        Ok(())
    })
    .unwrap();
    assert_eq!(
        codes(&mut conn),
        ["1/2", "1/1", "1/3"].map(|code| Some(code.to_owned()))
    );
    assert_right(&mut conn);
}

#[test]
fn unique_maintained_values_may_be_shifted_onto_one_another() {
    let mut conn = shop::open();
    let more: Vec<_> = (4..300)
        .map(|position| (lockers::address_id.eq(BONN), lockers::position.eq(position)))
        .collect();
    Locker::insert_many(&mut conn, more).unwrap();
    for shift in ["position + 1", "position - 1", "300 - position"] {
        Locker::track(&mut conn, lockers::address_id.eq(BONN), |conn| -> Outcome {
            diesel::sql_query(format!("UPDATE lockers SET position = {shift}")).execute(conn)?;
            Ok(())
        })
        .unwrap();
        assert_right(&mut conn);
    }
}

#[test]
fn a_unique_maintained_value_passes_on_to_a_new_row() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Locker::update(conn, 1, lockers::address_id.eq(KIEL))?;
        shop::locker(conn, BONN, 1)?;
        Locker::update(conn, 2, lockers::position.eq(0))?;
        shop::get::<Locker>(conn, 3).delete(conn)?;
        shop::locker(conn, BONN, 2)?;
        shop::locker(conn, BONN, 3)?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    let before = codes(&mut conn);
    shop::locker(&mut conn, BONN, 3).unwrap_err();
    assert_eq!(codes(&mut conn), before, "a real duplicate is an error");
}

#[test]
fn maintained_values_that_an_insert_brings_are_computed_like_any() {
    let mut conn = shop::open();
    let region = super::support::models::Region {
        code: "w".to_owned(),
        name: "West".to_owned(),
        spent_cents: 99,
        customer_count: 7,
    };
    super::support::models::Region::insert(&mut conn, &region).unwrap();
    assert_right(&mut conn);
    let wrong = (
        items::order_id.eq(ADA_OLD),
        items::product_id.eq(MILK),
        items::quantity.eq(2),
        items::price_cents.eq(5i64),
        items::amount_cents.eq(-1i64),
    );
    Item::insert(&mut conn, wrong).unwrap();
    Item::insert_many(&mut conn, [wrong, wrong]).unwrap();
    assert_right(&mut conn);
}

#[test]
fn maintained_values_that_an_update_or_a_bracket_writes_are_computed_again() {
    for scope in [Scope::immediate, Scope::buffered] {
        let mut conn = shop::open();
        let work = |conn: &mut Conn| -> Outcome {
            Order::update(
                conn,
                ADA_OLD,
                (orders::total_cents.eq(-1i64), orders::label.eq("wrong")),
            )?;
            Order::update(conn, ADA_OLD, orders::is_latest.eq(true))?;
            super::support::models::Customer::update(
                conn,
                shop::BEN,
                super::support::schema::customers::latest_order_id.eq(Some(ADA_NEW)),
            )?;
            Product::track(
                conn,
                super::support::schema::products::id.gt(0),
                |conn| -> Outcome {
                    diesel::sql_query("UPDATE products SET sold = 1000, tag_list = 'wrong'")
                        .execute(conn)?;
                    Ok(())
                },
            )
        };
        scope().run(&mut conn, work).unwrap();
        assert_right(&mut conn);
    }
}
