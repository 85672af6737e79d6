//! A `via` that names no foreign key is reported once, and not followed by what does not hold without it.
#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::{Address, Item, Order};
use schema::{items, orders};

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(#[via(items::price_cents)] items: &[Item]) -> i64 {
        items.iter().map(|item| item.price_cents).sum()
    }

    #[setter]
    fn label(#[via(orders::nothing)] address: &Address) -> String {
        address.city.clone()
    }
}

fn main() {}
