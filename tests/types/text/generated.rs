//! A column that the database generates changes along with others, and nobody is told which.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::super::{Conn, Place, WEIGHING, open};
use crate::models::generated::schema::{items, shops, towns};
use crate::models::generated::{Item, Shop};

/// Two shops of one town with a tag and an item each. A trigger adds 1 to a shop's base with each weight.
fn opened() -> (Place, Conn) {
    let (place, mut conn) = open();
    for statement in [
        "CREATE TABLE towns (id INTEGER PRIMARY KEY, extra BIGINT NOT NULL, turnover BIGINT NOT NULL)",
        "CREATE TABLE shops (id INTEGER PRIMARY KEY, town_id INTEGER NOT NULL, base BIGINT NOT NULL,
            total BIGINT NOT NULL, FOREIGN KEY (town_id) REFERENCES towns (id))",
        "CREATE TABLE tags (id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL,
            weight BIGINT NOT NULL, FOREIGN KEY (shop_id) REFERENCES shops (id))",
        "CREATE TABLE items (id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL,
            tag_id INTEGER NOT NULL, price BIGINT NOT NULL,
            cost BIGINT GENERATED ALWAYS AS (2 * price) STORED,
            FOREIGN KEY (shop_id) REFERENCES shops (id), FOREIGN KEY (tag_id) REFERENCES tags (id))",
        "INSERT INTO towns VALUES (1, 0, 390)",
        "INSERT INTO shops VALUES (1, 1, 100, 130), (2, 1, 200, 260)",
        "INSERT INTO tags VALUES (1, 1, 20), (2, 2, 40)",
        "INSERT INTO items (id, shop_id, tag_id, price) VALUES (1, 1, 1, 10), (2, 2, 2, 20)",
    ]
    .iter()
    .chain(WEIGHING)
    {
        conn.batch_execute(statement).unwrap();
    }
    (place, conn)
}

#[test]
fn a_row_that_a_trigger_behind_a_generated_column_changes_is_read_after_it() {
    let (_place, mut conn) = opened();
    for price in [11, 12] {
        Item::update(&mut conn, 1, items::price.eq(price)).unwrap();
        // The base has grown by one each time.
        let base = 100 + price - 10;
        let found: Vec<Shop> = shops::table
            .order(shops::id)
            .select(Shop::as_select())
            .load(&mut conn)
            .unwrap();
        let totals: Vec<_> = found.iter().map(|shop| (shop.base, shop.total)).collect();
        let total = base + 3 * price;
        assert_eq!(totals, [(base, total), (200, 260)]);
        let turnover: i64 = towns::table
            .select(towns::turnover)
            .first(&mut conn)
            .unwrap();
        assert_eq!(turnover, total + 260);
    }
}
