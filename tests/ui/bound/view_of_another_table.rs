#![allow(unused)]

#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::{Maintained, View};
use schema::{addresses, customers};

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    name: String,
}

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = addresses)]
#[maintained(view_of = Customer)]
struct AddressId {
    id: i32,
}

struct NoModel;

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = addresses)]
#[maintained(view_of = NoModel)]
struct City {
    city: String,
}

fn main() {}
