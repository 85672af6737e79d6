//! A database with some rows, and the question whether any field of it is stale.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::super::{Conn, Place, spelled};
use super::tables;
use crate::models::{Cart, Folder, Kind, Line, Owner, Part, Product, Shelf, Tray};
use crate::schema::{CREATE, LATEST, STALE, TABLES};
use crate::schema::{carts, folders, kinds, lines, owners, parts, products, shelves, trays};

pub type Outcome = Result<(), maintained::Error>;

/// A database with a few rows.
pub fn stocked() -> Place {
    stocked_in(Place::new())
}

/// The same in a place that is there.
pub fn stocked_in(place: Place) -> Place {
    let place = tables::create_in(place, CREATE);
    if !spelled("{latest}").contains(LATEST) {
        let key = format!("ALTER TABLE owners ADD {LATEST}");
        place.connect().batch_execute(&key).unwrap();
    }
    stock(&mut place.connect());
    place
}

/// Makes the rows what they are in the beginning.
///
/// Owners 1 to 5 (the last two with a cart or none), carts 1 to 7, products 1 to 6 of kinds 1 to 3, lines 1 to 12, a
/// part for each product, shelves 1 to 3 with trays 1 to 4, and folders 1 > 2 > 3, 1 > 4, 5.
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
    let cart = |(id, owner)| (carts::id.eq(id), carts::owner_id.eq(owner));
    Cart::insert_many(conn, (1..).zip([1, 1, 2, 2, 3, 3, 4]).map(cart))?;
    Kind::insert_many(conn, (1..=3).map(|id| kinds::id.eq(id)))?;
    let product = |id| (products::id.eq(id), products::kind_id.eq(1 + id % 3));
    Product::insert_many(conn, (1..=6).map(product))?;
    let part = |id| {
        let grams = parts::grams.eq(10 * id);
        (parts::id.eq(id), parts::product_id.eq(id), grams)
    };
    Part::insert_many(conn, (1..=6).map(part))?;
    let line = |id| {
        let (cart, product) = (1 + (id - 1) / 2, 1 + (id + 3) % 5);
        (lines::id.eq(id), new_line(cart, product))
    };
    Line::insert_many(conn, (1..=12).map(line))?;
    Shelf::insert_many(conn, (1..=3).map(|id| shelves::id.eq(id)))?;
    let tray = |id| (trays::id.eq(id), trays::shelf_id.eq(1 + id % 2));
    Tray::insert_many(conn, (1..=4).map(tray))?;
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

type NewLine = (
    diesel::dsl::Eq<lines::cart_id, i32>,
    diesel::dsl::Eq<lines::product_id, i32>,
    diesel::dsl::Eq<lines::quantity, i32>,
);

pub fn new_line(cart: i32, product: i32) -> NewLine {
    (
        lines::cart_id.eq(cart),
        lines::product_id.eq(product),
        lines::quantity.eq(1),
    )
}

/// The fields that are stale, each with the number of its rows.
pub fn stale(conn: &mut Conn) -> Vec<String> {
    tables::stale(conn, STALE)
}
