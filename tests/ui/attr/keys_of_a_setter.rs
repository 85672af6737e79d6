#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

#[maintained::setters]
impl Order {
    #[setter(label = "", colour = "red")]
    fn total_cents(&self) -> i64 {
        0
    }

    #[setter(labels("names", " "))]
    fn label(&self) -> String {
        String::new()
    }

    #[setter(colour = "red")]
    fn a(&self) -> i64 {
        0
    }

    #[setter(field = "no field")]
    fn b(&self) -> i64 {
        0
    }

    #[setter(fields(total_cents))]
    fn c(&self) -> i64 {
        0
    }

    #[setter(field = "total_cents", fields(total_cents, label))]
    fn d(&self) -> i64 {
        0
    }

    #[setter = "total_cents"]
    fn e(&self) -> i64 {
        0
    }

    #[setter(field = total_cents)]
    fn f(&self) -> i64 {
        0
    }
}

fn main() {}
