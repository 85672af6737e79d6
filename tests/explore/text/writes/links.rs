//! Tags and items, of which each has fields that read the other side.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Act;
use crate::models::{Link, Tag};
use crate::schema::{links, tags};

pub(super) const WRITES: &[(&str, Act)] = &[
    ("link", |conn| {
        let new = (
            links::item_id.eq(2),
            links::tag_id.eq(2),
            links::weight.eq(5),
        );
        Link::insert(conn, new).map(drop)
    }),
    ("unlink", |conn| Link::delete_many(conn, &[(1, 1)])),
    ("weigh-link", |conn| {
        Link::update(conn, (3, 2), links::weight.eq(links::weight + 1)).map(drop)
    }),
    ("rename-tag", |conn| {
        Tag::update(conn, 1, tags::name.eq("rose")).map(drop)
    }),
    ("delete-tag", |conn| Tag::delete_many(conn, &[2])),
];
