//! Rules that follow no foreign key, or read no model.
#![allow(unused)]

#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::prelude::*;
use schema::{customers, items, orders};

#[derive(Queryable, Selectable)]
#[diesel(table_name = items)]
struct NoModel {
    id: i32,
    price_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    name: String,
    #[maintained(sum(Item::price_cents, via(items::price_cents)))]
    spent_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = items)]
struct Item {
    id: i32,
    order_id: i32,
    #[maintained(copy(Order::total_cents, via(orders::note)))]
    price_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = orders)]
struct Order {
    id: i32,
    note: String,
    #[maintained(sum(NoModel::price_cents))]
    total_cents: i64,
}

fn main() {}
