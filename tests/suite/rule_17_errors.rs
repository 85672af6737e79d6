//! Errors name the model, the key, the field and the setter, keep their source, and say what to do.

use std::error::Error as _;

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Category, Item, Order, ProductTag, Region, Tag};
use super::support::oracle::{assert_right, rows};
use super::support::schema::{items, product_tags, regions, tags};
use super::support::setters::NegativeQuantity;
use super::support::shop::{self, ADA_OLD, BIO, MILK, MILK_LINE, SAW, SOUTH, TEA};

#[track_caller]
fn assert_names(error: &Error, words: &[&str]) {
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}

#[test]
fn a_key_that_is_gone_is_an_error_that_names_model_and_key() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    let error = Item::update(&mut conn, 777, items::quantity.eq(1)).unwrap_err();
    assert!(
        matches!(error, Error::NotFound { model: "Item", .. }),
        "{error:?}"
    );
    assert_names(&error, &["Item", "777"]);
    let mut gone = shop::get::<Item>(&mut conn, MILK_LINE);
    gone.id = 778;
    assert_names(&gone.save(&mut conn).unwrap_err(), &["Item", "778"]);
    let mut many = [shop::get::<Item>(&mut conn, MILK_LINE), gone];
    many[0].quantity = 50;
    many[1].quantity = 60;
    assert_names(
        &Item::save_many(&mut conn, &mut many).unwrap_err(),
        &["Item", "778"],
    );
    let [_, gone] = many;
    assert_names(&gone.delete(&mut conn).unwrap_err(), &["Item", "778"]);
    assert_names(
        &Tag::update(&mut conn, "nope".to_owned(), tags::title.eq("x")).unwrap_err(),
        &["Tag", "nope"],
    );
    let key = (SAW, BIO.to_owned());
    let error = ProductTag::update(&mut conn, key, product_tags::weight.eq(1)).unwrap_err();
    assert_names(&error, &["ProductTag", "3", "b"]);
    assert_eq!(rows(&mut conn).text(), before);
    assert_eq!(Item::find(&mut conn, 777).unwrap(), None);
}

#[test]
fn one_key_of_many_that_is_gone_is_an_error_that_names_it_and_nothing_is_done() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    assert_names(
        &Item::delete_many(&mut conn, &[MILK_LINE, 777]).unwrap_err(),
        &["Item", "777"],
    );
    assert_names(
        &Item::touch(&mut conn, &[MILK_LINE, 779]).unwrap_err(),
        &["Item", "779"],
    );
    assert_eq!(rows(&mut conn).text(), before);
    Item::delete_many(&mut conn, &[]).unwrap();
    Item::touch(&mut conn, &[]).unwrap();
    Item::delete_many(&mut conn, &[MILK_LINE, MILK_LINE]).unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_setters_error_names_its_row_and_keeps_its_source() {
    let mut conn = shop::open();
    let error = Item::update(&mut conn, MILK_LINE, items::quantity.eq(-4)).unwrap_err();
    assert_names(
        &error,
        &[
            "Item",
            "amount_cents",
            "1",
            "a quantity of -4 cannot be sold",
        ],
    );
    let source = error.source().unwrap();
    assert_eq!(
        source.downcast_ref::<NegativeQuantity>(),
        Some(&NegativeQuantity(-4))
    );
}

#[test]
fn an_error_survives_the_way_through_diesels_transaction() {
    let mut conn = shop::open();
    let error: Error = conn
        .transaction(|conn| -> QueryResult<()> {
            Item::update(conn, MILK_LINE, items::quantity.eq(-4))?;
            Ok(())
        })
        .unwrap_err()
        .into();
    assert!(
        matches!(
            error,
            Error::Setter {
                model: "Item",
                setter: "amount_cents",
                ..
            }
        ),
        "{error:?}"
    );
    let missing: Error = conn
        .transaction(|conn| Tag::update(conn, "nope".to_owned(), tags::title.eq("x")).map(drop))
        .unwrap_err();
    assert_names(&missing, &["Tag", "nope"]);
    let diesels: diesel::result::Error = Error::from(diesel::result::Error::NotFound).into();
    assert_eq!(
        diesels,
        diesel::result::Error::NotFound,
        "an error of Diesel's is handed back as it was"
    );
}

