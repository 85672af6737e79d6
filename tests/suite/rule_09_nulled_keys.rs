//! A maintained foreign key that the database nulls along with a delete, though its setter would
//! return the old key again.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::support::shop;
use crate::{Conn, check_foreign_keys};

diesel::table! {
    berths (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    boats (id) {
        id -> Integer,
        wish -> Nullable<Integer>,
        berth_id -> Nullable<Integer>,
        berth_name -> Nullable<Text>,
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = berths)]
pub struct Berth {
    pub id: i32,
    pub name: String,
}

/// It lies where it wishes to.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = boats)]
#[maintained(belongs_to(Berth, foreign_key = berth_id))]
pub struct Boat {
    pub id: i32,
    pub wish: Option<i32>,
    #[maintained]
    pub berth_id: Option<i32>,
    #[maintained]
    pub berth_name: Option<String>,
}

#[maintained::setters]
impl Boat {
    #[setter]
    #[expect(
        clippy::misnamed_getters,
        reason = "a setter has the name of what it keeps"
    )]
    fn berth_id(&self) -> Option<i32> {
        self.wish
    }

    #[setter]
    fn berth_name(#[via(boats::berth_id)] berth: Option<&Berth>) -> Option<String> {
        berth.map(|berth| berth.name.clone())
    }
}

/// Two berths, and a boat in the first.
fn harbour() -> Conn {
    let mut conn = shop::open();
    check_foreign_keys(&mut conn);
    for sql in [
        "CREATE TABLE berths (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(50) NOT NULL)",
        "CREATE TABLE boats (id INTEGER NOT NULL PRIMARY KEY, wish INTEGER, berth_id INTEGER, berth_name VARCHAR(50),
            FOREIGN KEY (berth_id) REFERENCES berths (id) ON DELETE SET NULL)",
    ] {
        conn.batch_execute(sql).unwrap();
    }
    for (id, name) in [(1, "east"), (2, "west")] {
        Berth::insert(&mut conn, (berths::id.eq(id), berths::name.eq(name))).unwrap();
    }
    let boat = (boats::id.eq(1), boats::wish.eq(Some(1)));
    let boat = Boat::insert(&mut conn, boat).unwrap();
    assert_eq!(
        (boat.berth_id, boat.berth_name.as_deref()),
        (Some(1), Some("east"))
    );
    conn
}

fn boat(conn: &mut Conn) -> Boat {
    Boat::find(conn, 1).unwrap().unwrap()
}

#[test]
fn a_parent_is_not_deleted_under_a_key_that_its_setter_would_return_again() {
    let mut conn = harbour();
    let error = Berth::delete_many(&mut conn, &[1]).unwrap_err();
    assert!(
        error.to_string().to_lowercase().contains("foreign key"),
        "{error}"
    );
    assert!(Berth::find(&mut conn, 1).unwrap().is_some());
    assert_eq!(boat(&mut conn).berth_id, Some(1));
    assert_eq!(boat(&mut conn).berth_name.as_deref(), Some("east"));
}

#[test]
fn a_parent_is_deleted_in_a_scope_that_lets_the_key_go_or_turn_to_another_row() {
    for (wish, name) in [(None, None), (Some(2), Some("west"))] {
        let mut conn = harbour();
        conn.buffer_autoupdates(|conn| {
            Berth::delete_many(conn, &[1])?;
            Boat::update(conn, 1, boats::wish.eq(wish)).map(drop)
        })
        .unwrap();
        assert_eq!(boat(&mut conn).berth_id, wish);
        assert_eq!(boat(&mut conn).berth_name.as_deref(), name);
    }
}
