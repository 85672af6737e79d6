//! One schema for all tests: a shop with every kind of relation that a setter can follow.
//!
//! `{serial}`, `{double}`, `{key}` and `{text}` stand for what the databases spell differently.

diesel::table! {
    regions (code) {
        code -> Text,
        name -> Text,
        spent_cents -> BigInt,
        customer_count -> BigInt,
    }
}

diesel::table! {
    customers (id) {
        id -> Integer,
        name -> Text,
        region_code -> Nullable<Text>,
        title -> Text,
        spent_cents -> BigInt,
        latest_order_id -> Nullable<Integer>,
        latest_cents -> Nullable<BigInt>,
        basket -> Text,
    }
}

diesel::table! {
    orders (id) {
        id -> Integer,
        customer_id -> Integer,
        note -> Text,
        placed -> Integer,
        total_cents -> BigInt,
        item_count -> BigInt,
        label -> Text,
        invoice -> Nullable<Text>,
        mean_weight -> Nullable<Double>,
        weight_note -> Text,
        is_latest -> Bool,
    }
}

diesel::table! {
    invoices (id) {
        id -> Integer,
        order_id -> Integer,
        number -> Text,
        due -> Integer,
    }
}

diesel::table! {
    items (id) {
        id -> Integer,
        order_id -> Integer,
        product_id -> Integer,
        quantity -> Integer,
        price_cents -> BigInt,
        amount_cents -> BigInt,
    }
}

diesel::table! {
    categories (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        name -> Text,
        path -> Text,
        subtree_sold -> BigInt,
    }
}

diesel::table! {
    products (id) {
        id -> Integer,
        category_id -> Integer,
        name -> Text,
        sold -> BigInt,
        tag_list -> Text,
    }
}

diesel::table! {
    tags (code) {
        code -> Text,
        title -> Text,
        products -> Text,
    }
}

diesel::table! {
    product_tags (product_id, tag_code) {
        product_id -> Integer,
        tag_code -> Text,
        weight -> Integer,
        label -> Text,
    }
}

diesel::table! {
    addresses (id) {
        id -> Integer,
        city -> Text,
        sent -> BigInt,
        received -> BigInt,
    }
}

diesel::table! {
    parcels (id) {
        id -> Integer,
        order_id -> Integer,
        from_address_id -> Integer,
        to_address_id -> Nullable<Integer>,
        weight -> Double,
        route -> Text,
    }
}

diesel::table! {
    lockers (id) {
        id -> Integer,
        address_id -> Integer,
        position -> Integer,
        code -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    regions,
    customers,
    orders,
    invoices,
    items,
    categories,
    products,
    tags,
    product_tags,
    addresses,
    parcels,
    lockers,
);

/// Every table, those that others name first.
pub const TABLES: [&str; 12] = [
    "regions",
    "customers",
    "orders",
    "invoices",
    "categories",
    "products",
    "tags",
    "product_tags",
    "items",
    "addresses",
    "parcels",
    "lockers",
];

/// The statements that create the schema. `customers.latest_order_id` names a table that is created after its own:
/// databases that refuse that add the key afterwards, with [`LATEST_ORDER_KEY`].
pub const CREATE: &[&str] = &[
    "CREATE TABLE regions (
        code {key} PRIMARY KEY,
        name TEXT NOT NULL,
        spent_cents BIGINT NOT NULL DEFAULT 0,
        customer_count BIGINT NOT NULL DEFAULT 0
    )",
    "CREATE TABLE customers (
        id {serial},
        name TEXT NOT NULL,
        region_code {key} NULL REFERENCES regions (code) ON DELETE SET NULL,
        title {text} NOT NULL DEFAULT (''),
        spent_cents BIGINT NOT NULL DEFAULT 0,
        latest_order_id INTEGER NULL {latest_order},
        latest_cents BIGINT NULL,
        basket {text} NOT NULL DEFAULT ('')
    )",
    "CREATE TABLE orders (
        id {serial},
        customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
        note {text} NOT NULL DEFAULT (''),
        placed INTEGER NOT NULL DEFAULT 0,
        total_cents BIGINT NOT NULL DEFAULT 0,
        item_count BIGINT NOT NULL DEFAULT 0,
        label {text} NOT NULL DEFAULT (''),
        invoice {text} NULL,
        mean_weight {double} NULL,
        weight_note {text} NOT NULL DEFAULT (''),
        is_latest BOOLEAN NOT NULL DEFAULT FALSE
    )",
    "CREATE TABLE invoices (
        id {serial},
        order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
        number TEXT NOT NULL,
        due INTEGER NOT NULL DEFAULT 0
    )",
    "CREATE TABLE categories (
        id {serial},
        parent_id INTEGER NULL REFERENCES categories (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        path {text} NOT NULL DEFAULT (''),
        subtree_sold BIGINT NOT NULL DEFAULT 0
    )",
    "CREATE TABLE products (
        id {serial},
        category_id INTEGER NOT NULL REFERENCES categories (id) ON DELETE RESTRICT,
        name TEXT NOT NULL,
        sold BIGINT NOT NULL DEFAULT 0,
        tag_list {text} NOT NULL DEFAULT ('')
    )",
    "CREATE TABLE tags (
        code {key} PRIMARY KEY,
        title TEXT NOT NULL,
        products {text} NOT NULL DEFAULT ('')
    )",
    "CREATE TABLE product_tags (
        product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
        tag_code {key} NOT NULL REFERENCES tags (code) ON DELETE CASCADE,
        weight INTEGER NOT NULL DEFAULT 1,
        label {text} NOT NULL DEFAULT (''),
        PRIMARY KEY (product_id, tag_code)
    )",
    "CREATE TABLE items (
        id {serial},
        order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
        product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE RESTRICT,
        quantity INTEGER NOT NULL,
        price_cents BIGINT NOT NULL,
        amount_cents BIGINT NOT NULL DEFAULT 0
    )",
    "CREATE TABLE addresses (
        id {serial},
        city TEXT NOT NULL,
        sent BIGINT NOT NULL DEFAULT 0,
        received BIGINT NOT NULL DEFAULT 0
    )",
    "CREATE TABLE parcels (
        id {serial},
        order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
        from_address_id INTEGER NOT NULL REFERENCES addresses (id) ON DELETE RESTRICT,
        to_address_id INTEGER NULL REFERENCES addresses (id) ON DELETE SET NULL,
        weight {double} NOT NULL,
        route {text} NOT NULL DEFAULT ('')
    )",
    "CREATE TABLE lockers (
        id {serial},
        address_id INTEGER NOT NULL REFERENCES addresses (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        code {key} NULL UNIQUE
    )",
    "CREATE INDEX orders_customer ON orders (customer_id)",
    "CREATE INDEX items_order ON items (order_id)",
    "CREATE INDEX items_product ON items (product_id)",
];

/// The key of a customer's latest order.
pub const LATEST_ORDER_KEY: &str = "REFERENCES orders (id) ON DELETE SET NULL";
