#![allow(unused)]

#[path = "../models.rs"]
mod models;
#[path = "../schema.rs"]
mod schema;

use models::Order;

#[maintained::setters]
impl Order {
    #[setter]
    fn label(&self) -> String {
        self.note.clone()
    }
}

fn main() {}
