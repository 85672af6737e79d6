//! On `MySQL` or `MariaDB`: in a database of its own, on the server that `MYSQL_DATABASE_URL` names.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::sql::Sql;

#[path = "text/mod.rs"]
mod text;

pub(crate) use text::{alone, run};

type Inner = MysqlConnection;

/// How the results name the database.
const NAME: &str = "mysql";
/// How many rows a multi-row insert carries at its best.
const BATCH: usize = 1_000;

/// A place for one variant's run.
struct Place {
    url: String,
}

impl Place {
    /// The place, if there is such a database.
    fn find() -> Option<Self> {
        let url = std::env::var("MYSQL_DATABASE_URL").ok()?;
        Some(Self { url })
    }

    /// The server's rows are never in this process's memory.
    fn open_on_disk(&self) -> Result<Inner, crate::Failure> {
        self.open()
    }

    /// A connection to a database with empty tables.
    fn open(&self) -> Result<Inner, crate::Failure> {
        let mut conn = Inner::establish(&self.url)?;
        conn.batch_execute(
            "DROP DATABASE IF EXISTS maintained_bench; CREATE DATABASE maintained_bench CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
             USE maintained_bench; SET group_concat_max_len = 1000000",
        )?;
        for table in SQL.tables {
            conn.batch_execute(table)?;
        }
        Ok(conn)
    }
}

macro_rules! label {
    () => {
        "concat((SELECT name FROM customers WHERE id = orders.customer_id), ' #', orders.id, ' ', orders.note, ': ',
             coalesce((SELECT group_concat(concat(quantity, 'x ', name) ORDER BY items.id SEPARATOR ', ')
                 FROM items JOIN products ON products.id = product_id WHERE order_id = orders.id), ''))"
    };
}

const SQL: Sql = Sql {
    tables: &[
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, spent_cents BIGINT NOT NULL DEFAULT 0)",
        "CREATE TABLE products (id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, note VARCHAR(100) NOT NULL,
             total_cents BIGINT NOT NULL DEFAULT 0, label LONGTEXT NOT NULL DEFAULT (''),
             FOREIGN KEY (customer_id) REFERENCES customers (id))",
        "CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, product_id INTEGER NOT NULL,
             quantity INTEGER NOT NULL, price_cents BIGINT NOT NULL, amount_cents BIGINT NOT NULL,
             FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE, FOREIGN KEY (product_id) REFERENCES products (id))",
    ],
    // A trigger of orders could not write to customers, since the one of customers writes to orders.
    triggers: &[
        concat!("CREATE TRIGGER item_added AFTER INSERT ON items FOR EACH ROW BEGIN
             UPDATE orders SET total_cents = total_cents + NEW.amount_cents, label = ", label!(), " WHERE id = NEW.order_id;
             UPDATE customers SET spent_cents = spent_cents + NEW.amount_cents
                 WHERE id = (SELECT customer_id FROM orders WHERE id = NEW.order_id);
         END"),
        concat!("CREATE TRIGGER item_removed AFTER DELETE ON items FOR EACH ROW BEGIN
             UPDATE orders SET total_cents = total_cents - OLD.amount_cents, label = ", label!(), " WHERE id = OLD.order_id;
             UPDATE customers SET spent_cents = spent_cents - OLD.amount_cents
                 WHERE id = (SELECT customer_id FROM orders WHERE id = OLD.order_id);
         END"),
        concat!("CREATE TRIGGER item_changed AFTER UPDATE ON items FOR EACH ROW BEGIN
             UPDATE orders SET total_cents = total_cents - OLD.amount_cents WHERE id = OLD.order_id;
             UPDATE orders SET total_cents = total_cents + NEW.amount_cents WHERE id = NEW.order_id;
             UPDATE orders SET label = ", label!(), " WHERE id IN (OLD.order_id, NEW.order_id);
             UPDATE customers SET spent_cents = spent_cents - OLD.amount_cents
                 WHERE id = (SELECT customer_id FROM orders WHERE id = OLD.order_id);
             UPDATE customers SET spent_cents = spent_cents + NEW.amount_cents
                 WHERE id = (SELECT customer_id FROM orders WHERE id = NEW.order_id);
         END"),
        "CREATE TRIGGER order_added BEFORE INSERT ON orders FOR EACH ROW
             SET NEW.label = concat((SELECT name FROM customers WHERE id = NEW.customer_id), ' #', NEW.id, ' ', NEW.note, ': ')",
        "CREATE TRIGGER order_removed AFTER DELETE ON orders FOR EACH ROW
             UPDATE customers SET spent_cents = spent_cents - OLD.total_cents WHERE id = OLD.customer_id",
        concat!("CREATE TRIGGER customer_renamed AFTER UPDATE ON customers FOR EACH ROW BEGIN
             IF NEW.name <> OLD.name THEN
                 UPDATE orders SET label = ", label!(), " WHERE customer_id = NEW.id;
             END IF;
         END"),
    ],
    triggers_of_totals: &[
        "CREATE TRIGGER item_added AFTER INSERT ON items FOR EACH ROW
             UPDATE orders SET total_cents = total_cents + NEW.amount_cents WHERE id = NEW.order_id",
        "CREATE TRIGGER item_removed AFTER DELETE ON items FOR EACH ROW
             UPDATE orders SET total_cents = total_cents - OLD.amount_cents WHERE id = OLD.order_id",
        "CREATE TRIGGER item_changed AFTER UPDATE ON items FOR EACH ROW BEGIN
             UPDATE orders SET total_cents = total_cents - OLD.amount_cents WHERE id = OLD.order_id;
             UPDATE orders SET total_cents = total_cents + NEW.amount_cents WHERE id = NEW.order_id;
         END",
        "CREATE TRIGGER order_changed AFTER UPDATE ON orders FOR EACH ROW
             UPDATE customers SET spent_cents = spent_cents + NEW.total_cents - OLD.total_cents WHERE id = NEW.customer_id",
    ],
    analyze: "ANALYZE TABLE customers, products, orders, items",
    totals: "UPDATE orders JOIN (SELECT order_id, sum(amount_cents) AS total FROM items GROUP BY order_id) AS totals
         ON totals.order_id = orders.id SET total_cents = totals.total",
    labels: concat!("UPDATE orders SET label = ", label!()),
    spent: "UPDATE customers JOIN (SELECT customer_id, sum(total_cents) AS total FROM orders GROUP BY customer_id) AS totals
         ON totals.customer_id = customers.id SET spent_cents = totals.total",
    parameter: "?",
    label_of_order: label!(),
};
