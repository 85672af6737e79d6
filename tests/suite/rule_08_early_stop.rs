//! Early stop. Only a column whose value really changed, as the column stores it, wakes its readers, and only the
//! setters that read that column. A write that changes nothing causes no write at all.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::exact::exact;
use super::support::models::{
    Address, Category, Customer, Invoice, Item, ItemChange, Locker, Order, Parcel, Product,
    ProductTag, Region, Tag,
};
use super::support::schema::{
    addresses, categories, customers, invoices, items, lockers, orders, parcels, products, regions,
    tags,
};
use super::support::shop::{
    self, ADA, ADA_NEW, ADA_OLD, BEN_LINE, BEN_ONLY, BIO, BONN, FOOD, FRESH, INVOICE, KIEL, MILK,
    MILK_LINE, NORTH, PARCEL_BACK, SAW_LINE, TEA, ULM,
};
use super::support::spy::called;
use super::support::statements::{recorded, writes};

exact!(
    an_items_price_computes_its_amount_and_the_sums_above_and_nothing_else,
    |conn| Item::update(
        conn,
        MILK_LINE,
        ItemChange {
            quantity: None,
            price_cents: Some(9)
        }
    )
    .map(drop),
    [
        "Customer.spent_cents",
        "Item.amount_cents",
        "Order.totals",
        "Region.spent_cents"
    ],
    [
        "Customer 1, Item 1, Order 1, Region 1",
        "customers.spent_cents",
        "items.amount_cents",
        "orders.total_cents",
        "regions.spent_cents",
    ]
);

exact!(
    the_price_in_a_latest_order_reaches_what_is_read_along_the_maintained_key,
    |conn| Item::update(conn, SAW_LINE, items::price_cents.eq(9i64)).map(drop),
    [
        "Customer.latest_cents",
        "Customer.spent_cents",
        "Item.amount_cents",
        "Order.totals",
        "Region.spent_cents"
    ],
    [
        "Customer 2, Item 1, Order 1, Region 1",
        "customers.latest_cents",
        "customers.spent_cents",
        "items.amount_cents",
        "orders.total_cents",
        "regions.spent_cents",
    ]
);

exact!(
    the_same_amount_by_other_factors_stops_at_the_amount,
    |conn| Item::update(
        conn,
        SAW_LINE,
        ItemChange {
            quantity: Some(10),
            price_cents: Some(100)
        }
    )
    .map(drop),
    [
        "Category.subtree_sold",
        "Customer.basket",
        "Item.amount_cents",
        "Order.label",
        "Product.sold"
    ],
    [
        "Category 1, Customer 1, Item 1, Order 1, Product 1",
        "categories.subtree_sold",
        "customers.basket",
        "orders.label",
        "products.sold",
    ]
);

exact!(
    a_parents_name_reaches_the_setters_that_read_the_name,
    |conn| Customer::update(conn, ADA, customers::name.eq("Eve")).map(drop),
    ["Customer.title", "Order.label"],
    ["Customer 1, Order 2", "customers.title", "orders.label"]
);

exact!(
    an_optional_parents_name_reaches_its_children,
    |conn| Region::update(conn, NORTH.to_owned(), regions::name.eq("Nord")).map(drop),
    ["Customer.title"],
    ["Customer 2", "customers.title"]
);

exact!(
    the_one_childs_number_reaches_its_row,
    |conn| Invoice::update(conn, INVOICE, invoices::number.eq("R-2")).map(drop),
    ["Order.invoice"],
    ["Order 1", "orders.invoice"]
);

exact!(
    a_column_that_nobody_reads_wakes_nobody,
    |conn| Invoice::update(conn, INVOICE, invoices::due.eq(77)).map(drop),
    [],
    [""]
);

exact!(
    a_linked_rows_title_reaches_what_reads_through_the_links,
    |conn| Tag::update(conn, FRESH.to_owned(), tags::title.eq("new")).map(drop),
    [
        "Customer.basket",
        "Product.tag_list",
        "ProductTag.label",
        "Tag.products"
    ],
    [
        "Customer 2, Product 1, ProductTag 1, Tag 1",
        "customers.basket",
        "product_tags.label",
        "products.tag_list",
        "tags.products",
    ]
);

exact!(
    a_links_own_column_reaches_what_reads_the_link,
    |conn| {
        let mut link = shop::get::<ProductTag>(conn, (TEA, BIO.to_owned()));
        link.weight = 3;
        link.save(conn)
    },
    ["Customer.basket", "Product.tag_list"],
    [
        "Customer 1, Product 1",
        "customers.basket",
        "products.tag_list"
    ]
);

exact!(
    a_city_reaches_the_routes_over_both_foreign_keys,
    |conn| Address::update(conn, BONN, addresses::city.eq("Köln")).map(drop),
    ["Parcel.route"],
    ["Parcel 3", "parcels.route"]
);

