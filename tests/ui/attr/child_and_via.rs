#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::{Address, Customer, Item, Order};
use schema::orders;

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(#[child] items: &[Item], #[child] item: &Item) -> i64 {
        0
    }

    #[setter]
    fn label(
        #[via(orders::billing_address_id, _)] billing: &Address,
        #[via(orders::customer_id)] lines: &[(&Item, &Order, &Customer)],
        #[via = "orders::billing_address_id"] text: &Address,
        #[via(_)]
        #[via(_)]
        twice: &Customer,
    ) -> String {
        String::new()
    }
}

fn main() {}
