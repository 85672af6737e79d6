//! On `SQLite`, in memory.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::sql::Sql;

#[path = "text/mod.rs"]
mod text;

pub(crate) use text::{alone, run};

type Inner = SqliteConnection;

/// How the results name the database.
const NAME: &str = "sqlite";
/// How many rows a multi-row insert carries at its best.
const BATCH: usize = 256;

/// A place for one variant's run.
struct Place;

impl Place {
    /// The place, if there is such a database.
    fn find() -> Option<Self> {
        Some(Self)
    }

    /// A connection to a database with empty tables.
    fn open(&self) -> Result<Inner, crate::Failure> {
        Self::create(":memory:")
    }

    /// The same, in a file that is gone with the connection.
    fn open_on_disk(&self) -> Result<Inner, crate::Failure> {
        Self::create("")
    }

    fn create(name: &str) -> Result<Inner, crate::Failure> {
        let mut conn = Inner::establish(name)?;
        conn.batch_execute("PRAGMA foreign_keys = ON")?;
        for table in SQL.tables {
            conn.batch_execute(table)?;
        }
        Ok(conn)
    }
}

macro_rules! label {
    ($order:literal) => {
        concat!(
            "(SELECT name FROM customers WHERE id = ",
            $order,
            ".customer_id) || ' #' || ",
            $order,
            ".id || ' ' || ",
            $order,
            ".note || ': ' || coalesce((SELECT group_concat(quantity || 'x ' || name, ', ')
                FROM (SELECT quantity, name FROM items JOIN products ON products.id = product_id
                    WHERE order_id = ",
            $order,
            ".id ORDER BY items.id)), '')"
        )
    };
}

const SQL: Sql = Sql {
    tables: &[
        "CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, spent_cents BIGINT NOT NULL DEFAULT 0)",
        "CREATE TABLE products (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY NOT NULL, customer_id INTEGER NOT NULL REFERENCES customers,
             note TEXT NOT NULL, total_cents BIGINT NOT NULL DEFAULT 0, label TEXT NOT NULL DEFAULT '')",
        "CREATE TABLE items (id INTEGER PRIMARY KEY NOT NULL, order_id INTEGER NOT NULL REFERENCES orders ON DELETE CASCADE,
             product_id INTEGER NOT NULL REFERENCES products, quantity INTEGER NOT NULL, price_cents BIGINT NOT NULL,
             amount_cents BIGINT NOT NULL)",
        "CREATE INDEX orders_customer ON orders (customer_id)",
        "CREATE INDEX items_order ON items (order_id)",
    ],
    triggers: &[
        concat!("CREATE TRIGGER item_added AFTER INSERT ON items BEGIN
             UPDATE orders SET total_cents = total_cents + NEW.amount_cents, label = ", label!("orders"), " WHERE id = NEW.order_id;
         END"),
        concat!("CREATE TRIGGER item_removed AFTER DELETE ON items BEGIN
             UPDATE orders SET total_cents = total_cents - OLD.amount_cents, label = ", label!("orders"), " WHERE id = OLD.order_id;
         END"),
        concat!("CREATE TRIGGER item_changed AFTER UPDATE OF order_id, product_id, quantity, amount_cents ON items BEGIN
             UPDATE orders SET total_cents = total_cents - OLD.amount_cents WHERE id = OLD.order_id;
             UPDATE orders SET total_cents = total_cents + NEW.amount_cents WHERE id = NEW.order_id;
             UPDATE orders SET label = ", label!("orders"), " WHERE id IN (OLD.order_id, NEW.order_id);
         END"),
        concat!("CREATE TRIGGER order_added AFTER INSERT ON orders BEGIN
             UPDATE orders SET label = ", label!("orders"), " WHERE id = NEW.id;
         END"),
        "CREATE TRIGGER order_changed AFTER UPDATE OF total_cents ON orders WHEN NEW.total_cents <> OLD.total_cents BEGIN
             UPDATE customers SET spent_cents = spent_cents + NEW.total_cents - OLD.total_cents WHERE id = NEW.customer_id;
         END",
        "CREATE TRIGGER order_removed AFTER DELETE ON orders BEGIN
             UPDATE customers SET spent_cents = spent_cents - OLD.total_cents WHERE id = OLD.customer_id;
         END",
        concat!("CREATE TRIGGER customer_renamed AFTER UPDATE OF name ON customers BEGIN
             UPDATE orders SET label = ", label!("orders"), " WHERE customer_id = NEW.id;
         END"),
    ],
    triggers_of_totals: &[
        "CREATE TRIGGER item_added AFTER INSERT ON items BEGIN
             UPDATE orders SET total_cents = total_cents + NEW.amount_cents WHERE id = NEW.order_id;
         END",
        "CREATE TRIGGER item_removed AFTER DELETE ON items BEGIN
             UPDATE orders SET total_cents = total_cents - OLD.amount_cents WHERE id = OLD.order_id;
         END",
        "CREATE TRIGGER item_changed AFTER UPDATE OF order_id, amount_cents ON items BEGIN
             UPDATE orders SET total_cents = total_cents - OLD.amount_cents WHERE id = OLD.order_id;
             UPDATE orders SET total_cents = total_cents + NEW.amount_cents WHERE id = NEW.order_id;
         END",
        "CREATE TRIGGER order_changed AFTER UPDATE OF total_cents ON orders BEGIN
             UPDATE customers SET spent_cents = spent_cents + NEW.total_cents - OLD.total_cents WHERE id = NEW.customer_id;
         END",
    ],
    analyze: "ANALYZE",
    totals: "UPDATE orders SET total_cents = totals.total FROM
         (SELECT order_id, sum(amount_cents) AS total FROM items GROUP BY order_id) AS totals
         WHERE totals.order_id = orders.id",
    labels: concat!("UPDATE orders SET label = ", label!("orders")),
    spent: "UPDATE customers SET spent_cents = totals.total FROM
         (SELECT customer_id, sum(total_cents) AS total FROM orders GROUP BY customer_id) AS totals
         WHERE totals.customer_id = customers.id",
    parameter: "?",
    label_of_order: label!("orders"),
};
