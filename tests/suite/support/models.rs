//! The models of the shop.

use diesel::prelude::*;
use maintained::prelude::*;

use super::schema::{
    addresses, categories, customers, invoices, items, lockers, orders, parcels, product_tags,
    products, regions, tags,
};

/// A model with a key that is a text.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Maintained)]
#[diesel(table_name = regions, primary_key(code))]
pub struct Region {
    pub code: String,
    pub name: String,
    #[maintained]
    pub spent_cents: i64,
    #[maintained]
    pub customer_count: i64,
}

/// Its region may be missing; its latest order is a foreign key that is itself maintained.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = customers, belongs_to(Region, foreign_key = region_code))]
#[maintained(belongs_to(Order, foreign_key = latest_order_id))]
pub struct Customer {
    pub id: i32,
    pub name: String,
    pub region_code: Option<String>,
    #[maintained]
    pub title: String,
    #[maintained]
    pub spent_cents: i64,
    #[maintained]
    pub latest_order_id: Option<i32>,
    #[maintained]
    pub latest_cents: Option<i64>,
    #[maintained]
    pub basket: String,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = orders, belongs_to(Customer))]
pub struct Order {
    pub id: i32,
    pub customer_id: i32,
    pub note: String,
    pub placed: i32,
    #[maintained]
    pub total_cents: i64,
    #[maintained]
    pub item_count: i64,
    #[maintained]
    pub label: String,
    #[maintained]
    pub invoice: Option<String>,
    #[maintained]
    pub mean_weight: Option<f64>,
    #[maintained]
    pub weight_note: String,
    #[maintained]
    pub is_latest: bool,
}

/// At most one for each order.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = invoices, belongs_to(Order))]
pub struct Invoice {
    pub id: i32,
    pub order_id: i32,
    pub number: String,
    pub due: i32,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = items, belongs_to(Order), belongs_to(Product))]
pub struct Item {
    pub id: i32,
    pub order_id: i32,
    pub product_id: i32,
    pub quantity: i32,
    pub price_cents: i64,
    #[maintained]
    pub amount_cents: i64,
}

/// A tree: the path goes down it, the number of sold pieces goes up.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = categories)]
#[maintained(belongs_to(Category, foreign_key = parent_id))]
pub struct Category {
    pub id: i32,
    pub parent_id: Option<i32>,
    pub name: String,
    #[maintained]
    pub path: String,
    #[maintained]
    pub subtree_sold: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = products, belongs_to(Category))]
pub struct Product {
    pub id: i32,
    pub category_id: i32,
    pub name: String,
    #[maintained]
    pub sold: i64,
    #[maintained]
    pub tag_list: String,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, Maintained)]
#[diesel(table_name = tags, primary_key(code))]
pub struct Tag {
    pub code: String,
    pub title: String,
    #[maintained]
    pub products: String,
}

/// A link with a key of two columns, and a maintained field of its own.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(
    table_name = product_tags,
    primary_key(product_id, tag_code),
    belongs_to(Product),
    belongs_to(Tag, foreign_key = tag_code)
)]
pub struct ProductTag {
    pub product_id: i32,
    pub tag_code: String,
    pub weight: i32,
    #[maintained]
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = addresses)]
pub struct Address {
    pub id: i32,
    pub city: String,
    #[maintained]
    pub sent: i64,
    #[maintained]
    pub received: i64,
}

/// Two foreign keys to one table: the first restricts, the second may be null.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = parcels, belongs_to(Order), belongs_to(Address, foreign_key = from_address_id))]
#[maintained(belongs_to(Address, foreign_key = to_address_id))]
pub struct Parcel {
    pub id: i32,
    pub order_id: i32,
    pub from_address_id: i32,
    pub to_address_id: Option<i32>,
    pub weight: f64,
    #[maintained]
    pub route: String,
}

/// Its code is unique in the database.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = lockers, belongs_to(Address))]
pub struct Locker {
    pub id: i32,
    pub address_id: i32,
    pub position: i32,
    #[maintained(unique)]
    pub code: Option<String>,
}

#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = items)]
pub struct ItemChange {
    pub quantity: Option<i32>,
    pub price_cents: Option<i64>,
}
