//! Numbers without a sign, and small ones: they add up as others do.

use diesel::connection::SimpleConnection;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use maintained::New;
use maintained::prelude::*;

use super::{Conn, Place};

mod schema {
    diesel::table! {
        crates (id) {
            id -> Unsigned<Integer>,
            weight -> Unsigned<BigInt>,
            heaviest -> Nullable<Unsigned<Integer>>,
            dents -> Nullable<BigInt>,
        }
    }
    diesel::table! {
        parts (id) {
            id -> Unsigned<Integer>,
            crate_id -> Unsigned<Integer>,
            weight -> Unsigned<Integer>,
            dents -> TinyInt,
        }
    }
}

use schema::{crates, parts};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = crates, check_for_backend(Mysql))]
struct Crate {
    id: u32,
    #[maintained(sum(Part::weight))]
    weight: u64,
    #[maintained(max(Part::weight))]
    heaviest: Option<u32>,
    #[maintained(sum(Part::dents))]
    dents: Option<i64>,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = parts, belongs_to(Crate), check_for_backend(Mysql))]
struct Part {
    id: u32,
    crate_id: u32,
    weight: u32,
    dents: i8,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = parts, check_for_backend(Mysql))]
#[maintained(new_of = Part)]
struct NewPart {
    id: u32,
    crate_id: u32,
    weight: u32,
    dents: i8,
}

#[test]
fn numbers_without_a_sign_add_up() {
    let place = Place::new();
    let mut conn = place.connect();
    conn.batch_execute(
        "CREATE TABLE crates (id INTEGER UNSIGNED PRIMARY KEY, weight BIGINT UNSIGNED NOT NULL DEFAULT 0,
             heaviest INTEGER UNSIGNED, dents BIGINT);
         CREATE TABLE parts (id INTEGER UNSIGNED PRIMARY KEY, crate_id INTEGER UNSIGNED NOT NULL,
             weight INTEGER UNSIGNED NOT NULL, dents TINYINT NOT NULL);",
    )
    .unwrap();
    Crate::insert(&mut conn, crates::id.eq(1)).unwrap();
    let part = |id, weight, dents| NewPart {
        id,
        crate_id: 1,
        weight,
        dents,
    };
    let right = |conn: &mut Conn| {
        let row = Crate::find(conn, 1).unwrap().unwrap();
        (row.weight, row.heaviest, row.dents)
    };
    assert_eq!(right(&mut conn), (0, None, None));
    Part::add(&mut conn, &part(1, u32::MAX, -1)).unwrap();
    Part::add_many(&mut conn, &[part(2, u32::MAX, 120), part(3, 7, 120)]).unwrap();
    let weight = 2 * u64::from(u32::MAX) + 7;
    assert_eq!(right(&mut conn), (weight, Some(u32::MAX), Some(239)));
    Part::delete_many(&mut conn, &[1, 2]).unwrap();
    assert_eq!(right(&mut conn), (7, Some(7), Some(120)));
    Part::delete_many(&mut conn, &[3]).unwrap();
    assert_eq!(right(&mut conn), (0, None, None));
}
