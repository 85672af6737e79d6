#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::{Address, Item, Order};
use schema::orders;

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(items: &[Item]) -> i64 {
        items.iter().map(|item| item.price_cents).sum()
    }

    #[setter]
    fn label(#[via(orders::customer_id)] address: &Address) -> String {
        address.city.clone()
    }
}

fn main() {}
