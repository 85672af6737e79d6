//! The rows of a shop: the same for every variant, whatever their number.

use diesel::prelude::*;

use crate::schema::{customers, items, orders, products};

/// How many orders a customer has, and how many items an order, unless said otherwise.
const CHILDREN: usize = 10;
const PRODUCTS: usize = 100;

/// All rows of a shop. Keys are given, so that no insert has to return one; they start at 1.
pub(crate) struct Data {
    pub(crate) customers: Vec<CustomerRow>,
    pub(crate) products: Vec<ProductRow>,
    pub(crate) orders: Vec<OrderRow>,
    pub(crate) items: Vec<ItemRow>,
}

#[derive(Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
pub(crate) struct CustomerRow {
    pub(crate) id: i32,
    pub(crate) name: String,
}

#[derive(Insertable)]
#[diesel(table_name = products, treat_none_as_default_value = false)]
pub(crate) struct ProductRow {
    pub(crate) id: i32,
    pub(crate) name: String,
}

#[derive(Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub(crate) struct OrderRow {
    pub(crate) id: i32,
    pub(crate) customer_id: i32,
    pub(crate) note: String,
}

#[derive(Insertable)]
#[diesel(table_name = items, treat_none_as_default_value = false)]
pub(crate) struct ItemRow {
    pub(crate) id: i32,
    pub(crate) order_id: i32,
    pub(crate) product_id: i32,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
    pub(crate) amount_cents: i64,
}

impl Data {
    /// A shop of so many items, ten under each order, and ten orders under each customer.
    pub(crate) fn new(items: usize) -> Self {
        let orders = items.div_ceil(CHILDREN);
        Self::with(items, orders, orders.div_ceil(CHILDREN))
    }

    /// A shop of so many items under so many orders under so many customers.
    pub(crate) fn with(items: usize, orders: usize, customers: usize) -> Self {
        let mut random = Random(7);
        let customer = |at| CustomerRow {
            id: key(at),
            name: format!("Customer {at}"),
        };
        let product = |at| ProductRow {
            id: key(at),
            name: format!("product {at}"),
        };
        // Customers take turns, as they do in a shop.
        let order = |at| OrderRow {
            id: key(at),
            customer_id: key(at % customers),
            note: format!("note {}", at % 7),
        };
        let per_order = items.div_ceil(orders);
        let mut item = |at| {
            let (quantity, price) = (random.below(9) + 1, random.below(5_000) + 100);
            ItemRow {
                id: key(at),
                order_id: key(at / per_order),
                product_id: random.below(PRODUCTS as u32) + 1,
                quantity,
                price_cents: i64::from(price),
                amount_cents: i64::from(quantity) * i64::from(price),
            }
        };
        Self {
            customers: (0..customers).map(customer).collect(),
            products: (0..PRODUCTS).map(product).collect(),
            orders: (0..orders).map(order).collect(),
            items: (0..items).map(&mut item).collect(),
        }
    }
}

/// The key of the row at a place.
pub(crate) fn key(at: usize) -> i32 {
    i32::try_from(at + 1).expect("a shop has fewer than 2^31 rows of a kind")
}

/// Numbers that are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> i32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i32::try_from((self.0 >> 33) as u32 % end).unwrap_or(0)
    }
}
