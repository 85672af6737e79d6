//! The tables, models and setters of the examples `server` and `server_threads`.

use diesel::prelude::*;
use maintained::prelude::*;
use serde::Serialize;

pub(crate) mod schema {
    diesel::table! {
        customers (id) {
            id -> Integer, name -> Text, updated_by -> Text,
            orders -> BigInt, spent_cents -> BigInt,
        }
    }
    diesel::table! {
        orders (id) {
            id -> Integer, customer_id -> Integer, note -> Text, updated_by -> Text,
            items -> BigInt, total_cents -> BigInt, label -> Text,
        }
    }
    diesel::table! {
        items (id) {
            id -> Integer, order_id -> Integer, product -> Text, quantity -> Integer,
            price_cents -> BigInt, updated_by -> Text, updated_mode -> Text,
        }
    }
    diesel::allow_tables_to_appear_in_same_query!(customers, orders, items);
}
use schema::{customers, items, orders};

#[derive(Debug, Clone, Serialize, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = customers)]
pub(crate) struct Customer {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) updated_by: String,
    #[maintained(count(Order))]
    pub(crate) orders: i64,
    #[maintained(sum(Order::total_cents))]
    pub(crate) spent_cents: i64,
}

#[derive(
    Debug, Clone, Serialize, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = orders, belongs_to(Customer))]
pub(crate) struct Order {
    pub(crate) id: i32,
    pub(crate) customer_id: i32,
    pub(crate) note: String,
    pub(crate) updated_by: String,
    #[maintained(count(Item))]
    pub(crate) items: i64,
    #[maintained]
    pub(crate) total_cents: i64,
    #[maintained]
    pub(crate) label: String,
}

#[derive(
    Debug, Clone, Serialize, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = items, belongs_to(Order))]
pub(crate) struct Item {
    pub(crate) id: i32,
    pub(crate) order_id: i32,
    pub(crate) product: String,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
    /// The user in whose request the row was written.
    pub(crate) updated_by: String,
    /// The mode in which it was written.
    pub(crate) updated_mode: String,
}

/// What a label needs of a customer.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = customers)]
#[maintained(view_of = Customer)]
pub(crate) struct CustomerName {
    pub(crate) name: String,
}

/// What a total needs of an item.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = items)]
#[maintained(view_of = Item)]
pub(crate) struct ItemPrice {
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}

/// A total has no place in its column.
#[derive(Debug, thiserror::Error)]
#[error("the total of the order is too large")]
pub(crate) struct TooLarge;

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(items: &[ItemPrice]) -> Result<i64, TooLarge> {
        let mut total = 0_i64;
        for item in items {
            let cents = i64::from(item.quantity).checked_mul(item.price_cents);
            let sum = cents.and_then(|cents| total.checked_add(cents));
            total = sum.ok_or(TooLarge)?;
        }
        Ok(total)
    }

    #[setter(label = "names")]
    fn label(&self, customer: &CustomerName) -> String {
        format!("{} #{}, {} items", customer.name, self.id, self.items)
    }
}

#[derive(Insertable, New)]
#[diesel(table_name = items)]
#[maintained(new_of = Item)]
pub(crate) struct NewItem<'r> {
    pub(crate) order_id: i32,
    pub(crate) product: &'r str,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
    pub(crate) updated_by: &'r str,
    pub(crate) updated_mode: &'r str,
}

/// What a database begins with; `{key}` differs between databases.
const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS customers
        (id {key}, name TEXT NOT NULL, updated_by TEXT NOT NULL DEFAULT '',
        orders BIGINT NOT NULL DEFAULT 0, spent_cents BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS orders
        (id {key}, customer_id INTEGER NOT NULL REFERENCES customers (id),
        note TEXT NOT NULL DEFAULT '', updated_by TEXT NOT NULL DEFAULT '',
        items BIGINT NOT NULL DEFAULT 0, total_cents BIGINT NOT NULL DEFAULT 0,
        label TEXT NOT NULL DEFAULT '');
    CREATE TABLE IF NOT EXISTS items
        (id {key}, order_id INTEGER NOT NULL REFERENCES orders (id), product TEXT NOT NULL,
        quantity INTEGER NOT NULL CHECK (quantity > 0), price_cents BIGINT NOT NULL,
        updated_by TEXT NOT NULL DEFAULT '', updated_mode TEXT NOT NULL DEFAULT '');
    CREATE INDEX IF NOT EXISTS orders_customer_id ON orders (customer_id);
    CREATE INDEX IF NOT EXISTS items_order_id ON items (order_id);
";

/// The statements that make the tables, for a database whose own keys are declared like this.
pub(crate) fn create(key: &str) -> String {
    CREATE.replace("{key}", key)
}

/// The customers that a new shop has; each has two orders.
pub(crate) const CUSTOMERS: [&str; 10] = [
    "Ada", "Barbara", "Edsger", "Frances", "Grace", "Hedy", "John", "Karen", "Margaret", "Tony",
];
