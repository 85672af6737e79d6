#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::{Item, Order};

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(items: &[Item]) -> i64 {
        items.iter().map(|item| item.price_cents).sum()
    }

    #[setter(field = "total_cents")]
    fn count(items: &[Item]) -> i64 {
        i64::try_from(items.len()).unwrap_or(i64::MAX)
    }

    #[setter(fields(total_cents, label))]
    fn both(&self) -> (i64, String) {
        (0, String::new())
    }
}

fn main() {}
