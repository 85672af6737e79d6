//! Rules as somebody writes them who has not read how.

use diesel::prelude::*;
use maintained::prelude::*;

#[path = "../schema.rs"]
mod schema;

use schema::{addresses, customers, items, orders};

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    #[maintained("copy(Item::name)")]
    name: String,
    #[maintained(sum = "Item::price_cents")]
    spent_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = items)]
struct Item {
    id: i32,
    #[maintained(count(items))]
    order_id: i32,
    #[maintained(sum(items::price_cents))]
    price_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = orders)]
struct Order {
    id: i32,
    #[maintained(!exists(Item))]
    customer_id: i32,
    #[maintained(not_exists(Item))]
    total_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = addresses)]
struct Address {
    id: i32,
    #[maintained(sum)]
    city: String,
}

fn main() {}
