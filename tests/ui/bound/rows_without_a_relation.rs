//! An order has no foreign key to its items, a customer none to its orders, and an item none to a customer.
#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::{Customer, Item, Order};

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(item: &Item) -> i64 {
        item.price_cents
    }

    #[setter]
    fn label(customers: &[Customer], items: &[(&Item, &Customer)]) -> String {
        customers.iter().map(|customer| customer.name.as_str()).collect()
    }
}

fn main() {}
