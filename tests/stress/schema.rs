//! The tables: owners with carts, whose lines link them to products of some kind with parts; shelves with trays; and a
//! tree of folders.
//!
//! Counters (`revision`, `quantity`) are only ever raised by one, so that a lost change shows.

diesel::table! {
    owners (id) {
        id -> Integer,
        revision -> Integer,
        spent -> BigInt,
        crowded -> Bool,
        latest_id -> Nullable<Integer>,
        latest_revision -> Nullable<Integer>,
    }
}

diesel::table! {
    carts (id) {
        id -> Integer,
        owner_id -> Integer,
        revision -> Integer,
        total -> BigInt,
        weight -> BigInt,
        label -> Text,
    }
}

diesel::table! {
    #[sql_name = "cart_lines"]
    lines (id) {
        id -> Integer,
        cart_id -> Integer,
        product_id -> Integer,
        quantity -> Integer,
        amount -> BigInt,
    }
}

diesel::table! {
    kinds (id) {
        id -> Integer,
        revision -> Integer,
    }
}

diesel::table! {
    products (id) {
        id -> Integer,
        kind_id -> Integer,
        revision -> Integer,
        title -> Text,
        sold -> BigInt,
    }
}

diesel::table! {
    shelves (id) {
        id -> Integer,
        badge -> Nullable<Text>,
    }
}

diesel::table! {
    trays (id) {
        id -> Integer,
        shelf_id -> Integer,
    }
}

diesel::table! {
    parts (id) {
        id -> Integer,
        product_id -> Integer,
        grams -> Integer,
    }
}

diesel::table! {
    folders (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        revision -> Integer,
        path -> Text,
        size -> BigInt,
    }
}

/// `{serial}` is a key that the database gives, from 1000 on and never twice; `{from}` ends a table that has one. The
/// owners' `latest_id` names a table that is made after theirs: `{latest}` is the foreign key where that can be said at
/// once, and [`LATEST`] where it is said afterwards.
pub const CREATE: &[&str] = &[
    "CREATE TABLE owners (
        id {serial}, revision INTEGER NOT NULL DEFAULT 0,
        spent BIGINT NOT NULL DEFAULT 0, crowded BOOLEAN NOT NULL DEFAULT FALSE,
        latest_id INTEGER NULL, latest_revision INTEGER NULL{latest}
    ){from}",
    "CREATE TABLE carts (
        id {serial}, owner_id INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 0,
        total BIGINT NOT NULL DEFAULT 0, weight BIGINT NOT NULL DEFAULT 0, label {text} NOT NULL DEFAULT '',
        FOREIGN KEY (owner_id) REFERENCES owners (id)
    ){from}",
    "CREATE TABLE kinds (id {serial}, revision INTEGER NOT NULL DEFAULT 0){from}",
    "CREATE TABLE products (
        id {serial}, kind_id INTEGER NOT NULL, revision INTEGER NOT NULL DEFAULT 0,
        title {text} NOT NULL DEFAULT '', sold BIGINT NOT NULL DEFAULT 0,
        FOREIGN KEY (kind_id) REFERENCES kinds (id)
    ){from}",
    "CREATE TABLE parts (
        id {serial}, product_id INTEGER NOT NULL, grams INTEGER NOT NULL,
        FOREIGN KEY (product_id) REFERENCES products (id)
    ){from}",
    "CREATE TABLE cart_lines (
        id {serial}, cart_id INTEGER NOT NULL, product_id INTEGER NOT NULL, quantity INTEGER NOT NULL,
        amount BIGINT NOT NULL DEFAULT 0,
        FOREIGN KEY (cart_id) REFERENCES carts (id) ON DELETE CASCADE,
        FOREIGN KEY (product_id) REFERENCES products (id)
    ){from}",
    CREATE_SHELVES,
    CREATE_TRAYS,
    "CREATE TABLE folders (
        id {serial}, parent_id INTEGER NULL, revision INTEGER NOT NULL DEFAULT 0,
        path {text} NOT NULL DEFAULT '', size BIGINT NOT NULL DEFAULT 0,
        FOREIGN KEY (parent_id) REFERENCES folders (id) ON DELETE CASCADE
    ){from}",
    "CREATE INDEX owners_by_latest ON owners (latest_id)",
    "CREATE INDEX trays_by_shelf ON trays (shelf_id)",
    "CREATE INDEX carts_by_owner ON carts (owner_id)",
    "CREATE INDEX products_by_kind ON products (kind_id)",
    "CREATE INDEX parts_by_product ON parts (product_id)",
    "CREATE INDEX lines_by_cart ON cart_lines (cart_id)",
    "CREATE INDEX lines_by_product ON cart_lines (product_id)",
    "CREATE INDEX folders_by_parent ON folders (parent_id)",
];

