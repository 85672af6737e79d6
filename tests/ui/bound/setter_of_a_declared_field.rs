//! A setter for a field that has a rule.

use diesel::prelude::*;
use maintained::prelude::*;

#[path = "../schema.rs"]
mod schema;

use schema::customers;

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    #[maintained]
    name: String,
    #[maintained(expr = customers::spent_cents + customers::spent_cents)]
    spent_cents: i64,
}

#[maintained::setters]
impl Customer {
    #[setter]
    fn name(&self) -> String {
        self.id.to_string()
    }

    #[setter]
    fn spent_cents(&self) -> i64 {
        0
    }
}

fn main() {}
