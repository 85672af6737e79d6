//! Writes that the library does not make itself, and is told of.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::Act;
use crate::models::{Item, Shop};
use crate::schema::{items, shops};

pub(super) const WRITES: &[(&str, Act)] = &[
    ("track-items", |conn| {
        let filter = items::id.eq_any([2, 3]);
        Item::track(conn, filter, |conn| {
            conn.batch_execute("UPDATE items SET price = price + 7 WHERE id IN (2, 3)")
                .map_err(Error::from)
        })
    }),
    ("track-shop", |conn| {
        Shop::track(conn, shops::id.eq(2), |conn| {
            conn.batch_execute("UPDATE shops SET region_id = 2 WHERE id = 2")
                .map_err(Error::from)
        })
    }),
    ("touch-items", |conn| Item::touch(conn, &[1, 2, 3])),
    ("touch-changed", |conn| {
        conn.transaction(|conn| {
            // Past the library, which is told of it afterwards.
            conn.inner_mut()
                .batch_execute("UPDATE items SET pieces = pieces + 1 WHERE id = 4")?;
            Item::touch(conn, &[4])
        })
    }),
];
