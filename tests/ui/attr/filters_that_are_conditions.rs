//! A filter is a column: conditions as somebody writes them who takes it for an expression.

use diesel::prelude::*;
use maintained::prelude::*;

#[path = "../schema.rs"]
mod schema;

use schema::customers;

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    #[maintained(count(Item), filter = items::is_open.eq(true))]
    id: i32,
    #[maintained(count(Item, filter = !Item::is_open))]
    name: String,
    #[maintained(sum(Item::price_cents, filter = Item::is_open == false))]
    spent_cents: i64,
}

fn main() {}
