//! Expressions whose columns nobody could see.
#![allow(unused)]

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use maintained::prelude::*;

#[path = "../schema.rs"]
mod schema;

use schema::orders;
use schema::orders::dsl::*;

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = orders)]
struct Order {
    id: i32,
    #[maintained(expr = sql::<Text>("upper(label)"))]
    note: String,
    #[maintained(expr = note)]
    label: String,
    #[maintained(expr = count_star())]
    total_cents: i64,
    #[maintained(expr = orders::colour + orders::id)]
    customer_id: i32,
    #[maintained(expr = { let address_id = 5; orders::id + address_id })]
    address_id: Option<i32>,
    #[maintained(expr = orders::table.select(orders::id).single_value())]
    billing_address_id: i32,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = schema::customers)]
struct Customer {
    id: i32,
    #[maintained(expr = sql::<Text>("lower(").bind::<Text, _>("name").sql(") || Spent_Cents"))]
    name: String,
    #[maintained(expr = diesel::dsl::count(schema::customers::star))]
    spent_cents: i64,
}

fn main() {}
