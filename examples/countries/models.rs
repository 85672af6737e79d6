//! The tables, models and setters of the example `countries`: the same in each country's database.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! { books (id) { id -> Integer, revenue_cents -> BigInt } }
    diesel::table! {
        products (id) { id -> Integer, book_id -> Integer, sold -> BigInt, revenue_cents -> BigInt }
    }
    diesel::table! {
        sales (id) { id -> Integer, product_id -> Integer, quantity -> Integer, price_cents -> BigInt }
    }
}
use schema::{books, products, sales};

/// The books of a country: one row.
#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = books)]
pub(crate) struct Book {
    pub(crate) id: i32,
    /// What all products have brought in.
    #[maintained(sum(Product::revenue_cents))]
    pub(crate) revenue_cents: i64,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = products, belongs_to(Book))]
pub(crate) struct Product {
    pub(crate) id: i32,
    pub(crate) book_id: i32,
    #[maintained(sum(Sale::quantity))]
    pub(crate) sold: i64,
    #[maintained]
    pub(crate) revenue_cents: i64,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = sales, belongs_to(Product))]
pub(crate) struct Sale {
    pub(crate) id: i32,
    pub(crate) product_id: i32,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}

#[maintained::setters]
impl Product {
    #[setter]
    fn revenue_cents(sales: &[Sale]) -> i64 {
        let cents = |sale: &Sale| i64::from(sale.quantity) * sale.price_cents;
        sales.iter().map(cents).sum()
    }
}

#[derive(Insertable, New)]
#[diesel(table_name = sales)]
#[maintained(new_of = Sale)]
pub(crate) struct NewSale {
    pub(crate) product_id: i32,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}

/// What a country's database begins with: the tables, its books and three products.
pub(crate) const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS books
        (id INTEGER PRIMARY KEY NOT NULL, revenue_cents BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS products
        (id INTEGER PRIMARY KEY NOT NULL, book_id INTEGER NOT NULL REFERENCES books (id),
        sold BIGINT NOT NULL DEFAULT 0, revenue_cents BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE IF NOT EXISTS sales
        (id INTEGER PRIMARY KEY NOT NULL, product_id INTEGER NOT NULL REFERENCES products (id),
        quantity INTEGER NOT NULL CHECK (quantity > 0), price_cents BIGINT NOT NULL);
    CREATE INDEX IF NOT EXISTS sales_product_id ON sales (product_id);
    INSERT OR IGNORE INTO books (id) VALUES (1);
    INSERT OR IGNORE INTO products (id, book_id) VALUES (1, 1), (2, 1), (3, 1);
";
