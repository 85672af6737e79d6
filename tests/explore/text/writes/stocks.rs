//! Depots, bins and stocks: what goes up as sums of sums, and nowhere else.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Act;
use crate::models::{Bin, NewStock, Stock};
use crate::schema::{bins, stocks};

pub(super) const WRITES: &[(&str, Act)] = &[
    ("add-stock", |conn| Stock::add(conn, &new_stock(1))),
    ("insert-stock", |conn| {
        let NewStock { bin_id, pieces } = new_stock(2);
        let new = (stocks::bin_id.eq(bin_id), stocks::pieces.eq(pieces));
        Stock::insert(conn, new).map(drop)
    }),
    ("fill-stock", |conn| {
        Stock::update(conn, 1, stocks::pieces.eq(stocks::pieces + 5)).map(drop)
    }),
    ("move-stock", |conn| {
        Stock::update(conn, 1, stocks::bin_id.eq(3)).map(drop)
    }),
    ("move-stock-back", |conn| {
        Stock::update(conn, 4, stocks::bin_id.eq(1)).map(drop)
    }),
    ("delete-stock", |conn| Stock::delete_many(conn, &[2])),
    ("insert-bin", |conn| {
        Bin::insert(conn, bins::depot_id.eq(2)).map(drop)
    }),
    ("move-bin", |conn| {
        Bin::update(conn, 1, bins::depot_id.eq(2)).map(drop)
    }),
    ("delete-bin", |conn| Bin::delete_many(conn, &[2])),
    ("add-two-stocks", |conn| {
        conn.transaction(|conn| {
            Stock::add(conn, &new_stock(2))?;
            Stock::add(conn, &new_stock(3))
        })
    }),
];

fn new_stock(bin: i32) -> NewStock {
    NewStock {
        bin_id: bin,
        pieces: 70,
    }
}
