//! A database with some rows, and the question whether any field of it is stale.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use maintained::prelude::*;

use super::super::{Conn, Place, list, spelled};
use crate::models::{Cart, Folder, Kind, Line, Owner, Part, Product};
use crate::schema::{CREATE, STALE, TABLES, carts, folders, kinds, lines, owners, parts, products};

pub type Outcome = Result<(), maintained::Error>;

/// A database with the tables, and no rows.
pub fn empty() -> Place {
    let place = Place::new();
    let mut conn = place.connect();
    for statement in CREATE {
        conn.batch_execute(&spelled(statement)).unwrap();
    }
    place
}

/// A database with a few rows.
pub fn stocked() -> Place {
    let place = empty();
    stock(&mut place.connect());
    place
}

/// Makes the rows what they are in the beginning.
///
/// Owners 1 to 5 (the last two with a cart or none), carts 1 to 7, products 1 to 6 of kinds 1 to 3, lines 1 to 12, a
/// part for each product, and folders 1 > 2 > 3, 1 > 4, 5.
pub fn stock(conn: &mut Conn) {
    for table in TABLES {
        conn.batch_execute(&spelled(&format!("DELETE FROM {table}")))
            .unwrap();
    }
    conn.buffer_autoupdates(fill).unwrap();
    assert_eq!(stale(conn), Vec::<String>::new(), "in the beginning");
}

fn fill(conn: &mut Conn) -> Outcome {
    Owner::insert_many(conn, (1..=5).map(|id| owners::id.eq(id)))?;
    let cart = |id| {
        (
            carts::id.eq(id),
            carts::owner_id.eq([1, 1, 2, 2, 3, 3, 4][(id - 1) as usize]),
        )
    };
    Cart::insert_many(conn, (1..=7).map(cart))?;
    Kind::insert_many(conn, (1..=3).map(|id| kinds::id.eq(id)))?;
    let product = |id| (products::id.eq(id), products::kind_id.eq(1 + id % 3));
    Product::insert_many(conn, (1..=6).map(product))?;
    let part = |id| {
        (
            parts::id.eq(id),
            parts::product_id.eq(id),
            parts::grams.eq(10 * id),
        )
    };
    Part::insert_many(conn, (1..=6).map(part))?;
    let line = |id| {
        (
            lines::id.eq(id),
            lines::cart_id.eq(1 + (id - 1) / 2),
            lines::product_id.eq(1 + (id + 3) % 5),
            lines::quantity.eq(id),
        )
    };
    Line::insert_many(conn, (1..=12).map(line))?;
    for (id, parent) in [
        (1, None),
        (2, Some(1)),
        (3, Some(2)),
        (4, Some(1)),
        (5, None),
    ] {
        Folder::insert(conn, (folders::id.eq(id), folders::parent_id.eq(parent)))?;
    }
    Ok(())
}

/// The fields that are stale, each with the number of its rows: by plain SQL over the plain columns.
pub fn stale(conn: &mut Conn) -> Vec<String> {
    let mut found = Vec::new();
    for (field, rows) in STALE {
        let count: i64 = diesel::select(diesel::dsl::sql::<BigInt>(&count(rows)))
            .get_result(conn)
            .unwrap();
        if count > 0 {
            found.push(format!("{count} of {field}"));
        }
    }
    found
}

fn count(rows: &str) -> String {
    let mut rows = rows.to_owned();
    if let Some((before, rest)) = rows.split_once("{list:") {
        let (inner, after) = rest.split_once('}').unwrap();
        let (value, key) = inner.rsplit_once(':').unwrap();
        rows = format!("{before}{}{after}", list(value, key));
    }
    spelled(&format!("(SELECT COUNT(*) FROM {rows})"))
}
