// What the chapter on declared fields stands on: the tables, and a connection to empty ones.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! {
    depots (id) {
        id -> Integer,
        name -> Text,
        weight -> BigInt,
        open_crates -> BigInt,
        heaviest -> Nullable<BigInt>,
        parcels -> BigInt,
    }
}
diesel::table! {
    crates (id) {
        id -> Integer,
        depot_id -> Integer,
        is_open -> Bool,
        depot_name -> Text,
        weight -> BigInt,
    }
}
diesel::table! {
    parcels (id) {
        id -> Integer,
        crate_id -> Integer,
        grams -> BigInt,
        pieces -> BigInt,
        weight -> BigInt,
    }
}

fn connect() -> MaintainedConnection<SqliteConnection> {
    let mut conn = MaintainedConnection::establish(":memory:").expect("memory is there");
    conn.batch_execute(
        "CREATE TABLE depots (id INTEGER PRIMARY KEY, name TEXT NOT NULL,
             weight BIGINT NOT NULL DEFAULT 0, open_crates BIGINT NOT NULL DEFAULT 0,
             heaviest BIGINT, parcels BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE crates (id INTEGER PRIMARY KEY, depot_id INTEGER NOT NULL,
             is_open BOOLEAN NOT NULL, depot_name TEXT NOT NULL DEFAULT '',
             weight BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE parcels (id INTEGER PRIMARY KEY, crate_id INTEGER NOT NULL,
             grams BIGINT NOT NULL, pieces BIGINT NOT NULL, weight BIGINT NOT NULL DEFAULT 0);",
    )
    .expect("the tables are new");
    conn
}
