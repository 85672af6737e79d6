//! The tables of the ui tests.

diesel::table! { customers (id) { id -> Integer, name -> Text, spent_cents -> BigInt } }
diesel::table! { addresses (id) { id -> Integer, city -> Text } }
diesel::table! {
    orders (id) {
        id -> Integer,
        customer_id -> Integer,
        address_id -> Nullable<Integer>,
        billing_address_id -> Integer,
        note -> Text,
        total_cents -> BigInt,
        label -> Text,
    }
}
diesel::table! { items (id) { id -> Integer, order_id -> Integer, price_cents -> BigInt } }
