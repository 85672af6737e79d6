//! Several writes in one scope, and writes that come to nothing.

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::Act;
use super::people::new_follow;
use super::shop::new_item;
use crate::models::{Follow, Item, Link, Tag};
use crate::schema::{items, links, tags};

/// A key that names no row.
const NOBODY: i32 = 999;

pub(super) const WRITES: &[(&str, Act)] = &[
    ("scope-of-three", |conn| {
        conn.buffer_autoupdates(|conn| {
            Item::update(conn, 5, items::price.eq(items::price + 1))?;
            let new = (
                links::item_id.eq(5),
                links::tag_id.eq(1),
                links::weight.eq(2),
            );
            Link::insert(conn, new)?;
            Tag::update(conn, 3, tags::name.eq("navy")).map(drop)
        })
    }),
    ("swallowed-failure", |conn| {
        conn.transaction(|conn| {
            let failed = conn.transaction(|conn| {
                Item::update(conn, 1, items::price.eq(items::price + 3))?;
                Follow::insert(conn, new_follow(1, NOBODY)).map(drop)
            });
            swallowed(failed)?;
            Item::update(conn, 2, items::price.eq(items::price + 3)).map(drop)
        })
    }),
    ("undone-scope", |conn| {
        conn.transaction(|conn| {
            let undone = conn.buffer_autoupdates(|conn| {
                Item::insert(conn, new_item(2, 3))?;
                conn.flush_autoupdates()?;
                Err::<(), _>(Error::other("undone"))
            });
            swallowed(undone)?;
            Item::update(conn, 4, items::is_open.eq(true)).map(drop)
        })
    }),
];

/// Swallows a failure that was meant; what the database refuses is the whole transaction's affair.
fn swallowed(failed: Result<(), Error>) -> Result<(), Error> {
    match failed {
        Err(error) if error.is_retryable() => Err(error),
        _ => Ok(()),
    }
}
