#![allow(unused)]

#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::Maintained;
use schema::{items, orders};

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = orders)]
struct Order {
    id: i32,
    note: String,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = items)]
#[maintained(belongs_to(Order, foreign_key = price_cents))]
struct Item {
    id: i32,
    price_cents: i64,
}

fn main() {}
