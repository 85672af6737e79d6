#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use diesel::prelude::*;
use diesel::sql_types::Integer;
use maintained::New;
use maintained::prelude::*;
use models::{Customer, Item, Order};
use schema::{customers, items, orders};

type Conn = MaintainedConnection<SqliteConnection>;

#[derive(Insertable, New)]
#[diesel(table_name = items)]
#[maintained(new_of = Order)]
struct OfAnotherTable {
    order_id: i32,
}

#[derive(Insertable)]
#[diesel(table_name = items)]
struct OnlyInsertable {
    order_id: i32,
}

#[derive(New)]
#[diesel(table_name = items)]
#[maintained(new_of = Item)]
struct OfAnotherType {
    order_id: i64,
}

#[derive(Insertable, New)]
#[diesel(table_name = items)]
#[maintained(new_of = Item)]
struct NewItem {
    order_id: i32,
}

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(&self) -> i64 {
        0
    }

    #[setter]
    fn label(&self) -> String {
        String::new()
    }
}

fn main() -> Result<(), maintained::Error> {
    let mut conn = Conn::establish(":memory:").unwrap();
    Item::add(&mut conn, &OnlyInsertable { order_id: 1 })?;
    Customer::add(&mut conn, &NewItem { order_id: 1 })
}
