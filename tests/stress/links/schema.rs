//! The tables, and what is right in them.

use crate::bare::Stage;

diesel::table! {
    persons (id) {
        id -> Integer,
        name -> Text,
        names -> Text,
    }
}

diesel::table! {
    follows (user_id, other_id) {
        user_id -> Integer,
        other_id -> Integer,
    }
}

diesel::table! {
    products (id) {
        id -> Integer,
        name -> Text,
        tags -> Text,
    }
}

diesel::table! {
    tags (id) {
        id -> Integer,
        name -> Text,
        products -> Text,
    }
}

diesel::table! {
    labels (product_id, tag_id) {
        product_id -> Integer,
        tag_id -> Integer,
    }
}

/// A many-to-many of a model with itself.
pub const PERSONS: Stage = Stage {
    create: &[
        "CREATE TABLE persons (id INTEGER PRIMARY KEY, name {text} NOT NULL, names {text} NOT NULL){from}",
        "CREATE TABLE follows (
            user_id INTEGER NOT NULL, other_id INTEGER NOT NULL, PRIMARY KEY (user_id, other_id),
            FOREIGN KEY (user_id) REFERENCES persons (id), FOREIGN KEY (other_id) REFERENCES persons (id)
        ){from}",
        "CREATE INDEX follows_by_other ON follows (other_id)",
    ],
    stock: &[
        "INSERT INTO persons (id, name, names) VALUES (1, 'a', ''), (2, 'b', ''), (3, 'c', ''), (4, 'd', ''), (5, 'e', ''),
            (6, 'f', '')",
    ],
    tables: &["follows", "persons"],
    stale: &[(
        "persons.names",
        "persons t WHERE t.names <> COALESCE((SELECT {list:p.name:p.id} FROM follows f JOIN persons p ON p.id = f.other_id
            WHERE f.user_id = t.id), '')",
    )],
};

/// Fields on both sides of a many-to-many.
pub const PRODUCTS: Stage = Stage {
    create: &[
        "CREATE TABLE products (id INTEGER PRIMARY KEY, name {text} NOT NULL, tags {text} NOT NULL){from}",
        "CREATE TABLE tags (id INTEGER PRIMARY KEY, name {text} NOT NULL, products {text} NOT NULL){from}",
        "CREATE TABLE labels (
            product_id INTEGER NOT NULL, tag_id INTEGER NOT NULL, PRIMARY KEY (product_id, tag_id),
            FOREIGN KEY (product_id) REFERENCES products (id), FOREIGN KEY (tag_id) REFERENCES tags (id)
        ){from}",
        "CREATE INDEX labels_by_tag ON labels (tag_id)",
    ],
    stock: &[
        "INSERT INTO products (id, name, tags) VALUES (1, 'a', ''), (2, 'b', ''), (3, 'c', ''), (4, 'd', ''), (5, 'e', ''),
            (6, 'f', '')",
        "INSERT INTO tags (id, name, products) VALUES (1, 'a', ''), (2, 'b', ''), (3, 'c', ''), (4, 'd', ''), (5, 'e', ''),
            (6, 'f', '')",
    ],
    tables: &["labels", "products", "tags"],
    stale: &[
        (
            "products.tags",
            "products t WHERE t.tags <> COALESCE((SELECT {list:g.name:g.id} FROM labels l JOIN tags g ON g.id = l.tag_id
                WHERE l.product_id = t.id), '')",
        ),
        (
            "tags.products",
            "tags t WHERE t.products <> COALESCE((SELECT {list:p.name:p.id} FROM labels l
                JOIN products p ON p.id = l.product_id WHERE l.tag_id = t.id), '')",
        ),
    ],
};
