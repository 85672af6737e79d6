//! A setter whose block nobody has marked.

use diesel::prelude::*;
use maintained::prelude::*;

#[path = "../schema.rs"]
mod schema;

use schema::{customers, orders};

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    #[maintained]
    spent_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = orders, belongs_to(Customer))]
struct Order {
    id: i32,
    customer_id: i32,
    total_cents: i64,
}

impl Customer {
    #[setter]
    fn spent_cents(#[via(orders::customer_id)] orders: &[Order]) -> i64 {
        orders.iter().map(|order| order.total_cents).sum()
    }
}

fn main() {}