#[test]
fn what_the_database_refuses_keeps_its_kind() {
    use diesel::result::{DatabaseErrorKind, Error as DieselError};
    let mut conn = shop::open();
    let duplicate = shop::region(&mut conn, shop::NORTH, "again").unwrap_err();
    assert!(!duplicate.is_retryable());
    let kind = |error: Error| match error.database() {
        Some(DieselError::DatabaseError(kind, _)) => format!("{kind:?}"),
        other => panic!("a database error was expected, not {other:?}"),
    };
    assert_eq!(
        kind(duplicate),
        format!("{:?}", DatabaseErrorKind::UniqueViolation)
    );
    let orphan = shop::item(&mut conn, 999, MILK, 1, 1).unwrap_err();
    assert_eq!(
        kind(orphan),
        format!("{:?}", DatabaseErrorKind::ForeignKeyViolation)
    );
    assert_right(&mut conn);
}

#[test]
fn a_second_child_of_a_one_to_one_is_an_error() {
    let mut conn = shop::open();
    let error = shop::invoice(&mut conn, ADA_OLD, "R-9").unwrap_err();
    assert!(
        matches!(error, Error::SecondChild { model: "Order", .. }),
        "{error:?}"
    );
    assert_names(&error, &["Order", "1", "number_of_invoice"]);
    conn.buffer_autoupdates(|conn| -> Outcome {
        let second = shop::invoice(conn, ADA_OLD, "R-9")?;
        shop::get::<super::support::models::Invoice>(conn, shop::INVOICE).delete(conn)?;
        assert_eq!(second.number, "R-9");
        Ok(())
    })
    .unwrap();
    assert_eq!(
        shop::get::<Order>(&mut conn, ADA_OLD).invoice.as_deref(),
        Some("R-9")
    );
    assert_right(&mut conn);
}

#[test]
fn unusual_values_are_errors_or_values_and_never_panics() {
    let mut conn = shop::open();
    let name = "'; DROP TABLE orders; -- ❄ \"`";
    let named = shop::category(&mut conn, name, None).unwrap();
    assert_eq!(named.path, format!("{name}/"));
    match shop::category(&mut conn, "\u{0}", None) {
        Ok(named) => assert_eq!(named.path, "\u{0}/"),
        Err(refused) => assert!(refused.database().is_some(), "{refused:?}"),
    }
    shop::tag(&mut conn, "", "").unwrap();
    shop::tag(&mut conn, "a'b", "quote").unwrap();
    shop::link(&mut conn, TEA, "a'b", i32::MIN).unwrap();
    shop::customer(&mut conn, &"long ".repeat(20_000), None).unwrap();
    assert_eq!(Category::find(&mut conn, i32::MIN).unwrap(), None);
    assert_right(&mut conn);
}

#[test]
fn a_change_of_a_key_is_an_error_that_says_what_to_use() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    let error = Region::update(&mut conn, SOUTH.to_owned(), regions::code.eq("x")).unwrap_err();
    assert!(
        matches!(
            error,
            Error::KeyChanged {
                model: "Region",
                ..
            }
        ),
        "{error:?}"
    );
    assert_names(&error, &["Region", "s", "track"]);
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn an_update_without_changes_reads_the_row() {
    let mut conn = shop::open();
    let nothing = super::support::models::ItemChange {
        quantity: None,
        price_cents: None,
    };
    let item = Item::update(&mut conn, MILK_LINE, nothing.clone()).unwrap();
    assert_eq!(item, shop::get::<Item>(&mut conn, MILK_LINE));
    assert_names(
        &Item::update(&mut conn, 777, nothing).unwrap_err(),
        &["Item", "777"],
    );
}
