// What the README's declarations stand on: the tables, and the models beside theirs.

use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! { customers (id) { id -> Integer, name -> Text } }
diesel::table! {
    orders (id) { id -> Integer, customer_id -> Integer, total_cents -> BigInt, label -> Text }
}
diesel::table! { items (id) { id -> Integer, order_id -> Integer, price_cents -> BigInt } }

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    name: String,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = items, belongs_to(Order))]
struct Item {
    id: i32,
    order_id: i32,
    price_cents: i64,
}
