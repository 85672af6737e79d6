//! Rules on fields that are written wrongly.

use diesel::prelude::*;
use maintained::prelude::*;

#[path = "../schema.rs"]
mod schema;

use schema::{customers, items};

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    #[maintained(sum(price_cents))]
    name: String,
    #[maintained(sum(Item::price_cents), count(Item))]
    spent_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = items)]
struct Item {
    id: i32,
    #[maintained(average(Item::price_cents))]
    order_id: i32,
    #[maintained(expr = items::id, filter = Item::id)]
    price_cents: i64,
}

fn main() {}
