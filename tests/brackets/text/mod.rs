//! The tests, one text for all databases.

mod examples;
mod oracle;
mod program;
mod random;
mod run;
mod sql;
mod work;
mod write;

pub(crate) use super::{Conn, OPERATIONS, Place};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use crate::models::schema::{items, links, nodes, notes, shops, tags};
use crate::models::{Item, Link, Node, Note, Shop, Tag};

/// What a body returns.
type Outcome<T = ()> = Result<T, maintained::Error>;

/// Makes the tables. A key to a table that is made later is added when it is there, unless the database takes it before.
pub(crate) fn create(conn: &mut Conn, engine: &str, takes_keys_ahead: bool) {
    let latest = "FOREIGN KEY (latest_item_id) REFERENCES items (id) ON DELETE SET NULL";
    let (ahead, after) = if takes_keys_ahead {
        (format!(", {latest}"), String::new())
    } else {
        (String::new(), format!("ALTER TABLE shops ADD {latest};"))
    };
    let tables = format!(
        "CREATE TABLE shops (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL,
             item_total BIGINT NOT NULL DEFAULT 0, latest_item_id INTEGER, latest_amount BIGINT,
             list VARCHAR(200) NOT NULL DEFAULT ''{ahead}){engine};
         CREATE TABLE items (id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL, amount BIGINT NOT NULL,
             open BOOLEAN NOT NULL, shop_name VARCHAR(50) NOT NULL DEFAULT '',
             tags VARCHAR(200) NOT NULL DEFAULT '',
             FOREIGN KEY (shop_id) REFERENCES shops (id) ON DELETE CASCADE){engine};
         {after}
         CREATE TABLE tags (code VARCHAR(10) PRIMARY KEY, title VARCHAR(50) NOT NULL,
             uses BIGINT NOT NULL DEFAULT 0, worth BIGINT NOT NULL DEFAULT 0,
             nodes BIGINT NOT NULL DEFAULT 0){engine};
         CREATE TABLE links (item_id INTEGER NOT NULL, tag_code VARCHAR(10) NOT NULL,
             rank INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (item_id, tag_code),
             FOREIGN KEY (item_id) REFERENCES items (id) ON DELETE CASCADE,
             FOREIGN KEY (tag_code) REFERENCES tags (code) ON DELETE CASCADE){engine};
         CREATE TABLE notes (id INTEGER PRIMARY KEY, item_id INTEGER, amount BIGINT,
             FOREIGN KEY (item_id) REFERENCES items (id) ON DELETE SET NULL){engine};
         CREATE TABLE nodes (id INTEGER PRIMARY KEY, parent_id INTEGER, tag_code VARCHAR(10),
             weight BIGINT NOT NULL, path VARCHAR(200) NOT NULL DEFAULT '',
             total BIGINT NOT NULL DEFAULT 0,
             FOREIGN KEY (parent_id) REFERENCES nodes (id) ON DELETE CASCADE,
             FOREIGN KEY (tag_code) REFERENCES tags (code) ON DELETE SET NULL){engine};"
    );
    for table in tables.split_inclusive(';') {
        conn.batch_execute(table).unwrap();
    }
}

/// Takes every row out.
fn empty(conn: &mut Conn) {
    for table in ["nodes", "notes", "links", "items", "shops", "tags"] {
        conn.inner_mut()
            .batch_execute(&format!("DELETE FROM {table}"))
            .unwrap();
    }
}

/// Inserts the rows with which every test begins: three shops, two items, three tags, a note, and two trees.
fn stock(conn: &mut Conn) -> Outcome {
    conn.buffer_autoupdates(|conn| {
        for id in 1..=3 {
            Shop::insert(
                conn,
                (shops::id.eq(id), shops::name.eq(format!("shop {id}"))),
            )?;
        }
        for code in ["t", "u", "v"] {
            Tag::insert(conn, (tags::code.eq(code), tags::title.eq(code)))?;
        }
        for (id, amount) in [(1, 10), (2, 7)] {
            item(conn, id, 1, amount)?;
        }
        link(conn, 1, "t")?;
        link(conn, 2, "u")?;
        Note::insert(conn, (notes::id.eq(1), notes::item_id.eq(1)))?;
        for (id, parent) in [
            (1, None),
            (2, Some(1)),
            (3, None),
            (4, Some(3)),
            (5, Some(4)),
        ] {
            node(conn, id, parent, (id == 5).then_some("t"))?;
        }
        Ok(())
    })
}

/// Inserts an item that is open.
fn item(conn: &mut Conn, id: i32, shop: i32, amount: i64) -> Outcome {
    let new = (
        items::id.eq(id),
        items::shop_id.eq(shop),
        items::amount.eq(amount),
        items::open.eq(true),
    );
    Item::insert(conn, new).map(drop)
}

/// Links an item with a tag.
fn link(conn: &mut Conn, item: i32, tag: &str) -> Outcome {
    let new = (
        links::item_id.eq(item),
        links::tag_code.eq(tag),
        links::rank.eq(1),
    );
    Link::insert(conn, new).map(drop)
}

/// Inserts a node of a tree.
fn node(conn: &mut Conn, id: i32, parent: Option<i32>, tag: Option<&str>) -> Outcome {
    let new = (
        nodes::id.eq(id),
        nodes::parent_id.eq(parent),
        nodes::tag_code.eq(tag),
        nodes::weight.eq(i64::from(id)),
    );
    Node::insert(conn, new).map(drop)
}
