#![allow(unused)]

#[path = "../schema.rs"]
mod schema;

use maintained::Maintained;
use schema::customers;

#[derive(Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    name: String,
}

fn main() {}
