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
struct CustomerName {
    name: String,
}

#[maintained::setters]
impl CustomerName {
    #[setter]
    fn name(&self) -> String {
        self.name.clone()
    }
}

fn main() {}
