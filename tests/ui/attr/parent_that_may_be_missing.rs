#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::{Address, Customer, Item, Order};

#[maintained::setters]
impl Order {
    #[setter]
    fn label(customer: &Customer, address: &Address) -> String {
        format!("{} {}", customer.name, address.city)
    }

    #[setter]
    fn total_cents(items: &[(&Item, (&Order, &Address))]) -> i64 {
        items.iter().map(|(item, _)| item.price_cents).sum()
    }
}

fn main() {}
