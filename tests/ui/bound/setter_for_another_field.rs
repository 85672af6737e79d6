//! A setter keeps a field that is marked: neither a plain one nor one that is not there.
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

    #[setter]
    fn note(&self) -> String {
        String::new()
    }

    #[setter(field = "colour")]
    fn paint(&self) -> String {
        String::new()
    }

    #[setter(fields(weight, customer_id))]
    fn both(&self) -> (i64, i32) {
        (0, 0)
    }
}

fn main() {}
