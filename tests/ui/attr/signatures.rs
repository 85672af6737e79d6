//! A setter is a plain function from inputs to a value.
#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

#[maintained::setters(loud)]
impl Order {
    #[setter]
    async fn total_cents(self) -> i64 {
        0
    }

    #[setter(field = "label")]
    unsafe fn exclusive(&mut self) -> String {
        String::new()
    }

    #[setter(field = "note")]
    fn typed<T>(self: &Self) -> T {
        unimplemented!()
    }

    #[setter(field = "id")]
    fn nothing(&self) {}

    #[setter(field = "customer_id")]
    #[cfg(all())]
    extern "C" fn conditional(&self) -> i32 {
        0
    }
}

fn main() {}
