//! Keys that are misspelled, or stand in the wrong place.
#![allow(unused)]

use diesel::prelude::*;
use maintained::MaintainedConnection;
use maintained::prelude::*;

#[path = "../schema.rs"]
mod schema;

use schema::{customers, items, orders};

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
#[maintained(belong_to(Order))]
struct Customer {
    id: i32,
    #[maintained(expr = customers::id.concat("x"), lable = "x")]
    name: String,
    #[maintained(sum(Item::price_cents, filtr = Item::price_cents))]
    spent_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = orders)]
#[maintained(belongs_to(Address, foriegn_key = billing_address_id))]
struct Order {
    id: i32,
    customer_id: i32,
    #[maintained(count(Item), lable = "x")]
    address_id: Option<i32>,
    #[maintained(copy(Customer::name), filters = Customer::name)]
    billing_address_id: i32,
    #[maintained(uniqe)]
    note: String,
    #[maintained(cuont(Item))]
    total_cents: i64,
    #[maintained(lables("x"), count(Item))]
    label: String,
}

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = items)]
#[maintained(veiw_of = Item)]
struct Price {
    price_cents: i64,
}

#[derive(Insertable, New)]
#[diesel(table_name = items)]
#[maintained(now_of = Item)]
struct NewItem {
    price_cents: i64,
}

#[maintained::setters(check_for_backends(diesel::sqlite::Sqlite))]
impl Order {
    #[setter(feild = "total_cents")]
    fn total(&self) -> i64 {
        0
    }

    #[setter(lables("money"))]
    fn label(&self) -> String {
        String::new()
    }
}

#[maintained::buffer_autoupdates(retry = 3)]
fn load(conn: &mut MaintainedConnection<SqliteConnection>) -> Result<(), maintained::Error> {
    Ok(())
}

#[maintained::disable_autoupdates(exept("names"))]
fn load_more(conn: &mut MaintainedConnection<SqliteConnection>) -> Result<(), maintained::Error> {
    Ok(())
}

fn main() {}
