//! Rows whose key is text, of which the database finds several spellings equal.

use diesel::connection::SimpleConnection;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use maintained::prelude::*;

use super::Place;

diesel::table! { stalls (id) { id -> Integer, total -> BigInt } }
diesel::table! { wares (code) { code -> Text, stall_id -> Integer, price -> BigInt } }

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = stalls, check_for_backend(Mysql))]
struct Stall {
    id: i32,
    #[maintained(sum(Ware::price))]
    total: i64,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = wares, primary_key(code), belongs_to(Stall), check_for_backend(Mysql))]
struct Ware {
    code: String,
    stall_id: i32,
    price: i64,
}

#[test]
fn copies_of_a_row_that_are_spelled_otherwise_are_one_change() {
    let place = Place::new();
    let mut conn = place.connect();
    conn.batch_execute(
        "CREATE TABLE stalls (id INTEGER PRIMARY KEY, total BIGINT NOT NULL DEFAULT 0) ENGINE = InnoDB;
         CREATE TABLE wares (code VARCHAR(20) COLLATE utf8mb4_general_ci PRIMARY KEY,
             stall_id INTEGER NOT NULL, price BIGINT NOT NULL,
             FOREIGN KEY (stall_id) REFERENCES stalls (id)) ENGINE = InnoDB CHARACTER SET utf8mb4",
    )
    .unwrap();
    Stall::insert(&mut conn, stalls::id.eq(1)).unwrap();
    let plum = (
        wares::code.eq("plum"),
        wares::stall_id.eq(1),
        wares::price.eq(5_i64),
    );
    Ware::insert(&mut conn, plum).unwrap();
    let copy = |code: &str, price| Ware {
        code: code.to_owned(),
        stall_id: 1,
        price,
    };
    let mut copies = [copy("plum", 6), copy("PLUM", 7)];
    Ware::save_many(&mut conn, &mut copies).unwrap();
    let stall = Stall::find(&mut conn, 1).unwrap().unwrap();
    assert_eq!(stall.total, 7);
}
