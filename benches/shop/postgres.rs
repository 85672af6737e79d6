//! On `PostgreSQL`: in a schema of its own, in the database that `POSTGRES_DATABASE_URL` names.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::sql::Sql;

#[path = "text/mod.rs"]
mod text;

pub(crate) use text::{alone, run};

type Inner = PgConnection;

/// How the results name the database.
const NAME: &str = "postgres";
/// How many rows a multi-row insert carries at its best.
const BATCH: usize = 1_000;

/// A place for one variant's run.
struct Place {
    url: String,
}

impl Place {
    /// The place, if there is such a database.
    fn find() -> Option<Self> {
        let url = std::env::var("POSTGRES_DATABASE_URL").ok()?;
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
            "SET client_min_messages = warning; DROP SCHEMA IF EXISTS maintained_bench CASCADE;
             CREATE SCHEMA maintained_bench; SET search_path = maintained_bench",
        )?;
        for table in SQL.tables {
            conn.batch_execute(table)?;
        }
        Ok(conn)
    }
}

macro_rules! label {
    () => {
        "(SELECT name FROM customers WHERE id = orders.customer_id) || ' #' || orders.id || ' ' || orders.note || ': ' ||
             coalesce((SELECT string_agg(quantity || 'x ' || name, ', ' ORDER BY items.id)
                 FROM items JOIN products ON products.id = product_id WHERE order_id = orders.id), '')"
    };
}

const SQL: Sql = Sql {
    tables: &[
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, spent_cents BIGINT NOT NULL DEFAULT 0)",
        "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers,
             note TEXT NOT NULL, total_cents BIGINT NOT NULL DEFAULT 0, label TEXT NOT NULL DEFAULT '')",
        "CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders ON DELETE CASCADE,
             product_id INTEGER NOT NULL REFERENCES products, quantity INTEGER NOT NULL, price_cents BIGINT NOT NULL,
             amount_cents BIGINT NOT NULL)",
        "CREATE INDEX orders_customer ON orders (customer_id)",
        "CREATE INDEX items_order ON items (order_id)",
    ],
    triggers: &[
        concat!("CREATE FUNCTION item_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF TG_OP <> 'INSERT' THEN
                 UPDATE orders SET total_cents = total_cents - OLD.amount_cents, label = ", label!(), " WHERE id = OLD.order_id;
             END IF;
             IF TG_OP <> 'DELETE' THEN
                 UPDATE orders SET total_cents = total_cents + NEW.amount_cents, label = ", label!(), " WHERE id = NEW.order_id;
             END IF;
             RETURN NULL;
         END $$"),
        "CREATE TRIGGER item_written AFTER INSERT OR DELETE OR UPDATE OF order_id, product_id, quantity, amount_cents ON items
             FOR EACH ROW EXECUTE FUNCTION item_written()",
        concat!("CREATE FUNCTION order_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF TG_OP = 'INSERT' THEN
                 UPDATE orders SET label = ", label!(), " WHERE id = NEW.id;
             ELSIF TG_OP = 'DELETE' THEN
                 UPDATE customers SET spent_cents = spent_cents - OLD.total_cents WHERE id = OLD.customer_id;
             ELSIF NEW.total_cents <> OLD.total_cents THEN
                 UPDATE customers SET spent_cents = spent_cents + NEW.total_cents - OLD.total_cents WHERE id = NEW.customer_id;
             END IF;
             RETURN NULL;
         END $$"),
        "CREATE TRIGGER order_written AFTER INSERT OR DELETE OR UPDATE OF total_cents ON orders
             FOR EACH ROW EXECUTE FUNCTION order_written()",
        concat!("CREATE FUNCTION customer_renamed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             UPDATE orders SET label = ", label!(), " WHERE customer_id = NEW.id;
             RETURN NULL;
         END $$"),
        "CREATE TRIGGER customer_renamed AFTER UPDATE OF name ON customers FOR EACH ROW EXECUTE FUNCTION customer_renamed()",
    ],
    triggers_of_totals: &[
        "CREATE FUNCTION item_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF TG_OP <> 'INSERT' THEN
                 UPDATE orders SET total_cents = total_cents - OLD.amount_cents WHERE id = OLD.order_id;
             END IF;
             IF TG_OP <> 'DELETE' THEN
                 UPDATE orders SET total_cents = total_cents + NEW.amount_cents WHERE id = NEW.order_id;
             END IF;
             RETURN NULL;
         END $$",
        "CREATE TRIGGER item_written AFTER INSERT OR DELETE OR UPDATE OF order_id, amount_cents ON items
             FOR EACH ROW EXECUTE FUNCTION item_written()",
        "CREATE FUNCTION order_written() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             UPDATE customers SET spent_cents = spent_cents + NEW.total_cents - OLD.total_cents WHERE id = NEW.customer_id;
             RETURN NULL;
         END $$",
        "CREATE TRIGGER order_written AFTER UPDATE OF total_cents ON orders
             FOR EACH ROW EXECUTE FUNCTION order_written()",
    ],
    analyze: "ANALYZE customers; ANALYZE products; ANALYZE orders; ANALYZE items",
    totals: "UPDATE orders SET total_cents = totals.total FROM
         (SELECT order_id, sum(amount_cents) AS total FROM items GROUP BY order_id) AS totals
         WHERE totals.order_id = orders.id",
    labels: "UPDATE orders SET label = customers.name || ' #' || orders.id || ' ' || orders.note || ': ' || lines.text
         FROM customers, (SELECT order_id, string_agg(quantity || 'x ' || name, ', ' ORDER BY items.id) AS text
             FROM items JOIN products ON products.id = product_id GROUP BY order_id) AS lines
         WHERE customers.id = orders.customer_id AND lines.order_id = orders.id",
    spent: "UPDATE customers SET spent_cents = totals.total FROM
         (SELECT customer_id, sum(total_cents) AS total FROM orders GROUP BY customer_id) AS totals
         WHERE totals.customer_id = customers.id",
    parameter: "$#",
    label_of_order: label!(),
};
