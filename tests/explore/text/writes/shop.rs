//! Regions, shops and items: what goes up as sums, and comes down as labels.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Act;
use crate::models::{Item, Region, Shop};
use crate::schema::{items, regions, shops};

pub(super) const WRITES: &[(&str, Act)] = &[
    ("insert-item", |conn| {
        Item::insert(conn, new_item(1, 3)).map(drop)
    }),
    ("insert-items", |conn| {
        Item::insert_many(conn, [new_item(2, 4), new_item(1, 2)]).map(drop)
    }),
    ("reprice-item", |conn| {
        Item::update(conn, 1, items::price.eq(items::price + 5)).map(drop)
    }),
    ("close-item", |conn| {
        Item::update(conn, 2, items::is_open.eq(false)).map(drop)
    }),
    ("move-item", |conn| {
        Item::update(conn, 1, items::shop_id.eq(2)).map(drop)
    }),
    ("save-item-back", |conn| {
        let Some(mut item) = Item::find(conn, 3)? else {
            return Ok(());
        };
        item.shop_id = 1;
        item.save(conn)
    }),
    ("delete-item", |conn| Item::delete_many(conn, &[2])),
    ("rename-shop", |conn| {
        Shop::update(conn, 1, shops::name.eq("asp")).map(drop)
    }),
    ("move-shop", |conn| {
        Shop::update(conn, 1, shops::region_id.eq(2)).map(drop)
    }),
    ("delete-shop", |conn| Shop::delete_many(conn, &[2])),
    ("rename-region", |conn| {
        Region::update(conn, 1, regions::title.eq("arctic")).map(drop)
    }),
];

type NewItem = (
    diesel::dsl::Eq<items::shop_id, i32>,
    diesel::dsl::Eq<items::node_id, i32>,
    diesel::dsl::Eq<items::price, i64>,
    diesel::dsl::Eq<items::pieces, i64>,
    diesel::dsl::Eq<items::is_open, bool>,
);

pub(super) fn new_item(shop: i32, node: i32) -> NewItem {
    (
        items::shop_id.eq(shop),
        items::node_id.eq(node),
        items::price.eq(70),
        items::pieces.eq(2),
        items::is_open.eq(true),
    )
}
