//! What the variants have made of the tables.

use diesel::prelude::*;

use super::Inner;
use crate::Failure;
use crate::schema::{customers, items, orders};
use crate::sum::{Found, Sum};

pub(super) fn checksums(conn: &mut Inner) -> Result<Found, Failure> {
    let customers: Vec<(i32, String, i64)> = customers::table.order(customers::id).load(conn)?;
    let orders: Vec<(i32, i32, String, i64, String)> =
        orders::table.order(orders::id).load(conn)?;
    let items: Vec<(i32, i32, i32, i32, i64, i64)> = items::table.order(items::id).load(conn)?;
    let (mut plain, mut kept) = (Sum::new(), Sum::new());
    for (id, name, spent) in &customers {
        plain.add(id);
        plain.add(name);
        kept.add(spent);
    }
    for (id, customer, note, total, label) in &orders {
        plain.add(id);
        plain.add(customer);
        plain.add(note);
        kept.add(total);
        kept.add(label);
    }
    for (id, order, product, quantity, price, amount) in &items {
        for key in [id, order, product, quantity] {
            plain.add(key);
        }
        plain.add(price);
        plain.add(amount);
    }
    Ok(Found {
        plain: plain.text(),
        kept: kept.text(),
    })
}
