//! Both sides, and nobody else: what comes, goes or moves computes what read it, before or after, and nothing more.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::exact::exact;
use super::support::models::{Address, Customer, Invoice, Item, Order, Parcel};
use super::support::schema::{customers, items, orders, parcels};
use super::support::shop::{
    self, ADA_OLD, BEN, BEN_ONLY, CAT, FRESH, INVOICE, MILK_LINE, PARCEL, SAW_LINE, SOUTH, TEA,
    TOOLS, ULM,
};

exact!(
    a_new_link_reaches_what_reads_through_it_on_both_sides,
    |conn| shop::link(conn, TEA, FRESH, 0).map(drop),
    [
        "Customer.basket",
        "Product.tag_list",
        "ProductTag.label",
        "Tag.products"
    ],
    [
        "Customer 1, Product 1, ProductTag 1, Tag 1",
        "customers.basket",
        "product_tags.label",
        "products.tag_list",
        "tags.products",
    ]
);

exact!(
    the_second_foreign_key_moves_alone,
    |conn| Parcel::update(conn, PARCEL, parcels::to_address_id.eq(Some(ULM))).map(drop),
    ["Address.received", "Parcel.route"],
    ["Address 2, Parcel 1", "addresses.received", "parcels.route"]
);

exact!(
    a_row_with_nothing_sold_moves_in_a_tree_without_changing_a_sum,
    |conn| shop::category(conn, "empty", Some(TOOLS)).map(drop),
    ["Category.path", "Category.subtree_sold"],
    ["Category 3", "categories.path"]
);

exact!(
    a_later_order_moves_the_maintained_key_and_wakes_along_it,
    |conn| shop::order(conn, BEN, 9).map(drop),
    [
        "Customer.basket",
        "Customer.latest_cents",
        "Customer.latest_order_id",
        "Customer.spent_cents",
        "Order.invoice",
        "Order.is_latest",
        "Order.label",
        "Order.mean_weight",
        "Order.totals",
        "Order.weight_note",
    ],
    [
        "Customer 4, Order 7",
        "customers.basket",
        "customers.latest_cents",
        "customers.latest_order_id",
        "orders.is_latest",
        "orders.label",
        "orders.weight_note",
    ]
);

exact!(
    an_earlier_order_does_not_move_the_maintained_key,
    |conn| Order::update(conn, ADA_OLD, orders::placed.eq(0)).map(drop),
    ["Customer.latest_order_id"],
    ["Customer 1"]
);

exact!(
    the_region_of_a_customer_moves_both_sums_and_the_title,
    |conn| Customer::update(conn, BEN, customers::region_code.eq(Some(SOUTH))).map(drop),
    [
        "Customer.title",
        "Region.customer_count",
        "Region.spent_cents"
    ],
    [
        "Customer 1, Region 4",
        "customers.title",
        "regions.customer_count",
        "regions.spent_cents"
    ]
);

exact!(
    a_customer_who_spent_nothing_moves_without_changing_sums,
    |conn| Customer::update(conn, CAT, customers::region_code.eq(Some(SOUTH))).map(drop),
    [
        "Customer.title",
        "Region.customer_count",
        "Region.spent_cents"
    ],
    [
        "Customer 1, Region 2",
        "customers.title",
        "regions.customer_count"
    ]
);

exact!(
    a_deleted_item_reaches_what_read_it_and_nothing_else,
    |conn| shop::get::<Item>(conn, SAW_LINE).delete(conn),
    [
        "Category.subtree_sold",
        "Customer.basket",
        "Customer.latest_cents",
        "Customer.spent_cents",
        "Order.label",
        "Order.totals",
        "Product.sold",
        "Region.spent_cents"
    ],
    [
        "Category 1, Customer 3, Order 2, Product 1, Region 1",
        "categories.subtree_sold",
        "customers.basket",
        "customers.latest_cents",
        "customers.spent_cents",
        "orders.item_count",
        "orders.label",
        "orders.total_cents",
        "products.sold",
        "regions.spent_cents"
    ]
);

exact!(
    an_item_that_moves_reaches_the_readers_on_both_sides,
    |conn| Item::update(conn, MILK_LINE, items::order_id.eq(BEN_ONLY)).map(drop),
    [
        "Customer.basket",
        "Customer.latest_cents",
        "Customer.spent_cents",
        "Order.label",
        "Order.totals",
        "Region.spent_cents"
    ],
    [
        "Customer 5, Order 4, Region 1",
        "customers.basket",
        "customers.latest_cents",
        "customers.spent_cents",
        "orders.item_count",
        "orders.label",
        "orders.total_cents"
    ]
);

exact!(
    a_deleted_invoice_reaches_its_order,
    |conn| shop::get::<Invoice>(conn, INVOICE).delete(conn),
    ["Order.invoice"],
    ["Order 1", "orders.invoice"]
);

exact!(
    an_order_that_cascades_reaches_the_readers_of_what_hung_on_it,
    |conn| shop::get::<Order>(conn, ADA_OLD).delete(conn),
    [
        "Address.received",
        "Address.sent",
        "Category.subtree_sold",
        "Customer.basket",
        "Customer.latest_order_id",
        "Customer.spent_cents",
        "Product.sold",
        "Region.spent_cents"
    ],
    [
        "Address 2, Category 3, Customer 3, Product 2, Region 1",
        "addresses.received",
        "addresses.sent",
        "categories.subtree_sold",
        "customers.basket",
        "customers.spent_cents",
        "products.sold",
        "regions.spent_cents"
    ]
);

exact!(
    a_key_that_is_nulled_reaches_its_readers,
    |conn| {
        Parcel::update(conn, PARCEL, parcels::to_address_id.eq(Some(ULM)))?;
        conn.flush_autoupdates()?;
        super::support::spy::forget();
        shop::get::<Address>(conn, ULM).delete(conn)
    },
    ["Parcel.route"],
    ["Parcel 1", "parcels.route"]
);
