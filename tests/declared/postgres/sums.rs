//! Sums that one statement might add wrongly: of many columns, and of small numbers.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::Place;

diesel::table! {
    ledgers (id) {
        id -> Integer,
        a -> BigInt,
        b -> BigInt,
        c -> BigInt,
        d -> BigInt,
        e -> BigInt,
        f -> BigInt,
        g -> BigInt,
        h -> BigInt,
        i -> BigInt,
    }
}

diesel::table! {
    purses (id) {
        id -> Integer,
        worth -> BigInt,
    }
}

diesel::table! {
    chips (id) {
        id -> Integer,
        ledger_id -> Integer,
        worth -> Integer,
    }
}

diesel::table! {
    coins (id) {
        id -> Integer,
        purse_id -> Integer,
        worth -> Integer,
    }
}

/// More sums than one statement adds.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = ledgers)]
struct Ledger {
    id: i32,
    #[maintained(sum(Chip::worth))]
    a: i64,
    #[maintained(sum(Chip::worth))]
    b: i64,
    #[maintained(sum(Chip::worth))]
    c: i64,
    #[maintained(sum(Chip::worth))]
    d: i64,
    #[maintained(sum(Chip::worth))]
    e: i64,
    #[maintained(sum(Chip::worth))]
    f: i64,
    #[maintained(sum(Chip::worth))]
    g: i64,
    #[maintained(sum(Chip::worth))]
    h: i64,
    #[maintained(sum(Chip::worth))]
    i: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = chips, belongs_to(Ledger))]
struct Chip {
    id: i32,
    ledger_id: i32,
    worth: i32,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = purses)]
struct Purse {
    id: i32,
    #[maintained(sum(Coin::worth))]
    worth: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = coins, belongs_to(Purse))]
struct Coin {
    id: i32,
    purse_id: i32,
    worth: i32,
}

#[test]
fn many_sums_of_one_column_are_each_added_once() {
    let place = Place::new();
    let mut conn = place.connect();
    let sums = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    let sums = sums.map(|name| format!("{name} BIGINT NOT NULL DEFAULT 0"));
    conn.batch_execute(&format!(
        "CREATE TABLE ledgers (id INTEGER PRIMARY KEY, {});
         CREATE TABLE chips (id INTEGER PRIMARY KEY, worth INTEGER NOT NULL,
             ledger_id INTEGER NOT NULL REFERENCES ledgers (id));
         INSERT INTO ledgers (id) VALUES (1)",
        sums.join(", ")
    ))
    .unwrap();
    let chip = |id: i32| (chips::id.eq(id), chips::ledger_id.eq(1), chips::worth.eq(5));
    Chip::insert(&mut conn, chip(1)).unwrap();
    Chip::insert(&mut conn, chip(2)).unwrap();
    Chip::update(&mut conn, 1, chips::worth.eq(9)).unwrap();
    Chip::delete_many(&mut conn, &[2]).unwrap();
    let ledger = Ledger::find(&mut conn, 1).unwrap().unwrap();
    let sums = [
        ledger.a, ledger.b, ledger.c, ledger.d, ledger.e, ledger.f, ledger.g, ledger.h, ledger.i,
    ];
    assert_eq!(sums, [9; 9]);
}

#[test]
fn numbers_may_differ_by_more_than_their_type_holds() {
    let place = Place::new();
    let mut conn = place.connect();
    conn.batch_execute(
        "CREATE TABLE purses (id INTEGER PRIMARY KEY, worth BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE coins (id INTEGER PRIMARY KEY, worth INTEGER NOT NULL,
             purse_id INTEGER NOT NULL REFERENCES purses (id));
         INSERT INTO purses (id) VALUES (1)",
    )
    .unwrap();
    let debt = (
        coins::id.eq(1),
        coins::purse_id.eq(1),
        coins::worth.eq(i32::MIN),
    );
    Coin::insert(&mut conn, debt).unwrap();
    Coin::update(&mut conn, 1, coins::worth.eq(i32::MAX)).unwrap();
    let purse = Purse::find(&mut conn, 1).unwrap().unwrap();
    assert_eq!(purse.worth, i64::from(i32::MAX));
    Coin::update(&mut conn, 1, coins::worth.eq(i32::MIN)).unwrap();
    Coin::delete_many(&mut conn, &[1]).unwrap();
    let purse = Purse::find(&mut conn, 1).unwrap().unwrap();
    assert_eq!(purse.worth, 0);
}
