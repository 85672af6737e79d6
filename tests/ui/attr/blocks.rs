#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

trait Keeper {}

struct Shelf<T>(T);

#[maintained::setters]
impl Keeper for Order {}

#[maintained::setters]
impl<T> Shelf<T> {}

#[maintained::setters]
fn total_cents() -> i64 {
    0
}

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(&self) -> i64 {
        0
    }

    #[setter]
    fn label(&self) -> String {
        String::new()
    }
}

fn main() {}
