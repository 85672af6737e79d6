//! Totals of totals: numbers that a write reaches by additions alone.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Stage;

diesel::table! {
    realms (id) {
        id -> Integer,
        taxes -> BigInt,
    }
}

diesel::table! {
    shires (id) {
        id -> Integer,
        realm_id -> Integer,
        taxes -> BigInt,
    }
}

diesel::table! {
    dues (id) {
        id -> Integer,
        shire_id -> Integer,
        coins -> BigInt,
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = realms)]
pub struct Realm {
    pub id: i32,
    #[maintained(sum(Shire::taxes))]
    pub taxes: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = shires, belongs_to(Realm))]
pub struct Shire {
    pub id: i32,
    pub realm_id: i32,
    #[maintained(sum(Due::coins))]
    pub taxes: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = dues, belongs_to(Shire))]
pub struct Due {
    pub id: i32,
    pub shire_id: i32,
    pub coins: i64,
}

/// The last realm and the last shire have no rows under them.
pub const STAGE: Stage = Stage {
    create: &[
        "CREATE TABLE realms (id {serial}, taxes BIGINT NOT NULL DEFAULT 0){from}",
        "CREATE TABLE shires (
            id {serial}, realm_id INTEGER NOT NULL, taxes BIGINT NOT NULL DEFAULT 0,
            FOREIGN KEY (realm_id) REFERENCES realms (id)
        ){from}",
        "CREATE TABLE dues (
            id {serial}, shire_id INTEGER NOT NULL, coins BIGINT NOT NULL DEFAULT 1,
            FOREIGN KEY (shire_id) REFERENCES shires (id) ON DELETE CASCADE
        ){from}",
        "CREATE INDEX shires_by_realm ON shires (realm_id)",
        "CREATE INDEX dues_by_shire ON dues (shire_id)",
    ],
    stock: &[
        "INSERT INTO realms (id, taxes) VALUES (1, 30), (2, 5), (3, 0)",
        "INSERT INTO shires (id, realm_id, taxes) VALUES (1, 1, 10), (2, 1, 20), (3, 2, 5), (4, 2, 0)",
        "INSERT INTO dues (id, shire_id, coins) VALUES (1, 1, 10), (2, 2, 20), (3, 3, 5)",
    ],
    tables: &["dues", "shires", "realms"],
    stale: &[
        (
            "shires.taxes",
            "shires t WHERE t.taxes <> COALESCE((SELECT SUM(c.coins) FROM dues c WHERE c.shire_id = t.id), 0)",
        ),
        (
            "realms.taxes",
            "realms t WHERE t.taxes <> COALESCE((SELECT SUM(c.taxes) FROM shires c WHERE c.realm_id = t.id), 0)",
        ),
    ],
};
