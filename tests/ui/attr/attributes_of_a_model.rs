#![allow(unused)]

#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use maintained::Maintained;
use schema::{customers, orders};

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    name: String,
    spent_cents: i64,
}

#[derive(Maintained)]
#[diesel(table_name = orders, primary_key(id, number), belongs_to(Customer), belongs_to(Shop))]
#[maintained(belongs_to(Customer, foreign_key = customer_id), colour = "red")]
struct Order {
    #[maintained]
    id: i32,
    customer_id: i32,
    #[maintained(once)]
    note: String,
    #[maintained = "yes"]
    total_cents: i64,
    #[diesel(embed)]
    inner: Customer,
    #[diesel(select_expression = 1.into_sql())]
    one: i32,
}

impl Selectable<diesel::sqlite::Sqlite> for Order {
    type SelectExpression = orders::id;

    fn construct_selection() -> Self::SelectExpression {
        orders::id
    }
}

impl Queryable<diesel::sql_types::Integer, diesel::sqlite::Sqlite> for Order {
    type Row = i32;

    fn build(_: i32) -> diesel::deserialize::Result<Self> {
        unimplemented!()
    }
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = orders)]
#[maintained(view_of = Order)]
#[maintained]
struct OrderTotal {
    id: i32,
}

fn main() {}
