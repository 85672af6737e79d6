//! A missing parent is an error that names the row, or none where the setter takes an option.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::support::models::{Address, Customer, Item, Order, Parcel};
use super::support::schema::{addresses, parcels};
use super::support::shop::{self, ADA, ADA_OLD, KIEL, PARCEL, PARCEL_BACK};
use crate::{Conn, stop_checking_foreign_keys};

fn without(sql: &str) -> Conn {
    let mut conn = shop::open();
    stop_checking_foreign_keys(&mut conn);
    conn.batch_execute(sql).unwrap();
    conn
}

#[test]
fn a_missing_parent_is_an_error_that_names_the_row_and_the_setter() {
    let mut conn = without("DELETE FROM customers WHERE id = 1");
    let error = Order::touch(&mut conn, &[ADA_OLD]).unwrap_err();
    assert!(
        matches!(
            error,
            Error::MissingParent {
                model: "Order",
                setter: "label",
                ..
            }
        ),
        "{error:?}"
    );
    let message = error.to_string();
    assert!(
        message.contains("Order::label") && message.contains('1'),
        "{message}"
    );
}

#[test]
fn a_parent_that_is_missing_in_a_nested_input_names_the_row_that_is_computed() {
    let mut conn = without("DELETE FROM categories WHERE id = 2");
    let error = Customer::touch(&mut conn, &[ADA]).unwrap_err();
    assert!(
        matches!(&error, Error::MissingParent { model: "Customer", setter: "basket", key } if key == "1"),
        "{error:?}"
    );
}

#[test]
fn an_optional_parent_that_is_missing_is_none() {
    let mut conn = without("DELETE FROM addresses WHERE id = 2");
    Parcel::touch(&mut conn, &[PARCEL]).unwrap();
    assert_eq!(shop::get::<Parcel>(&mut conn, PARCEL).route, "Bonn > ?");
    let error = Parcel::touch(&mut conn, &[PARCEL_BACK]).unwrap_err();
    assert!(
        matches!(
            error,
            Error::MissingParent {
                model: "Parcel",
                setter: "route",
                ..
            }
        ),
        "{error:?}"
    );
    Parcel::update(&mut conn, PARCEL, parcels::to_address_id.eq(Some(KIEL))).unwrap();
}

#[test]
fn a_row_whose_parent_is_missing_can_be_written_where_nothing_reads_the_parent() {
    let mut conn = without("DELETE FROM orders WHERE id = 1");
    Item::touch(&mut conn, &[1, 2]).unwrap();
    let mut item = shop::get::<Item>(&mut conn, 1);
    item.quantity = 6;
    item.save(&mut conn).unwrap();
    assert_eq!(item.amount_cents, 600);
}

#[test]
fn an_optional_parent_that_comes_later_is_read_then() {
    let mut conn = shop::open();
    stop_checking_foreign_keys(&mut conn);
    let parcel = shop::parcel(&mut conn, ADA_OLD, KIEL, Some(99), 1.0).unwrap();
    assert_eq!(parcel.route, "Kiel > ?");
    let late = (addresses::id.eq(99), addresses::city.eq("Oslo"));
    let address = Address::insert(&mut conn, late).unwrap();
    assert_eq!(address.received, 1);
    assert_eq!(
        shop::get::<Parcel>(&mut conn, parcel.id).route,
        "Kiel > Oslo"
    );
}
