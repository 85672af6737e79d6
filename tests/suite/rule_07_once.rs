//! Once. In one flush each (row, setter) is computed once, after everything that it reads; along a tree, top-down over
//! all rows that can be reached.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Category, Customer, Item, Order, Product, Tag};
use super::support::oracle::assert_right;
use super::support::schema::{categories, customers, items, orders, products, tags};
use super::support::shop::{
    self, ADA, ADA_NEW, ADA_OLD, ALL, BEN, BIO, FOOD, MILK, MILK_LINE, TEA_LINE,
};
use crate::Conn;

#[test]
fn many_writes_to_the_same_rows_compute_each_setter_once() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        for round in 1..20 {
            Item::update(conn, MILK_LINE, items::quantity.eq(round))?;
            Item::update(conn, TEA_LINE, items::price_cents.eq(i64::from(round)))?;
            Customer::update(conn, ADA, customers::name.eq(format!("Ada {round}")))?;
        }
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    let report = conn.last_flush().unwrap();
    assert_eq!(report.model("Item").computed, 2, "the amounts");
    assert_eq!(
        report.model("Order").computed,
        1 + 2,
        "the totals of one, the labels of two orders"
    );
    assert_eq!(
        report.model("Customer").computed,
        3,
        "the title, the sum and the basket"
    );
    assert_eq!(
        report.model("Product").computed,
        1,
        "the sold pieces of the one"
    );
    assert_eq!(report.model("Region").computed, 1);
}

/// Everything that the tags' links, names and paths reach is woken over several ways at once.
#[test]
fn a_row_that_is_woken_over_many_ways_is_computed_once() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Tag::update(conn, BIO.to_owned(), tags::title.eq("organic"))?;
        Product::update(conn, MILK, products::name.eq("oat"))?;
        Category::update(conn, ALL, categories::name.eq("every"))?;
        Order::update(conn, ADA_OLD, orders::placed.eq(0))?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    let report = conn.last_flush().unwrap();
    assert_eq!(
        report.model("Customer").computed,
        2 + 1,
        "two baskets, and Ada's latest order"
    );
    assert_eq!(
        report.model("Category").computed,
        3,
        "the paths of the tree, and not the other root's"
    );
    assert_eq!(report.model("ProductTag").computed, 3);
    assert_eq!(report.model("Tag").computed, 2);
    assert_eq!(report.model("Product").computed, 2, "the tag lists");
    assert_eq!(report.model("Order").computed, 2, "the labels with milk");
}

/// A chain of categories under the food; its keys, from the top.
fn chain(conn: &mut Conn, length: i32) -> Vec<i32> {
    conn.buffer_autoupdates(|conn| -> Outcome<_> {
        let mut keys = vec![FOOD];
        for depth in 0..length {
            let above = keys.last().copied();
            keys.push(shop::category(conn, &format!("c{depth}"), above)?.id);
        }
        Ok(keys)
    })
    .unwrap()
}

#[test]
fn a_tree_is_worked_level_by_level_with_each_row_once() {
    let mut conn = shop::open();
    let keys = chain(&mut conn, 30);
    assert_right(&mut conn);
    conn.buffer_autoupdates(|conn| -> Outcome {
        for &key in keys.iter().rev().step_by(3) {
            Category::update(conn, key, categories::name.eq(format!("renamed {key}")))?;
        }
        Category::update(conn, FOOD, categories::parent_id.eq(None::<i32>))?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    let report = conn.last_flush().unwrap();
    let paths = 1 + 1 + 30;
    let sums = 1;
    assert_eq!(
        report.model("Category").computed,
        paths + sums,
        "the food, its teas, the chain; the sum of what it left"
    );
}

#[test]
fn a_tree_is_summed_bottom_up_with_each_row_once() {
    let mut conn = shop::open();
    let keys = chain(&mut conn, 20);
    let deepest = *keys.last().unwrap();
    let product = shop::product(&mut conn, "deep", deepest).unwrap();
    conn.buffer_autoupdates(|conn| -> Outcome {
        shop::item(conn, ADA_NEW, product.id, 4, 1)?;
        shop::item(conn, ADA_OLD, MILK, 1, 1)?;
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    let report = conn.last_flush().unwrap();
    assert_eq!(
        report.model("Category").computed,
        20 + 2,
        "the chain, the food and the root"
    );
    assert_eq!(shop::get::<Category>(&mut conn, ALL).subtree_sold, 6 + 5);
}

#[test]
fn the_order_of_the_writes_does_not_matter() {
    let work: [fn(&mut Conn) -> Outcome; 4] = [
        |conn| Item::update(conn, MILK_LINE, items::quantity.eq(9)).map(drop),
        |conn| Order::update(conn, ADA_OLD, orders::customer_id.eq(BEN)).map(drop),
        |conn| Category::update(conn, FOOD, categories::name.eq("fare")).map(drop),
        |conn| Customer::update(conn, BEN, customers::region_code.eq(Some(shop::SOUTH))).map(drop),
    ];
    let mut outcomes = Vec::new();
    for first in 0..work.len() {
        let mut conn = shop::open();
        conn.buffer_autoupdates(|conn| {
            (0..work.len()).try_for_each(|at| work[(first + at) % work.len()](conn))
        })
        .unwrap();
        assert_right(&mut conn);
        let report = conn.last_flush().unwrap();
        outcomes.push((report.computed(), report.changed(), report.statements));
    }
    assert!(
        outcomes.iter().all(|outcome| *outcome == outcomes[0]),
        "{outcomes:?}"
    );
}
