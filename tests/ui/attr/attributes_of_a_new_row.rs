#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::New;
use models::{Customer, Item, Order};
use schema::{items, orders};

#[derive(Insertable, New)]
#[diesel(table_name = items)]
struct NoModel {
    order_id: i32,
}

#[derive(Insertable, New)]
#[diesel(table_name = orders)]
#[maintained(new_of = Order, belongs_to(Customer))]
struct Marked {
    customer_id: i32,
    #[maintained]
    note: String,
}

#[derive(New)]
#[diesel(table_name = items)]
#[maintained(new_of = Item)]
struct Generic<T> {
    order_id: T,
}

#[derive(Insertable, New)]
#[diesel(table_name = orders)]
#[maintained(new_of)]
struct Unfinished {
    customer_id: i32,
}

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

fn main() {}
