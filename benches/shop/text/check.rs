//! Whether variants agree.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use diesel::prelude::*;

use super::Inner;
use crate::Failure;
use crate::schema::{customers, items, orders};

/// What is in the tables, as numbers.
#[derive(Clone, Copy)]
pub(super) struct Found {
    plain: u64,
    kept: u64,
}

/// What should be in them: as the first variant has it.
#[derive(Default)]
pub(super) struct Checksums {
    plain: Option<u64>,
    kept: Option<u64>,
}

impl Checksums {
    /// Whether the tables are right; their maintained columns, where the variant keeps them.
    pub(super) fn agrees(&mut self, found: Found, keeps: bool) -> bool {
        *self.plain.get_or_insert(found.plain) == found.plain
            && (!keeps || *self.kept.get_or_insert(found.kept) == found.kept)
    }
}

pub(super) fn checksums(conn: &mut Inner) -> Result<Found, Failure> {
    let customers: Vec<(i32, String, i64)> = customers::table.order(customers::id).load(conn)?;
    let orders: Vec<(i32, i32, String, i64, String)> =
        orders::table.order(orders::id).load(conn)?;
    let items: Vec<(i32, i32, i32, i32, i64, i64)> = items::table.order(items::id).load(conn)?;
    let (mut plain, mut kept) = (DefaultHasher::new(), DefaultHasher::new());
    for (id, name, spent) in &customers {
        (id, name).hash(&mut plain);
        spent.hash(&mut kept);
    }
    for (id, customer, note, total, label) in &orders {
        (id, customer, note).hash(&mut plain);
        (total, label).hash(&mut kept);
    }
    items.hash(&mut plain);
    Ok(Found {
        plain: plain.finish(),
        kept: kept.finish(),
    })
}
