//! The models of the ui tests about setters: each test adds the setters of an order.

use diesel::prelude::*;
use maintained::prelude::*;

use super::schema::{addresses, customers, items, orders};

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = customers)]
pub struct Customer {
    pub id: i32,
    pub name: String,
    pub spent_cents: i64,
}

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = addresses)]
pub struct Address {
    pub id: i32,
    pub city: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = orders, belongs_to(Customer), belongs_to(Address))]
#[maintained(belongs_to(Address, foreign_key = billing_address_id))]
pub struct Order {
    pub id: i32,
    pub customer_id: i32,
    pub address_id: Option<i32>,
    pub billing_address_id: i32,
    pub note: String,
    #[maintained]
    pub total_cents: i64,
    #[maintained]
    pub label: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = items, belongs_to(Order))]
pub struct Item {
    pub id: i32,
    pub order_id: i32,
    pub price_cents: i64,
}
