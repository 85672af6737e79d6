//! Labels choose setters; filters of nested scopes intersect. A (row, setter) is computed if any of the writes that
//! woke it, directly or through other fields, chose it, whoever flushes.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Category, Customer, Item, Order, Product, Tag};
use super::support::oracle::{assert_right, stale_fields};
use super::support::schema::{categories, customers, items, orders, products, tags};
use super::support::shop::{self, ADA, ADA_OLD, BIO, FOOD, MILK, MILK_LINE, TEA_LINE};
use super::support::spy::called;
use crate::Conn;

fn milk_line(conn: &mut Conn) -> Outcome {
    Item::update(conn, MILK_LINE, items::quantity.eq(9)).map(drop)
}

#[test]
fn only_computes_the_setters_with_a_label() {
    let mut conn = shop::open();
    let setters = called(|| {
        Scope::buffered()
            .only(["money"])
            .run(&mut conn, milk_line)
            .unwrap();
    });
    assert_eq!(
        setters,
        [
            "Customer.spent_cents",
            "Item.amount_cents",
            "Order.totals",
            "Region.spent_cents"
        ]
    );
    assert_eq!(
        stale_fields(&mut conn),
        ["Customer.basket", "Order.label", "Product.sold"]
    );
}

#[test]
fn except_computes_all_others_and_those_without_a_label() {
    let mut conn = shop::open();
    let setters = called(|| {
        Scope::buffered()
            .except(["names", "counts"])
            .run(&mut conn, |conn| -> Outcome {
                milk_line(conn)?;
                shop::parcel(conn, shop::BEN_ONLY, 1, None, 2.0).map(drop)
            })
            .unwrap();
    });
    assert_eq!(
        setters,
        [
            "Item.amount_cents",
            "Order.mean_weight",
            "Order.weight_note"
        ]
    );
}

#[test]
fn labels_work_for_an_immediate_scope_too() {
    let mut conn = shop::open();
    Scope::immediate()
        .only(["money"])
        .run(&mut conn, |conn| -> Outcome {
            milk_line(conn)?;
            assert_eq!(shop::get::<Order>(conn, ADA_OLD).total_cents, 1200);
            assert!(stale_fields(conn).contains(&"Order.label"));
            Ok(())
        })
        .unwrap();
    milk_line(&mut conn).unwrap();
    assert!(
        stale_fields(&mut conn).contains(&"Order.label"),
        "a write that changes nothing pays no debt"
    );
    Item::touch(&mut conn, &[MILK_LINE]).unwrap();
    assert_right(&mut conn);
}

#[test]
fn filters_of_nested_scopes_intersect() {
    let mut conn = shop::open();
    let setters = called(|| {
        Scope::buffered()
            .only(["money", "counts"])
            .run(&mut conn, |conn| {
                Scope::buffered().except(["money"]).run(conn, milk_line)
            })
            .unwrap();
    });
    assert_eq!(setters, ["Category.subtree_sold", "Product.sold"]);
    let mut conn = shop::open();
    let setters = called(|| {
        Scope::immediate()
            .only(["names"])
            .run(&mut conn, |conn| {
                Scope::immediate().only(["money"]).run(conn, milk_line)
            })
            .unwrap();
    });
    assert_eq!(setters, [""; 0]);
}

#[test]
fn the_choice_is_the_writes_and_not_the_flushing_scopes() {
    let mut conn = shop::open();
    let setters = called(|| {
        conn.buffer_autoupdates(|conn| Scope::buffered().only(["money"]).run(conn, milk_line))
            .unwrap();
    });
    assert_eq!(
        setters,
        [
            "Customer.spent_cents",
            "Item.amount_cents",
            "Order.totals",
            "Region.spent_cents"
        ]
    );
    let mut conn = shop::open();
    Scope::buffered()
        .only(["names"])
        .run(&mut conn, |conn| -> Outcome {
            Scope::buffered().only(["money"]).run(conn, milk_line)?;
            conn.flush_autoupdates()?;
            Ok(())
        })
        .unwrap();
    assert!(stale_fields(&mut conn).contains(&"Item.amount_cents"));
}

#[test]
fn a_setter_is_computed_if_any_write_that_woke_it_chose_it() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Scope::buffered().only(["money"]).run(conn, milk_line)?;
        Order::update(conn, ADA_OLD, orders::note.eq("chosen"))?;
        Ok(())
    })
    .unwrap();
    assert_eq!(
        shop::get::<Order>(&mut conn, ADA_OLD).label,
        "Ada/chosen: 9xmilk,1xtea"
    );
    let stale = stale_fields(&mut conn);
    assert_eq!(stale, ["Customer.basket", "Product.sold"]);
}

#[test]
fn the_choice_travels_through_other_fields() {
    let mut conn = shop::open();
    Scope::buffered()
        .only(["names"])
        .run(&mut conn, |conn| -> Outcome {
            Category::update(conn, FOOD, categories::name.eq("fare"))?;
            Tag::update(conn, BIO.to_owned(), tags::title.eq("organic"))?;
            Customer::update(conn, ADA, customers::name.eq("Eve"))?;
            Product::update(conn, MILK, products::name.eq("oat"))?;
            Ok(())
        })
        .unwrap();
    assert_right(&mut conn);
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Scope::buffered().only(["sums"]).run(conn, |conn| {
            Item::update(conn, TEA_LINE, items::price_cents.eq(1)).map(drop)
        })?;
        Item::update(conn, MILK_LINE, items::price_cents.eq(1))?;
        Ok(())
    })
    .unwrap();
    assert_eq!(
        stale_fields(&mut conn),
        ["Item.amount_cents"],
        "the tea's amount was not chosen; what follows is right for it"
    );
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).total_cents, 2 + 300);
}

#[test]
fn an_unknown_label_is_an_error_that_lists_the_known_ones() {
    let mut conn = shop::open();
    for scope in [
        Scope::buffered().only(["nmaes"]),
        Scope::immediate().except(["nmaes"]),
    ] {
        let mut ran = false;
        let error = scope
            .run(&mut conn, |_| -> Outcome {
                ran = true;
                Ok(())
            })
            .unwrap_err();
        assert!(!ran, "the body does not run");
        let message = error.to_string();
        for word in ["nmaes", "counts", "money", "names", "sums"] {
            assert!(message.contains(word), "{message}");
        }
    }
    assert_eq!(conn.mode(), Mode::Immediate);
    milk_line(&mut conn).unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_field_wakes_its_readers_for_those_writes_only_that_chose_it() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        let price = items::price_cents.eq(7i64);
        let only = Scope::buffered().only(["money"]);
        only.run(conn, |conn| {
            Item::update(conn, shop::SAW_LINE, price).map(drop)
        })?;
        let except = Scope::buffered().except(["money"]);
        except.run(conn, |conn| {
            shop::parcel(conn, shop::ADA_NEW, 1, None, 2.0).map(drop)
        })
    })
    .unwrap();
    assert_eq!(
        stale_fields(&mut conn),
        ["Customer.latest_cents"],
        "it has no label: the write of the price did not choose it, and the other did not wake it"
    );
}
