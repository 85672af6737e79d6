//! The tables: owners with carts with lines, and a tree of folders.

diesel::table! {
    owners (id) {
        id -> Integer,
        name -> Text,
        spent -> BigInt,
        cart_count -> BigInt,
    }
}

diesel::table! {
    carts (id) {
        id -> Integer,
        owner_id -> Integer,
        note -> Text,
        total -> BigInt,
        line_count -> Integer,
        owner_name -> Nullable<Text>,
        label -> Text,
    }
}

diesel::table! {
    #[sql_name = "lines_"]
    lines (id) {
        id -> Integer,
        cart_id -> Integer,
        cents -> BigInt,
    }
}

diesel::table! {
    folders (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        name -> Text,
        path -> Text,
        size -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(owners, carts, lines, folders);

/// `{serial}`, `{text}` and `{end}` are spelled as each database wants them.
pub const CREATE: &[&str] = &[
    "CREATE TABLE owners (id {serial}, name {text} NOT NULL, spent BIGINT NOT NULL DEFAULT 0,
        cart_count BIGINT NOT NULL DEFAULT 0) {end}",
    "CREATE TABLE carts (id {serial}, owner_id INTEGER NOT NULL REFERENCES owners (id), note {text} NOT NULL DEFAULT '',
        total BIGINT NOT NULL DEFAULT 0, line_count INTEGER NOT NULL DEFAULT 0, owner_name {text},
        label {text} NOT NULL DEFAULT '') {end}",
    "CREATE INDEX carts_owner_id ON carts (owner_id)",
    "CREATE TABLE lines_ (id {serial}, cart_id INTEGER NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
        cents BIGINT NOT NULL CHECK (cents < 1000000)) {end}",
    "CREATE INDEX lines_cart_id ON lines_ (cart_id)",
    "CREATE TABLE folders (id {serial}, parent_id INTEGER REFERENCES folders (id), name {text} NOT NULL,
        path {text} NOT NULL DEFAULT '', size BIGINT NOT NULL DEFAULT 0) {end}",
    "CREATE INDEX folders_parent_id ON folders (parent_id)",
];

/// Rows to begin with: two owners with two carts each, two lines in each cart, and three folders.
pub const FIRST_ROWS: &[&str] = &[
    "INSERT INTO owners (id, name, spent, cart_count) VALUES (1, 'Ada', 120, 2), (2, 'Bob', 280, 2)",
    "INSERT INTO carts (id, owner_id, note, total, line_count, owner_name, label) VALUES
        (1, 1, 'a', 30, 2, 'Ada', 'Ada: a'), (2, 1, 'b', 90, 2, 'Ada', 'Ada: b'),
        (3, 2, 'c', 130, 2, 'Bob', 'Bob: c'), (4, 2, 'd', 150, 2, 'Bob', 'Bob: d')",
    "INSERT INTO lines_ (id, cart_id, cents) VALUES
        (1, 1, 10), (2, 1, 20), (3, 2, 40), (4, 2, 50), (5, 3, 60), (6, 3, 70), (7, 4, 70), (8, 4, 80)",
    "INSERT INTO folders (id, parent_id, name, path, size) VALUES
        (1, NULL, 'root', 'root/', 3), (2, 1, 'usr', 'root/usr/', 2), (3, 2, 'bin', 'root/usr/bin/', 1)",
];

/// The tables, children first.
pub const TABLES: &[&str] = &["lines_", "carts", "owners", "folders"];

/// Each maintained field, and its rows that are stale: in plain SQL.
pub const STALE: &[(&str, &str)] = &[
    (
        "Owner::spent",
        "owners o WHERE spent <>
            (SELECT COALESCE(SUM(total), 0) FROM carts c WHERE c.owner_id = o.id)",
    ),
    (
        "Owner::cart_count",
        "owners o WHERE cart_count <> (SELECT COUNT(*) FROM carts c WHERE c.owner_id = o.id)",
    ),
    (
        "Cart::total",
        "carts c WHERE total <> (SELECT COALESCE(SUM(cents), 0) FROM lines_ l WHERE l.cart_id = c.id)",
    ),
    (
        "Cart::line_count",
        "carts c WHERE line_count <> (SELECT COUNT(*) FROM lines_ l WHERE l.cart_id = c.id)",
    ),
    (
        "Cart::owner_name",
        "carts c JOIN owners o ON o.id = c.owner_id WHERE COALESCE(owner_name, '?') <> o.name",
    ),
    (
        "Cart::label",
        "carts c JOIN owners o ON o.id = c.owner_id WHERE label <> CONCAT(o.name, ': ', c.note)",
    ),
    (
        "Folder::path",
        "folders f LEFT JOIN folders p ON p.id = f.parent_id
            WHERE f.path <> CONCAT(COALESCE(p.path, ''), f.name, '/')",
    ),
    (
        "Folder::size",
        "folders f WHERE size <> 1 + (SELECT COALESCE(SUM(size), 0) FROM folders c WHERE c.parent_id = f.id)",
    ),
];

/// Everything that is no maintained field, and no key: a row of text each.
pub const PLAIN: &[&str] = &[
    "SELECT CONCAT('owner ', name) AS row_text FROM owners WHERE name <> 'next'",
    "SELECT CONCAT('cart ', o.name, ' ', c.note) FROM carts c JOIN owners o ON o.id = c.owner_id",
    "SELECT CONCAT('line ', c.note, ' ', l.cents) FROM lines_ l JOIN carts c ON c.id = l.cart_id",
    "SELECT CONCAT('folder ', f.name, ' in ', COALESCE(p.name, '')) FROM folders f
        LEFT JOIN folders p ON p.id = f.parent_id",
];
