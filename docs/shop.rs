// What the guide's examples share: a shop, and a connection to an empty one.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! { customers (id) { id -> Integer, name -> Text, spent_cents -> BigInt } }
diesel::table! { orders (id) { id -> Integer, customer_id -> Integer, total_cents -> BigInt, label -> Text } }
diesel::table! { items (id) { id -> Integer, order_id -> Integer, price_cents -> BigInt } }

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = customers)]
struct Customer {
    id: i32,
    name: String,
    #[maintained]
    spent_cents: i64,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = orders, belongs_to(Customer))]
struct Order {
    id: i32,
    customer_id: i32,
    #[maintained]
    total_cents: i64,
    #[maintained]
    label: String,
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = items, belongs_to(Order))]
struct Item {
    id: i32,
    order_id: i32,
    price_cents: i64,
}

#[maintained::setters]
impl Customer {
    #[setter]
    fn spent_cents(orders: &[Order]) -> i64 {
        orders.iter().map(|order| order.total_cents).sum()
    }
}

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(items: &[Item]) -> i64 {
        items.iter().map(|item| item.price_cents).sum()
    }

    #[setter(label = "names")]
    fn label(&self, customer: &Customer) -> String {
        format!("{} #{}", customer.name, self.id)
    }
}

type Conn = MaintainedConnection<SqliteConnection>;

fn connect() -> Conn {
    let mut conn = Conn::establish(":memory:").expect("memory is there");
    conn.batch_execute(
        "PRAGMA foreign_keys = ON;
         CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, spent_cents BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
             total_cents BIGINT NOT NULL DEFAULT 0, label TEXT NOT NULL DEFAULT '');
         CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
             price_cents BIGINT NOT NULL);",
    )
    .expect("the tables are new");
    conn
}
