//! A tree that is read downwards and upwards, with items in it.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Act;
use crate::models::{Item, Node};
use crate::schema::{items, nodes};

pub(super) const WRITES: &[(&str, Act)] = &[
    ("insert-node", |conn| {
        let new = (nodes::parent_id.eq(3), nodes::name.eq("f"));
        Node::insert(conn, new).map(drop)
    }),
    ("rename-top", |conn| {
        Node::update(conn, 1, nodes::name.eq("aa")).map(drop)
    }),
    ("move-node", |conn| {
        Node::update(conn, 3, nodes::parent_id.eq(4)).map(drop)
    }),
    // Beside the one above a loop, if both were let through.
    ("move-node-across", |conn| {
        Node::update(conn, 4, nodes::parent_id.eq(3)).map(drop)
    }),
    ("delete-branch", |conn| Node::delete_many(conn, &[2])),
    ("rehang-item", |conn| {
        Item::update(conn, 1, items::node_id.eq(4)).map(drop)
    }),
];
