#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

#[maintained::setters]
impl Order {
    #[setter(fields(total_cents, label))]
    fn both(&self) -> (String, i64) {
        (String::new(), 0)
    }
}

fn main() {}
