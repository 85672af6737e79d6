//! Never stale at commit. What was right before a scope or a write, and is not excluded by labels or by disabling,
//! is right after it. The property test in `property` says the same of any program.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Category, Customer, Order, Parcel, Product, Region, Tag};
use super::support::oracle::{assert_right, stale_fields};
use super::support::schema::{categories, orders, parcels, tags};
use super::support::shop::{
    self, ADA, ADA_NEW, ADA_OLD, BEN_ONLY, BIO, FOOD, NORTH, PARCEL_BACK, TEAS,
};
use super::support::writes::ALL_WRITES;
use crate::Conn;

#[test]
fn the_shop_is_computed_as_it_is_meant() {
    let mut conn = shop::open();
    assert_right(&mut conn);
    let region = shop::get::<Region>(&mut conn, NORTH);
    assert_eq!((region.spent_cents, region.customer_count), (1830, 2));
    let customer = shop::get::<Customer>(&mut conn, ADA);
    assert_eq!(customer.title, "Ada of North");
    assert_eq!(
        (customer.latest_order_id, customer.latest_cents),
        (Some(ADA_NEW), Some(1000))
    );
    assert_eq!(
        customer.basket,
        "1[2xall/food/milk(2*bio+1*fresh),1xall/food/teas/tea(1*bio)];2[1xtools/saw()]"
    );
    let order = shop::get::<Order>(&mut conn, ADA_OLD);
    assert_eq!(
        (order.total_cents, order.item_count, order.is_latest),
        (500, 2, false)
    );
    assert_eq!(order.label, "Ada/note 1: 2xmilk,1xtea");
    assert_eq!(
        (
            order.invoice.as_deref(),
            order.mean_weight,
            order.weight_note.as_str()
        ),
        (Some("R-1"), Some(2.5), "2.50 kg")
    );
    assert_eq!(shop::get::<Category>(&mut conn, FOOD).subtree_sold, 6);
    assert_eq!(
        shop::get::<Category>(&mut conn, TEAS).path,
        "all/food/teas/"
    );
    assert_eq!(
        shop::get::<Product>(&mut conn, shop::MILK).tag_list,
        "bio!!,fresh!"
    );
    assert_eq!(
        shop::get::<Tag>(&mut conn, BIO).products,
        "milk#bio tea#bio"
    );
    assert_eq!(
        shop::get::<Parcel>(&mut conn, PARCEL_BACK).route,
        "Kiel > Bonn"
    );
}

#[test]
fn a_scope_of_every_write_ends_right_and_equals_the_immediate_writes() {
    let mut immediate = shop::open();
    ALL_WRITES
        .iter()
        .try_for_each(|(_, write)| write(&mut immediate))
        .unwrap();
    let mut buffered = shop::open();
    buffered
        .buffer_autoupdates(|conn| ALL_WRITES.iter().try_for_each(|(_, write)| write(conn)))
        .unwrap();
    assert_right(&mut buffered);
    let [immediate, buffered] =
        [immediate, buffered].map(|mut conn| super::support::oracle::rows(&mut conn).text());
    assert_eq!(immediate, buffered);
}

#[test]
fn a_maintained_field_may_be_read_by_setters_of_its_own_row_and_of_others() {
    let mut conn = shop::open();
    shop::parcel(&mut conn, BEN_ONLY, 1, None, 8.0).unwrap();
    let order = shop::get::<Order>(&mut conn, BEN_ONLY);
    assert_eq!(order.weight_note, "6.67 kg");
    Category::update(&mut conn, FOOD, categories::name.eq("meals")).unwrap();
    assert!(
        shop::get::<Customer>(&mut conn, ADA)
            .basket
            .contains("all/meals/teas/tea")
    );
    assert_right(&mut conn);
}

#[test]
fn a_value_that_is_not_a_number_does_as_the_column_stores_it() {
    let mut conn = shop::open();
    for scope in [Scope::immediate, Scope::buffered] {
        let work = |conn: &mut Conn| -> Outcome {
            shop::parcel(conn, ADA_NEW, 1, None, 0.0)?;
            let order = shop::order(conn, ADA, 9)?;
            shop::parcel(conn, order.id, 1, None, 0.0)?;
            Parcel::update(conn, PARCEL_BACK, parcels::weight.eq(0.0)).map(drop)
        };
        scope().run(&mut conn, work).unwrap();
        assert_right(&mut conn);
        Parcel::update(&mut conn, PARCEL_BACK, parcels::weight.eq(2.0)).unwrap();
        assert_eq!(
            shop::get::<Order>(&mut conn, BEN_ONLY).weight_note,
            "2.00 kg"
        );
        assert_right(&mut conn);
    }
}

#[test]
fn a_maintained_foreign_key_moves_and_its_readers_on_both_sides_follow() {
    let mut conn = shop::open();
    Order::update(&mut conn, ADA_OLD, orders::placed.eq(50)).unwrap();
    let customer = shop::get::<Customer>(&mut conn, ADA);
    assert_eq!(
        (customer.latest_order_id, customer.latest_cents),
        (Some(ADA_OLD), Some(500))
    );
    assert!(shop::get::<Order>(&mut conn, ADA_OLD).is_latest);
    assert!(!shop::get::<Order>(&mut conn, ADA_NEW).is_latest);
    assert_right(&mut conn);
}

#[test]
fn keys_that_are_texts_or_have_two_columns_work_like_numbers() {
    let mut conn = shop::open();
    Tag::update(&mut conn, BIO.to_owned(), tags::title.eq("organic")).unwrap();
    assert_eq!(
        shop::get::<Tag>(&mut conn, BIO).products,
        "milk#organic tea#organic"
    );
    let mut link =
        shop::get::<super::support::models::ProductTag>(&mut conn, (shop::MILK, BIO.to_owned()));
    link.weight = 5;
    link.save(&mut conn).unwrap();
    assert_eq!(
        shop::get::<Product>(&mut conn, shop::MILK).tag_list,
        "organic!!!!!,fresh!"
    );
    assert_right(&mut conn);
}

#[test]
fn what_labels_leave_behind_is_a_debt_that_touch_pays() {
    let mut conn = shop::open();
    Scope::buffered()
        .except(["names"])
        .run(&mut conn, |conn| {
            ALL_WRITES.iter().try_for_each(|(_, write)| write(conn))
        })
        .unwrap();
    let debt = stale_fields(&mut conn);
    assert!(
        debt.contains(&"Order.label") && !debt.contains(&"Order.total_cents"),
        "{debt:?}"
    );
    super::property::world::touch_everything(&mut conn).unwrap();
    assert_right(&mut conn);
}
