//! Declared fields: kept by differences (a count, a greatest value), and computed anew (whether there is any, a sum over two hops).

use diesel::prelude::*;
use maintained::prelude::*;

use super::Stage;

diesel::table! {
    purses (id) {
        id -> Integer,
        coins -> BigInt,
    }
}

diesel::table! {
    coins (id) {
        id -> Integer,
        purse_id -> Integer,
    }
}

diesel::table! {
    scales (id) {
        id -> Integer,
        heaviest -> Nullable<Integer>,
    }
}

diesel::table! {
    weights (id) {
        id -> Integer,
        scale_id -> Integer,
        grams -> Integer,
    }
}

diesel::table! {
    baskets (id) {
        id -> Integer,
        any_ripe -> Bool,
    }
}

diesel::table! {
    fruits (id) {
        id -> Integer,
        basket_id -> Integer,
        ripe -> Bool,
    }
}

diesel::table! {
    lands (id) {
        id -> Integer,
        people -> BigInt,
    }
}

diesel::table! {
    villages (id) {
        id -> Integer,
        land_id -> Integer,
    }
}

diesel::table! {
    homes (id) {
        id -> Integer,
        village_id -> Integer,
        people -> Integer,
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = purses)]
pub struct Purse {
    pub id: i32,
    #[maintained(count(Coin))]
    pub coins: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = coins, belongs_to(Purse))]
pub struct Coin {
    pub id: i32,
    pub purse_id: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = scales)]
pub struct Scale {
    pub id: i32,
    #[maintained(max(Weight::grams))]
    pub heaviest: Option<i32>,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = weights, belongs_to(Scale))]
pub struct Weight {
    pub id: i32,
    pub scale_id: i32,
    pub grams: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = baskets)]
pub struct Basket {
    pub id: i32,
    #[maintained(exists(Fruit, filter = Fruit::ripe))]
    pub any_ripe: bool,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = fruits, belongs_to(Basket))]
pub struct Fruit {
    pub id: i32,
    pub basket_id: i32,
    pub ripe: bool,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = lands)]
pub struct Land {
    pub id: i32,
    #[maintained(sum(Home::people, through = Village))]
    pub people: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = villages, belongs_to(Land))]
pub struct Village {
    pub id: i32,
    pub land_id: i32,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = homes, belongs_to(Village))]
pub struct Home {
    pub id: i32,
    pub village_id: i32,
    pub people: i32,
}

/// The last purse, scale, basket and land have no rows under them.
pub const STAGE: Stage = Stage {
    create: &[
        "CREATE TABLE purses (id {serial}, coins BIGINT NOT NULL DEFAULT 0){from}",
        "CREATE TABLE coins (
            id {serial}, purse_id INTEGER NOT NULL,
            FOREIGN KEY (purse_id) REFERENCES purses (id) ON DELETE CASCADE
        ){from}",
        "CREATE TABLE scales (id {serial}, heaviest INTEGER NULL){from}",
        "CREATE TABLE weights (
            id {serial}, scale_id INTEGER NOT NULL, grams INTEGER NOT NULL,
            FOREIGN KEY (scale_id) REFERENCES scales (id)
        ){from}",
        "CREATE TABLE baskets (id {serial}, any_ripe BOOLEAN NOT NULL DEFAULT FALSE){from}",
        "CREATE TABLE fruits (
            id {serial}, basket_id INTEGER NOT NULL, ripe BOOLEAN NOT NULL DEFAULT TRUE,
            FOREIGN KEY (basket_id) REFERENCES baskets (id)
        ){from}",
        "CREATE TABLE lands (id {serial}, people BIGINT NOT NULL DEFAULT 0){from}",
        "CREATE TABLE villages (
            id {serial}, land_id INTEGER NOT NULL,
            FOREIGN KEY (land_id) REFERENCES lands (id)
        ){from}",
        "CREATE TABLE homes (
            id {serial}, village_id INTEGER NOT NULL, people INTEGER NOT NULL DEFAULT 1,
            FOREIGN KEY (village_id) REFERENCES villages (id) ON DELETE CASCADE
        ){from}",
        "CREATE INDEX coins_by_purse ON coins (purse_id)",
        "CREATE INDEX weights_by_scale ON weights (scale_id)",
        "CREATE INDEX fruits_by_basket ON fruits (basket_id)",
        "CREATE INDEX villages_by_land ON villages (land_id)",
        "CREATE INDEX homes_by_village ON homes (village_id)",
    ],
    stock: &[
        "INSERT INTO purses (id, coins) VALUES (1, 1), (2, 1), (3, 0)",
        "INSERT INTO coins (id, purse_id) VALUES (1, 1), (2, 2)",
        "INSERT INTO scales (id, heaviest) VALUES (1, 50), (2, 20), (3, NULL)",
        "INSERT INTO weights (id, scale_id, grams) VALUES (1, 1, 50), (2, 2, 20), (3, 1, 10)",
        "INSERT INTO baskets (id, any_ripe) VALUES (1, TRUE), (2, FALSE), (3, FALSE)",
        "INSERT INTO fruits (id, basket_id, ripe) VALUES (1, 1, TRUE), (2, 2, FALSE)",
        "INSERT INTO lands (id, people) VALUES (1, 1), (2, 1), (3, 0)",
        "INSERT INTO villages (id, land_id) VALUES (1, 1), (2, 2)",
        "INSERT INTO homes (id, village_id) VALUES (1, 1), (2, 2)",
    ],
    tables: &[
        "coins", "purses", "weights", "scales", "fruits", "baskets", "homes", "villages", "lands",
    ],
    stale: &[
        (
            "purses.coins",
            "purses t WHERE t.coins <> (SELECT COUNT(*) FROM coins c WHERE c.purse_id = t.id)",
        ),
        (
            "scales.heaviest",
            "scales t WHERE COALESCE(t.heaviest, -1) <> COALESCE((SELECT MAX(c.grams) FROM weights c WHERE c.scale_id = t.id), -1)",
        ),
        (
            "baskets.any_ripe",
            "baskets t WHERE t.any_ripe <> (EXISTS (SELECT 1 FROM fruits c WHERE c.basket_id = t.id AND c.ripe))",
        ),
        (
            "lands.people",
            "lands t WHERE t.people <> COALESCE((SELECT SUM(h.people) FROM homes h JOIN villages c ON c.id = h.village_id
                WHERE c.land_id = t.id), 0)",
        ),
    ],
};
