//! Each parameter is no input, for a reason of its own.
#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::{Customer, Item, Order};

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(
        owned: Customer,
        exclusive: &mut Customer,
        named: &'static Customer,
        vector: Vec<Item>,
        lent_vector: &Vec<Item>,
        references: &[&Item],
        owned_option: Option<Customer>,
        lent_option: &Option<Customer>,
        optional_slice: Option<&[Item]>,
        owned_in_tuple: &[(Item, &Customer)],
        owned_link: &[(Through<Item>, &Customer)],
        slice_first: (&[Item], &Customer),
        lent_tuple: &(&Item, &Customer),
        nothing: (),
        opaque: impl Fn(),
        connection: &mut diesel::SqliteConnection,
    ) -> i64 {
        0
    }

    #[setter]
    fn label(&self) -> String {
        String::new()
    }
}

fn main() {}
