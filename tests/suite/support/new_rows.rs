//! Rows to add: structs that say which rows the new one names.

use std::borrow::Cow;

use diesel::prelude::*;
use maintained::New;

use super::models::{
    Category, Customer, Invoice, Item, Locker, Order, Parcel, ProductTag, Region, Tag,
};
use super::schema::{
    categories, customers, invoices, items, lockers, orders, parcels, product_tags, regions, tags,
};

/// Says its own key, borrowed.
#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = regions)]
#[maintained(new_of = Region)]
pub struct AddedRegion<'a> {
    pub code: &'a str,
    pub name: &'a str,
}

/// A region that is none is left to the column's default.
#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = customers)]
#[maintained(new_of = Customer)]
pub struct NewCustomer<'a> {
    pub name: &'a str,
    pub region_code: Option<&'a str>,
}

/// Its key is given by the database.
#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = orders)]
#[maintained(new_of = Order)]
pub struct NewOrder {
    pub customer_id: i32,
    pub note: String,
    pub placed: i32,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = items)]
#[maintained(new_of = Item)]
pub struct NewItem {
    pub order_id: i32,
    pub product_id: i32,
    pub quantity: i32,
    pub price_cents: i64,
}

/// No setter of its own model is due for it, so that nothing is read back.
#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = invoices)]
#[maintained(new_of = Invoice)]
pub struct AddedInvoice<'a> {
    pub order_id: i32,
    pub number: &'a str,
    pub due: Option<i32>,
}

/// A parent that is none is null.
#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = categories, treat_none_as_default_value = false)]
#[maintained(new_of = Category)]
pub struct AddedCategory<'a> {
    pub parent_id: Option<i32>,
    pub name: Cow<'a, str>,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = tags)]
#[maintained(new_of = Tag)]
pub struct AddedTag<'a> {
    pub code: Cow<'a, str>,
    #[diesel(column_name = title)]
    pub name: String,
}

/// Its key is made of two foreign keys.
#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = product_tags)]
#[maintained(new_of = ProductTag)]
pub struct AddedLink<'a> {
    pub product_id: i32,
    pub tag_code: &'a str,
    pub weight: Option<i32>,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = parcels)]
#[maintained(new_of = Parcel)]
pub struct NewParcel {
    pub order_id: i32,
    pub from_address_id: i32,
    pub to_address_id: Option<i32>,
    pub weight: f64,
}

/// Says its own key, or leaves it to the database.
#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = lockers)]
#[maintained(new_of = Locker)]
pub struct AddedLocker {
    pub id: Option<i32>,
    pub address_id: i32,
    pub position: i32,
}
