//! A view holds columns that its model has.
#![allow(unused)]

#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::{Maintained, View};
use schema::customers;

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    name: String,
}

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = customers)]
#[maintained(view_of = Customer)]
struct Spending {
    name: String,
    spent_cents: i64,
}

fn main() {}
