#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::View;
use models::{Customer, Order};
use schema::orders;

#[derive(View)]
struct Nothing {
    id: i32,
}

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = orders)]
#[maintained(view_of = Order, belongs_to(Customer))]
struct Total {
    #[maintained]
    total_cents: i64,
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
