//! Setters whose names are nearly those of fields.
#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

#[maintained::setters]
impl Order {
    #[setter]
    fn totl_cents(&self) -> i64 {
        0
    }

    #[setter(field = "lable")]
    fn name(&self) -> String {
        String::new()
    }
}

fn main() {}