exact!(
    a_rename_in_a_tree_goes_down_and_not_up,
    |conn| Category::update(conn, FOOD, categories::name.eq("fare")).map(drop),
    ["Category.path", "Customer.basket"],
    [
        "Category 2, Customer 2",
        "categories.path",
        "customers.basket"
    ]
);

exact!(
    sold_pieces_in_a_tree_go_up_and_not_down,
    |conn| Item::update(conn, BEN_LINE, items::quantity.eq(5)).map(drop),
    [
        "Category.subtree_sold",
        "Customer.basket",
        "Customer.latest_cents",
        "Customer.spent_cents",
        "Item.amount_cents",
        "Order.label",
        "Order.totals",
        "Product.sold",
        "Region.spent_cents",
    ],
    [
        "Category 2, Customer 3, Item 1, Order 2, Product 1, Region 1",
        "categories.subtree_sold",
        "customers.basket",
        "customers.latest_cents",
        "customers.spent_cents",
        "items.amount_cents",
        "orders.label",
        "orders.total_cents",
        "products.sold",
        "regions.spent_cents",
    ]
);

exact!(
    the_same_weight_by_other_parcels_does_not_wake_its_reader,
    |conn| shop::parcel(conn, BEN_ONLY, ULM, None, 4.0).map(drop),
    ["Address.sent", "Order.mean_weight", "Parcel.route"],
    [
        "Address 1, Order 1, Parcel 1",
        "addresses.sent",
        "parcels.route"
    ]
);

exact!(
    a_change_of_nothing_but_a_position_stays_in_its_row,
    |conn| Locker::update(conn, 1, lockers::position.eq(10)).map(drop),
    ["Locker.code"],
    ["Locker 1", "lockers.code"]
);

exact!(
    a_maintained_value_that_was_overwritten_is_computed_again,
    |conn| Order::update(conn, ADA_OLD, orders::total_cents.eq(1i64)).map(drop),
    ["Customer.spent_cents", "Order.totals"],
    ["Customer 1, Order 1", "orders.total_cents"]
);

exact!(
    a_column_that_changes_and_changes_back_changes_nothing,
    |conn| {
        Product::update(conn, MILK, products::name.eq("else"))?;
        Product::update(conn, MILK, products::name.eq("milk"))?;
        Parcel::update(conn, PARCEL_BACK, parcels::from_address_id.eq(ULM))?;
        Parcel::update(conn, PARCEL_BACK, parcels::from_address_id.eq(KIEL)).map(drop)
    },
    [
        "Address.sent",
        "Customer.basket",
        "Order.label",
        "Parcel.route",
        "ProductTag.label"
    ],
    ["Address 2, Customer 2, Order 2, Parcel 1, ProductTag 2"]
);

#[test]
fn a_write_that_changes_nothing_writes_nothing() {
    let mut conn = shop::open();
    let setters = called(|| {
        let (result, statements) = recorded(&mut conn, |conn| -> Outcome {
            shop::get::<Order>(conn, ADA_NEW).save(conn)?;
            let mut items = [
                shop::get::<Item>(conn, MILK_LINE),
                shop::get::<Item>(conn, BEN_LINE),
            ];
            Item::save_many(conn, &mut items)?;
            shop::get::<ProductTag>(conn, (TEA, BIO.to_owned())).save(conn)?;
            Ok(())
        });
        result.unwrap();
        assert_eq!(writes(&statements), [""; 0]);
    });
    assert_eq!(setters, [""; 0]);
}

#[test]
fn touching_rows_that_are_right_computes_and_writes_nothing_that_differs() {
    let mut conn = shop::open();
    let before = super::support::oracle::rows(&mut conn).text();
    conn.buffer_autoupdates(super::property::world::touch_everything)
        .unwrap();
    let report = conn.last_flush().unwrap();
    assert!(report.computed() > 20, "all was computed: {report:?}");
    assert_eq!(report.changed(), 0, "{report:?}");
    assert_eq!(super::support::oracle::rows(&mut conn).text(), before);
}

/// Not a number equals itself, also where the database stores it as null.
#[test]
fn not_a_number_is_no_change_where_the_column_held_it_already() {
    let mut conn = shop::open();
    shop::parcel(&mut conn, ADA_NEW, BONN, None, 0.0).unwrap();
    let setters = called(|| {
        conn.buffer_autoupdates(|conn| shop::parcel(conn, ADA_NEW, BONN, None, 0.0).map(drop))
            .unwrap();
    });
    assert!(setters.contains(&"Order.mean_weight"), "{setters:?}");
    assert!(!setters.contains(&"Order.weight_note"), "{setters:?}");
}
