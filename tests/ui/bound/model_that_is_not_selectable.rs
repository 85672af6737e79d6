//! Diesel's derives are missing: both, one of them, and both of a view.
#![allow(unused)]

#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::prelude::*;
use schema::{addresses, customers, items};

#[derive(Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    name: String,
}

#[derive(Queryable, Maintained)]
#[diesel(table_name = addresses)]
struct Address {
    id: i32,
    city: String,
}

#[derive(Selectable, Maintained)]
#[diesel(table_name = items)]
struct Item {
    id: i32,
    price_cents: i64,
}

#[derive(View)]
#[diesel(table_name = items)]
#[maintained(view_of = Item)]
struct Price {
    price_cents: i64,
}

fn main() {}
