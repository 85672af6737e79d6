//! A filter is a column. Conditions are what one writes first.

use diesel::prelude::*;
use maintained::prelude::*;

#[path = "../schema.rs"]
mod schema;

use schema::{customers, items};

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    #[maintained(count(Item, filter = items::price_cents.gt(0)))]
    name: String,
    #[maintained(sum(Item::price_cents), filter = Item::price_cents > 0)]
    spent_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = items)]
struct Item {
    id: i32,
    #[maintained(count(Item), filter = !Item::returned)]
    order_id: i32,
    #[maintained(count(Item), filter = "returned = 0")]
    price_cents: i64,
}

fn main() {}
