//! What the examples of the documentation share: a shop, and connections to one.
//!
//! A customer's `spent_cents` sums its orders' `total_cents`, and these sum their items'
//! `price_cents`. An order's `label` is made of its customer's name.

use diesel::connection::SimpleConnection as _;
pub use diesel::prelude::*;
pub use maintained::prelude::*;

diesel::table! { customers (id) { id -> Integer, name -> Text, spent_cents -> BigInt } }
diesel::table! {
    orders (id) { id -> Integer, customer_id -> Integer, total_cents -> BigInt, label -> Text }
}
diesel::table! { items (id) { id -> Integer, order_id -> Integer, price_cents -> BigInt } }

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
pub struct Customer {
    pub id: i32,
    pub name: String,
    #[maintained]
    pub spent_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = orders, belongs_to(Customer))]
pub struct Order {
    pub id: i32,
    pub customer_id: i32,
    #[maintained]
    pub total_cents: i64,
    #[maintained]
    pub label: String,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = items, belongs_to(Order))]
pub struct Item {
    pub id: i32,
    pub order_id: i32,
    pub price_cents: i64,
}

#[maintained::setters]
impl Customer {
    #[setter]
    pub fn spent_cents(orders: &[Order]) -> i64 {
        orders.iter().map(|order| order.total_cents).sum()
    }
}

#[maintained::setters]
impl Order {
    #[setter]
    pub fn total_cents(items: &[Item]) -> i64 {
        items.iter().map(|item| item.price_cents).sum()
    }

    #[setter(label = "names")]
    pub fn label(&self, customer: &Customer) -> String {
        format!("{} #{}", customer.name, self.id)
    }
}

/// A connection of the examples.
pub type Conn = MaintainedConnection<SqliteConnection>;

/// A connection to an empty shop.
pub fn connect() -> Conn {
    let mut conn = Conn::establish(":memory:").expect("memory is there");
    conn.batch_execute(
        "PRAGMA foreign_keys = ON;
         CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
             spent_cents BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE orders (id INTEGER PRIMARY KEY,
             customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
             total_cents BIGINT NOT NULL DEFAULT 0, label TEXT NOT NULL DEFAULT '');
         CREATE TABLE items (id INTEGER PRIMARY KEY,
             order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
             price_cents BIGINT NOT NULL);",
    )
    .expect("the tables are new");
    conn
}

/// A connection to a shop where Ada has ordered one thing, for 450 cents.
pub fn open() -> Result<(Conn, Customer, Order, Item), maintained::Error> {
    let mut conn = connect();
    let ada = Customer::insert(&mut conn, customers::name.eq("Ada"))?;
    let order = Order::insert(&mut conn, orders::customer_id.eq(ada.id))?;
    let new = (items::order_id.eq(order.id), items::price_cents.eq(450));
    let item = Item::insert(&mut conn, new)?;
    Ok((conn, ada, order, item))
}
