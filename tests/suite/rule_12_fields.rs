//! Scopes choose setters by the fields that they keep, as they do by labels.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Item, Order};
use super::support::oracle::{assert_right, stale_fields};
use super::support::schema::{items, orders};
use super::support::shop::{self, ADA_OLD, MILK_LINE};
use super::support::spy::called;
use crate::Conn;

fn milk_line(conn: &mut Conn) -> Outcome {
    Item::update(conn, MILK_LINE, items::quantity.eq(9)).map(drop)
}

#[test]
fn only_fields_computes_the_setters_that_keep_one_of_them() {
    let mut conn = shop::open();
    let setters = called(|| {
        Scope::buffered()
            .only_fields(["Item::amount_cents", "Order::item_count", "Product::sold"])
            .run(&mut conn, milk_line)
            .unwrap();
    });
    assert_eq!(
        setters,
        ["Item.amount_cents", "Order.totals", "Product.sold"],
        "a setter that keeps several fields is chosen as a whole"
    );
    let stale = stale_fields(&mut conn);
    assert!(stale.contains(&"Customer.spent_cents"), "{stale:?}");
    assert!(!stale.contains(&"Order.total_cents"), "{stale:?}");
}

#[test]
fn except_fields_computes_all_others() {
    let mut conn = shop::open();
    Scope::immediate()
        .except_fields(["Order::label", "Customer::basket"])
        .run(&mut conn, milk_line)
        .unwrap();
    assert_eq!(stale_fields(&mut conn), ["Customer.basket", "Order.label"]);
    Order::touch(&mut conn, &[ADA_OLD]).unwrap();
    Item::touch(&mut conn, &[MILK_LINE]).unwrap();
    assert_right(&mut conn);
}

#[test]
fn fields_and_labels_intersect_in_one_scope_and_in_nested_ones() {
    let money_but_one = ["Item.amount_cents", "Order.totals"];
    let mut conn = shop::open();
    let setters = called(|| {
        Scope::buffered()
            .only(["money"])
            .except_fields(["Customer::spent_cents"])
            .run(&mut conn, milk_line)
            .unwrap();
    });
    assert_eq!(setters, money_but_one);
    let mut conn = shop::open();
    let setters = called(|| {
        Scope::buffered()
            .only_fields(["Item::amount_cents", "Order::total_cents", "Order::label"])
            .run(&mut conn, |conn| {
                Scope::immediate().except(["names"]).run(conn, milk_line)
            })
            .unwrap();
    });
    assert_eq!(setters, money_but_one);
}

#[test]
fn a_row_is_computed_if_any_write_chose_the_field() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        Scope::buffered()
            .only_fields(["Order::is_latest"])
            .run(conn, |conn| {
                Order::update(conn, ADA_OLD, orders::note.eq("left out")).map(drop)
            })?;
        Order::update(conn, ADA_OLD, orders::note.eq("chosen")).map(drop)
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn an_unknown_field_is_an_error_that_lists_the_known_ones_with_the_nearest() {
    let mut conn = shop::open();
    for (wrong, nearest) in [
        ("Order::lable", "did you mean `Order::label`?"),
        ("amount_cents", "did you mean `Item::amount_cents`?"),
        ("Order::note", "the fields are: Address::received"),
        ("nothing of the kind", "the fields are: Address::received"),
    ] {
        for scope in [
            Scope::buffered().only_fields([wrong]),
            Scope::immediate().except_fields(["Order::label", wrong]),
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
            for part in [wrong, nearest, "Region::spent_cents"] {
                assert!(message.contains(part), "{message}");
            }
        }
    }
    milk_line(&mut conn).unwrap();
    assert_right(&mut conn);
}

#[maintained::buffer_autoupdates(
    except("names"),
    except_fields("Customer::spent_cents", "Product::sold")
)]
fn decorated(conn: &mut Conn) -> Outcome {
    milk_line(conn)
}

#[maintained::immediate_autoupdates(only_fields("Item::amount_cents"))]
fn decorated_only(conn: &mut Conn) -> Outcome {
    milk_line(conn)
}

#[test]
fn decorators_choose_by_fields_too() {
    let mut conn = shop::open();
    assert_eq!(
        called(|| decorated(&mut conn).unwrap()),
        ["Item.amount_cents", "Order.totals"]
    );
    let mut conn = shop::open();
    assert_eq!(
        called(|| decorated_only(&mut conn).unwrap()),
        ["Item.amount_cents"]
    );
}
