//! The tests, one text for all databases.

mod accounts;
mod changed_rows;
mod check;
mod program;
mod property;
pub(crate) mod totals;
mod work;
mod writers;

pub(crate) use super::{Conn, LEVELS_AT_ONCE, Place};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use proptest::test_runner::{Config, TestRunner};

/// Runs so many random programs, unless `PROPTEST_CASES` says how many.
fn runner(cases: u32) -> TestRunner {
    let told = std::env::var("PROPTEST_CASES").ok();
    TestRunner::new(Config {
        cases: told.and_then(|told| told.parse().ok()).unwrap_or(cases),
        failure_persistence: None,
        ..Config::default()
    })
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Of fields, each with what SQL selects the rows by in which it is wrong, those that are wrong.
fn wrong(conn: &mut Conn, fields: &[(&'static str, &str)]) -> Vec<&'static str> {
    let is_wrong = |(_, rows): &&(&str, &str)| {
        let count = diesel::sql_query(format!("SELECT COUNT(*) AS count FROM {rows}"));
        count.get_result::<Count>(conn).unwrap().count > 0
    };
    fields
        .iter()
        .filter(is_wrong)
        .map(|(field, _)| *field)
        .collect()
}

/// Makes the tables. Names are texts of which the database finds some equal that differ, where it can be told to. A key to
/// a table that is made later is added when it is there, unless the database takes it before.
pub(crate) fn create(
    conn: &mut Conn,
    key: &str,
    collation: &str,
    engine: &str,
    takes_keys_ahead: bool,
) {
    let latest = "FOREIGN KEY (latest_light_id) REFERENCES parcels (id) ON DELETE SET NULL";
    let (ahead, after) = if takes_keys_ahead {
        (format!(", {latest}"), String::new())
    } else {
        (String::new(), format!("ALTER TABLE crates ADD {latest};"))
    };
    let tables = format!(
        "CREATE TABLE depots (id {key}, name VARCHAR(50){collation} NOT NULL,
             crate_count BIGINT NOT NULL DEFAULT 0, weight BIGINT NOT NULL DEFAULT 0,
             sealed_weight BIGINT NOT NULL DEFAULT 0, heaviest BIGINT, lightest BIGINT, latest_crate INTEGER UNIQUE,
             volume DOUBLE PRECISION NOT NULL DEFAULT 0, has_sealed BOOLEAN NOT NULL DEFAULT FALSE,
             parcel_count BIGINT NOT NULL DEFAULT 0, grades BIGINT NOT NULL DEFAULT 0,
             summary VARCHAR(200) NOT NULL DEFAULT ''){engine};
         CREATE TABLE crates (id {key}, depot_id INTEGER,
             sealed BOOLEAN NOT NULL DEFAULT FALSE, litres DOUBLE PRECISION NOT NULL DEFAULT 0,
             weight BIGINT NOT NULL DEFAULT 0, parcel_count INTEGER NOT NULL DEFAULT 0,
             grams BIGINT NOT NULL DEFAULT 0, most_pieces BIGINT,
             lightest_parcel BIGINT, latest_light_id INTEGER,
             grade BIGINT NOT NULL DEFAULT 0, depot_name VARCHAR(50){collation},
             FOREIGN KEY (depot_id) REFERENCES depots (id) ON DELETE SET NULL{ahead}){engine};
         CREATE TABLE parcels (id {key}, crate_id INTEGER NOT NULL,
             grams BIGINT NOT NULL, pieces BIGINT NOT NULL,
             weight BIGINT NOT NULL DEFAULT 0, is_light BOOLEAN NOT NULL DEFAULT TRUE,
             is_latest BOOLEAN NOT NULL DEFAULT FALSE, depot_name VARCHAR(50){collation}, is_sealed BOOLEAN NOT NULL DEFAULT FALSE,
             postage BIGINT NOT NULL DEFAULT 0, stamp_count INTEGER NOT NULL DEFAULT 0,
             tag VARCHAR(500) NOT NULL DEFAULT '', label VARCHAR(200) NOT NULL DEFAULT '',
             FOREIGN KEY (crate_id) REFERENCES crates (id) ON DELETE CASCADE){engine};
         {after}
         CREATE TABLE stamps (id {key}, parcel_id INTEGER NOT NULL,
             cents INTEGER NOT NULL, valid BOOLEAN NOT NULL DEFAULT TRUE,
             FOREIGN KEY (parcel_id) REFERENCES parcels (id) ON DELETE CASCADE){engine};
         CREATE TABLE realms (id {key}, taxes BIGINT NOT NULL DEFAULT 0, due_count BIGINT NOT NULL DEFAULT 0){engine};
         CREATE TABLE shires (id {key}, realm_id INTEGER, taxes BIGINT NOT NULL DEFAULT 0,
             paid BIGINT NOT NULL DEFAULT 0, due_count INTEGER NOT NULL DEFAULT 0,
             FOREIGN KEY (realm_id) REFERENCES realms (id)){engine};
         CREATE TABLE guilds (id {key}, total BIGINT NOT NULL DEFAULT 0){engine};
         CREATE TABLE dues (id {key}, shire_id INTEGER NOT NULL, guild_id INTEGER,
             coins BIGINT, is_paid BOOLEAN NOT NULL,
             FOREIGN KEY (shire_id) REFERENCES shires (id) ON DELETE CASCADE,
             FOREIGN KEY (guild_id) REFERENCES guilds (id)){engine};
         CREATE TABLE banks (id {key}, received BIGINT NOT NULL DEFAULT 0){engine};
         CREATE TABLE accounts (id {key}, bank_id INTEGER NOT NULL,
             received BIGINT NOT NULL DEFAULT 0,
             FOREIGN KEY (bank_id) REFERENCES banks (id)){engine};
         CREATE TABLE clerks (id {key}, handled BIGINT NOT NULL DEFAULT 0){engine};
         CREATE TABLE transfers (id {key}, account_id INTEGER NOT NULL,
             clerk_id INTEGER, amount BIGINT NOT NULL,
             FOREIGN KEY (account_id) REFERENCES accounts (id),
             FOREIGN KEY (clerk_id) REFERENCES clerks (id)){engine};
         CREATE INDEX crates_by_depot ON crates (depot_id);
         CREATE INDEX parcels_by_crate ON parcels (crate_id);"
    );
    for table in tables.split_inclusive(';') {
        conn.batch_execute(table).unwrap();
    }
}
