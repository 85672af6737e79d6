//! The tables: regions with shops with items; a tree of nodes, in which items hang; tags, linked to
//! items; and persons who follow one another. Few rows, of which each is bound to most others.

diesel::table! {
    regions (id) {
        id -> Integer,
        title -> Text,
        shop_count -> BigInt,
        revenue -> BigInt,
        pieces -> BigInt,
    }
}

diesel::table! {
    shops (id) {
        id -> Integer,
        region_id -> Integer,
        name -> Text,
        label -> Text,
        revenue -> BigInt,
        item_count -> BigInt,
        dearest -> Nullable<BigInt>,
        latest_id -> Nullable<Integer>,
        latest_price -> Nullable<BigInt>,
    }
}

diesel::table! {
    nodes (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        name -> Text,
        path -> Text,
        size -> BigInt,
        worth -> BigInt,
    }
}

diesel::table! {
    items (id) {
        id -> Integer,
        shop_id -> Integer,
        node_id -> Nullable<Integer>,
        price -> BigInt,
        pieces -> BigInt,
        is_open -> Bool,
        amount -> BigInt,
        place -> Nullable<Text>,
        sign -> Text,
        tags -> Text,
    }
}

diesel::table! {
    tags (id) {
        id -> Integer,
        name -> Text,
        uses -> BigInt,
        worth -> BigInt,
    }
}

diesel::table! {
    links (item_id, tag_id) {
        item_id -> Integer,
        tag_id -> Integer,
        weight -> BigInt,
    }
}

diesel::table! {
    persons (id) {
        id -> Integer,
        name -> Text,
        names -> Text,
        followed -> BigInt,
        reach -> BigInt,
    }
}

diesel::table! {
    follows (id) {
        id -> Integer,
        user_id -> Integer,
        other_id -> Integer,
    }
}

diesel::table! {
    depots (id) {
        id -> Integer,
        bin_count -> BigInt,
        pieces -> BigInt,
    }
}

diesel::table! {
    bins (id) {
        id -> Integer,
        depot_id -> Integer,
        stock_count -> BigInt,
        pieces -> BigInt,
    }
}

diesel::table! {
    stocks (id) {
        id -> Integer,
        bin_id -> Integer,
        pieces -> BigInt,
    }
}

/// Every table, those that others name first.
pub const TABLES: [&str; 11] = [
    "regions", "shops", "nodes", "items", "tags", "links", "persons", "follows", "depots", "bins",
    "stocks",
];

