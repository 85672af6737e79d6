//! A maintained field is computed, not inserted.
#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::New;
use models::Order;
use schema::orders;

#[derive(Insertable, New)]
#[diesel(table_name = orders)]
#[maintained(new_of = Order)]
struct NewOrder<'a> {
    customer_id: i32,
    #[diesel(column_name = label)]
    text: &'a str,
    total_cents: Option<i64>,
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
