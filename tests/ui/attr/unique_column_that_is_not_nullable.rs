#![allow(unused)]

#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::Maintained;
use schema::customers;

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    #[maintained(unique)]
    name: String,
}

#[maintained::setters]
impl Customer {
    #[setter]
    fn name(&self) -> String {
        self.id.to_string()
    }
}

fn main() {}
