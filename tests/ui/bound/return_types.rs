#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

struct NoError;

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(&self) -> i32 {
        0
    }

    #[setter]
    fn label(&self) -> Result<String, NoError> {
        Ok(String::new())
    }
}

fn main() {}
