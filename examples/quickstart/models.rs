//! The tables, models and setters of the examples `quickstart` and `quickstart_async`.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! { customers (id) { id -> Integer, name -> Text, spent_cents -> BigInt } }
    diesel::table! { products (id) { id -> Integer, name -> Text } }
    diesel::table! {
        orders (id) { id -> Integer, customer_id -> Integer, note -> Text, total_cents -> BigInt, label -> Text }
    }
    diesel::table! {
        items (id) {
            id -> Integer, order_id -> Integer, product_id -> Integer, quantity -> Integer, price_cents -> BigInt
        }
    }
}
use schema::{customers, items, orders, products};

// One model a table. The library computes the columns that are marked `#[maintained]`.

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = customers)]
pub(crate) struct Customer {
    pub(crate) id: i32,
    pub(crate) name: String,
    #[maintained]
    pub(crate) spent_cents: i64,
}

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = products)]
pub(crate) struct Product {
    pub(crate) id: i32,
    pub(crate) name: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = orders, belongs_to(Customer))]
pub(crate) struct Order {
    pub(crate) id: i32,
    pub(crate) customer_id: i32,
    pub(crate) note: String,
    #[maintained]
    pub(crate) total_cents: i64,
    #[maintained]
    pub(crate) label: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = items, belongs_to(Order), belongs_to(Product))]
pub(crate) struct Item {
    pub(crate) id: i32,
    pub(crate) order_id: i32,
    pub(crate) product_id: i32,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}

/// What a customer's total needs of an order: a change to any other column of an order wakes nobody.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = orders)]
#[maintained(view_of = Order)]
pub(crate) struct OrderTotal {
    pub(crate) total_cents: i64,
}

/// What an order's label needs of a product.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = products)]
#[maintained(view_of = Product)]
pub(crate) struct ProductName {
    pub(crate) name: String,
}

// A setter is a plain function. Its parameters say what it depends on: it cannot read anything else.

#[maintained::setters]
impl Customer {
    #[setter]
    fn spent_cents(orders: &[OrderTotal]) -> i64 {
        orders.iter().map(|order| order.total_cents).sum()
    }
}

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(items: &[Item]) -> i64 {
        items
            .iter()
            .map(|item| i64::from(item.quantity) * item.price_cents)
            .sum()
    }

    #[setter(label = "names")]
    fn label(&self, customer: &Customer, lines: &[(&Item, &ProductName)]) -> String {
        let names: Vec<_> = lines
            .iter()
            .map(|(_, product)| product.name.as_str())
            .collect();
        format!("{} #{}: {}", customer.name, self.id, names.join(", "))
    }
}

#[derive(Insertable)]
#[diesel(table_name = items)]
pub(crate) struct NewItem {
    pub(crate) order_id: i32,
    pub(crate) product_id: i32,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}

pub(crate) const CREATE_TABLES: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, spent_cents BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE products (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
    CREATE TABLE orders (id INTEGER PRIMARY KEY NOT NULL, customer_id INTEGER NOT NULL REFERENCES customers (id),
        note TEXT NOT NULL DEFAULT '', total_cents BIGINT NOT NULL DEFAULT 0, label TEXT NOT NULL DEFAULT '');
    CREATE TABLE items (id INTEGER PRIMARY KEY NOT NULL, order_id INTEGER NOT NULL REFERENCES orders (id),
        product_id INTEGER NOT NULL REFERENCES products (id), quantity INTEGER NOT NULL, price_cents BIGINT NOT NULL);
";

pub(crate) fn item(order: &Order, product: &Product, quantity: i32, price_cents: i64) -> NewItem {
    NewItem {
        order_id: order.id,
        product_id: product.id,
        quantity,
        price_cents,
    }
}
