//! The shop's tables. The maintained columns have a default, so that a row can be inserted before it is computed.

/// What creates the tables in an empty database.
///
/// The foreign keys are indexed: a flush reads children by their parents' keys.
pub(crate) const CREATE_TABLES: &str = "
    CREATE TABLE categories (
        id INTEGER PRIMARY KEY NOT NULL,
        parent_id INTEGER REFERENCES categories (id),
        code TEXT NOT NULL UNIQUE CHECK (code <> ''),
        name TEXT NOT NULL,
        path TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX categories_by_parent ON categories (parent_id);

    CREATE TABLE products (
        id INTEGER PRIMARY KEY NOT NULL,
        category_id INTEGER NOT NULL REFERENCES categories (id),
        sku TEXT NOT NULL UNIQUE CHECK (sku <> ''),
        name TEXT NOT NULL,
        price_cents BIGINT NOT NULL CHECK (price_cents BETWEEN 0 AND 100000000),
        listing TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX products_by_category ON products (category_id);

    CREATE TABLE customers (
        id INTEGER PRIMARY KEY NOT NULL,
        code TEXT NOT NULL UNIQUE CHECK (code <> ''),
        first_name TEXT NOT NULL,
        last_name TEXT NOT NULL,
        full_name TEXT NOT NULL DEFAULT '',
        order_count INTEGER NOT NULL DEFAULT 0,
        spent_cents BIGINT NOT NULL DEFAULT 0
    );

    CREATE TABLE orders (
        id INTEGER PRIMARY KEY NOT NULL,
        customer_id INTEGER NOT NULL REFERENCES customers (id),
        number TEXT NOT NULL UNIQUE CHECK (number <> ''),
        placed_on TEXT NOT NULL CHECK (date(placed_on) IS placed_on),
        total_cents BIGINT NOT NULL DEFAULT 0,
        label TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX orders_by_customer ON orders (customer_id);

    CREATE TABLE items (
        id INTEGER PRIMARY KEY NOT NULL,
        order_id INTEGER NOT NULL REFERENCES orders (id),
        product_id INTEGER NOT NULL REFERENCES products (id),
        quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
        price_cents BIGINT NOT NULL CHECK (price_cents BETWEEN 0 AND 100000000),
        UNIQUE (order_id, product_id)
    );
    CREATE INDEX items_by_product ON items (product_id);
";

diesel::table! {
    categories (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        code -> Text,
        name -> Text,
        path -> Text,
    }
}

diesel::table! {
    products (id) {
        id -> Integer,
        category_id -> Integer,
        sku -> Text,
        name -> Text,
        price_cents -> BigInt,
        listing -> Text,
    }
}

diesel::table! {
    customers (id) {
        id -> Integer,
        code -> Text,
        first_name -> Text,
        last_name -> Text,
        full_name -> Text,
        order_count -> Integer,
        spent_cents -> BigInt,
    }
}

diesel::table! {
    orders (id) {
        id -> Integer,
        customer_id -> Integer,
        number -> Text,
        placed_on -> Text,
        total_cents -> BigInt,
        label -> Text,
    }
}

diesel::table! {
    items (id) {
        id -> Integer,
        order_id -> Integer,
        product_id -> Integer,
        quantity -> Integer,
        price_cents -> BigInt,
    }
}