/// A parent with a field that is unique.
pub const CREATE_SHELVES: &str =
    "CREATE TABLE shelves (id {serial}, badge VARCHAR(40) NULL UNIQUE){from}";

/// Its children.
pub const CREATE_TRAYS: &str = "CREATE TABLE trays (
        id {serial}, shelf_id INTEGER NOT NULL,
        FOREIGN KEY (shelf_id) REFERENCES shelves (id)
    ){from}";

/// The foreign key of the owners' `latest_id`.
pub const LATEST: &str = "FOREIGN KEY (latest_id) REFERENCES carts (id) ON DELETE SET NULL";

/// Every table, those that name others first.
pub const TABLES: [&str; 9] = [
    "trays",
    "shelves",
    "cart_lines",
    "parts",
    "products",
    "kinds",
    "carts",
    "owners",
    "folders",
];

/// For each maintained field the number of rows in which it is stale, from the plain columns alone.
///
/// `{list:value:key}` is a list of values ordered by a key.
pub const STALE: &[(&str, &str)] = &[
    (
        "owners.spent",
        "owners t WHERE t.spent <> COALESCE((SELECT SUM(l.quantity * 3) FROM cart_lines l JOIN carts c ON c.id = l.cart_id
            WHERE c.owner_id = t.id), 0)",
    ),
    (
        "owners.crowded",
        "owners t WHERE t.crowded <> ((SELECT COUNT(*) FROM carts c WHERE c.owner_id = t.id) >= 2)",
    ),
    (
        "owners.latest_id",
        "owners t WHERE COALESCE(t.latest_id, 0) <> COALESCE((SELECT MAX(c.id) FROM carts c WHERE c.owner_id = t.id), 0)",
    ),
    (
        "owners.latest_revision",
        "owners t WHERE COALESCE(t.latest_revision, -1) <> COALESCE((SELECT c.revision FROM carts c WHERE c.owner_id = t.id
            ORDER BY c.id DESC LIMIT 1), -1)",
    ),
    (
        "carts.total",
        "carts t WHERE t.total <> COALESCE((SELECT SUM(l.quantity * 3) FROM cart_lines l WHERE l.cart_id = t.id), 0)",
    ),
    (
        "carts.weight",
        "carts t WHERE t.weight <> COALESCE((SELECT SUM(l.quantity * p.grams) FROM cart_lines l
            JOIN parts p ON p.product_id = l.product_id WHERE l.cart_id = t.id), 0)",
    ),
    (
        "carts.label",
        "carts t WHERE t.label <> CONCAT((SELECT o.revision FROM owners o WHERE o.id = t.owner_id), '/', t.revision, ':',
            COALESCE((SELECT {list:CONCAT(l.id, '=', k.revision, '.', p.revision):l.id} FROM cart_lines l
                JOIN products p ON p.id = l.product_id JOIN kinds k ON k.id = p.kind_id WHERE l.cart_id = t.id), ''))",
    ),
    ("lines.amount", "cart_lines t WHERE t.amount <> t.quantity * 3"),
    (
        "products.title",
        "products t WHERE t.title <> CONCAT((SELECT k.revision FROM kinds k WHERE k.id = t.kind_id), '.', t.revision)",
    ),
    (
        "products.sold",
        "products t WHERE t.sold <> COALESCE((SELECT SUM(l.quantity) FROM cart_lines l WHERE l.product_id = t.id), 0)",
    ),
    (
        "shelves.badge",
        "shelves t WHERE t.badge IS NULL OR t.badge <> CONCAT(t.id, '#', (SELECT COUNT(*) FROM trays l WHERE l.shelf_id = t.id))",
    ),
    (
        "folders.path",
        "folders t WHERE t.path <> COALESCE((WITH RECURSIVE above (id, parent_id, path) AS (
                SELECT f.id, f.parent_id, CAST(CONCAT(f.revision, '/') AS {text}) FROM folders f
                UNION ALL
                SELECT above.id, f.parent_id, CAST(CONCAT(f.revision, '/', above.path) AS {text}) FROM above
                JOIN folders f ON f.id = above.parent_id
            ) SELECT above.path FROM above WHERE above.id = t.id AND above.parent_id IS NULL), '')",
    ),
    (
        "folders.size",
        "folders t WHERE t.size <> (WITH RECURSIVE above (id, top) AS (
                SELECT f.id, f.id FROM folders f
                UNION ALL
                SELECT f.id, above.top FROM above JOIN folders f ON f.parent_id = above.id
            ) SELECT COUNT(*) FROM above WHERE above.top = t.id)",
    ),
];
