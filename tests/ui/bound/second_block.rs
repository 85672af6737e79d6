#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(&self) -> i64 {
        0
    }

    #[setter]
    fn label(&self) -> String {
        String::new()
    }
}

#[maintained::setters]
impl Order {
    #[setter(field = "label")]
    fn other(&self) -> String {
        String::new()
    }
}

fn main() {}