/// `{serial}` is a key that the database gives, from 1000 on; `{end}` ends a table.
pub const CREATE: &[&str] = &[
    "CREATE TABLE regions (
        id {serial}, title {text} NOT NULL,
        shop_count BIGINT NOT NULL DEFAULT 0, revenue BIGINT NOT NULL DEFAULT 0, pieces BIGINT NOT NULL DEFAULT 0
    ){end}",
    "CREATE TABLE shops (
        id {serial}, region_id INTEGER NOT NULL, name {text} NOT NULL,
        label {text} NOT NULL DEFAULT '', revenue BIGINT NOT NULL DEFAULT 0, item_count BIGINT NOT NULL DEFAULT 0,
        dearest BIGINT NULL, latest_id INTEGER NULL, latest_price BIGINT NULL,
        FOREIGN KEY (region_id) REFERENCES regions (id)
    ){end}",
    "CREATE TABLE nodes (
        id {serial}, parent_id INTEGER NULL, name {text} NOT NULL,
        path {text} NOT NULL DEFAULT '', size BIGINT NOT NULL DEFAULT 0, worth BIGINT NOT NULL DEFAULT 0,
        FOREIGN KEY (parent_id) REFERENCES nodes (id) ON DELETE CASCADE
    ){end}",
    "CREATE TABLE items (
        id {serial}, shop_id INTEGER NOT NULL, node_id INTEGER NULL,
        price BIGINT NOT NULL, pieces BIGINT NOT NULL, is_open BOOLEAN NOT NULL,
        amount BIGINT NOT NULL DEFAULT 0, place {text} NULL, sign {text} NOT NULL DEFAULT '', tags {text} NOT NULL DEFAULT '',
        FOREIGN KEY (shop_id) REFERENCES shops (id) ON DELETE CASCADE,
        FOREIGN KEY (node_id) REFERENCES nodes (id) ON DELETE SET NULL
    ){end}",
    "ALTER TABLE shops ADD FOREIGN KEY (latest_id) REFERENCES items (id) ON DELETE SET NULL",
    "CREATE TABLE tags (
        id {serial}, name {text} NOT NULL, uses BIGINT NOT NULL DEFAULT 0, worth BIGINT NOT NULL DEFAULT 0
    ){end}",
    "CREATE TABLE links (
        item_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, weight BIGINT NOT NULL,
        PRIMARY KEY (item_id, tag_id),
        FOREIGN KEY (item_id) REFERENCES items (id) ON DELETE CASCADE,
        FOREIGN KEY (tag_id) REFERENCES tags (id) ON DELETE CASCADE
    ){end}",
    "CREATE TABLE persons (
        id {serial}, name {text} NOT NULL, names {text} NOT NULL DEFAULT '', followed BIGINT NOT NULL DEFAULT 0, reach BIGINT NOT NULL DEFAULT 0
    ){end}",
    "CREATE TABLE follows (
        id {serial}, user_id INTEGER NOT NULL, other_id INTEGER NOT NULL,
        FOREIGN KEY (user_id) REFERENCES persons (id) ON DELETE CASCADE,
        FOREIGN KEY (other_id) REFERENCES persons (id) ON DELETE CASCADE
    ){end}",
    "CREATE TABLE depots (
        id {serial}, bin_count BIGINT NOT NULL DEFAULT 0, pieces BIGINT NOT NULL DEFAULT 0
    ){end}",
    "CREATE TABLE bins (
        id {serial}, depot_id INTEGER NOT NULL, stock_count BIGINT NOT NULL DEFAULT 0, pieces BIGINT NOT NULL DEFAULT 0,
        FOREIGN KEY (depot_id) REFERENCES depots (id)
    ){end}",
    "CREATE TABLE stocks (
        id {serial}, bin_id INTEGER NOT NULL, pieces BIGINT NOT NULL,
        FOREIGN KEY (bin_id) REFERENCES bins (id) ON DELETE CASCADE
    ){end}",
    "CREATE INDEX bins_by_depot ON bins (depot_id)",
    "CREATE INDEX stocks_by_bin ON stocks (bin_id)",
    "CREATE INDEX shops_by_region ON shops (region_id)",
    "CREATE INDEX shops_by_latest ON shops (latest_id)",
    "CREATE INDEX nodes_by_parent ON nodes (parent_id)",
    "CREATE INDEX items_by_shop ON items (shop_id)",
    "CREATE INDEX items_by_node ON items (node_id)",
    "CREATE INDEX links_by_tag ON links (tag_id)",
    "CREATE INDEX follows_by_user ON follows (user_id)",
    "CREATE INDEX follows_by_other ON follows (other_id)",
];

/// The plain columns of the rows that are there before each order.
pub const FILL: &[&str] = &[
    "INSERT INTO regions (id, title) VALUES (1, 'north'), (2, 'south')",
    "INSERT INTO shops (id, region_id, name) VALUES (1, 1, 'ant'), (2, 1, 'bee'), (3, 2, 'cat')",
    "INSERT INTO nodes (id, parent_id, name) VALUES (1, NULL, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 1, 'd'), (5, NULL, 'e')",
    "INSERT INTO items (id, shop_id, node_id, price, pieces, is_open) VALUES
        (1, 1, 3, 10, 1, TRUE), (2, 1, 4, 20, 2, TRUE), (3, 2, 2, 30, 3, TRUE), (4, 2, 3, 40, 1, FALSE),
        (5, 3, 5, 50, 2, TRUE), (6, 3, NULL, 60, 1, FALSE)",
    "INSERT INTO tags (id, name) VALUES (1, 'red'), (2, 'green'), (3, 'blue')",
    "INSERT INTO links (item_id, tag_id, weight) VALUES
        (1, 1, 1), (1, 2, 2), (2, 1, 3), (3, 2, 1), (3, 3, 2), (4, 1, 1), (5, 3, 4)",
    "INSERT INTO persons (id, name) VALUES (1, 'ada'), (2, 'bob'), (3, 'cy'), (4, 'dot')",
    "INSERT INTO follows (id, user_id, other_id) VALUES (1, 1, 3), (2, 3, 2), (3, 2, 4), (4, 4, 1)",
    "INSERT INTO depots (id) VALUES (1), (2)",
    "INSERT INTO bins (id, depot_id) VALUES (1, 1), (2, 1), (3, 2)",
    "INSERT INTO stocks (id, bin_id, pieces) VALUES (1, 1, 10), (2, 1, 20), (3, 2, 30), (4, 3, 40)",
];
