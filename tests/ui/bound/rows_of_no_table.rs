#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

struct Unknown {
    name: String,
}

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(amounts: &[i64]) -> i64 {
        amounts.iter().sum()
    }

    #[setter]
    fn label(unknown: &Unknown) -> String {
        unknown.name.clone()
    }
}

fn main() {}
