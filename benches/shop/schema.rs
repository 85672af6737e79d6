//! The tables: items under orders under customers, and products.

diesel::table! {
    customers (id) {
        id -> Integer,
        name -> Text,
        spent_cents -> BigInt,
    }
}

diesel::table! {
    products (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    orders (id) {
        id -> Integer,
        customer_id -> Integer,
        note -> Text,
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
        amount_cents -> BigInt,
    }
}
