//! UUIDs, as keys and as fields.

#![allow(clippy::clone_on_copy, reason = "some of the types are no more than cloned")]

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::operations;
use maintained::prelude::*;
use uuid::Uuid;

use super::super::{Conn, Place, open};
use super::schema::{owners, shares, things};
use super::{COLUMN, Id, NewOwner, NewShare, NewThing, Owner, Share, Thing, Token};
use crate::models::uuids::Identity;

fn opened() -> (Place, Conn) {
    let (place, mut conn) = open();
    let default = match COLUMN {
        "BINARY(16)" | "BLOB" => format!("x'{}'", Uuid::nil().simple()),
        _ => format!("'{}'", Uuid::nil()),
    };
    for table in [
        format!(
            "owners (id {COLUMN} NOT NULL PRIMARY KEY, token {COLUMN} NOT NULL, thing_count BIGINT NOT NULL DEFAULT 0,
                first_token {COLUMN}, last_token {COLUMN}, last_alias {COLUMN}, best_shared {COLUMN}, favourite {COLUMN}, favourite_mixed {COLUMN})"
        ),
        format!(
            "things (id {COLUMN} NOT NULL PRIMARY KEY, owner_id {COLUMN} NOT NULL, token {COLUMN} NOT NULL, alias {COLUMN},
                owner_token {COLUMN} NOT NULL DEFAULT {default}, mixed {COLUMN} NOT NULL DEFAULT {default},
                FOREIGN KEY (owner_id) REFERENCES owners (id))"
        ),
        format!(
            "shares (owner_id {COLUMN} NOT NULL, thing_id {COLUMN} NOT NULL, note VARCHAR(20) NOT NULL, mixed {COLUMN},
                PRIMARY KEY (owner_id, thing_id), FOREIGN KEY (owner_id) REFERENCES owners (id),
                FOREIGN KEY (thing_id) REFERENCES things (id) ON DELETE CASCADE)"
        ),
    ] {
        conn.batch_execute(&format!("CREATE TABLE {table}")).unwrap();
    }
    for number in 0..3 {
        Owner::insert(&mut conn, owner(number)).unwrap();
    }
    (place, conn)
}

/// One of the UUIDs, which are in another order than their numbers.
fn id(number: u128) -> Id {
    const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    Id::of(Uuid::from_u128(number.wrapping_mul(FACTOR)))
}

fn owner(number: u128) -> NewOwner {
    let (id, token) = (id(number), id(number + 50_000));
    NewOwner { id, token }
}

fn thing(number: u128, owner: u128) -> NewThing {
    NewThing {
        id: id(number),
        owner_id: id(owner),
        token: id(number + 70_000),
        alias: (number.is_multiple_of(5)).then(|| id(number + 80_000)),
    }
}

fn share(owner: u128, thing: u128) -> NewShare {
    NewShare {
        owner_id: id(owner),
        thing_id: id(thing),
        note: if thing.is_multiple_of(2) { "well".to_owned() } else { String::new() },
    }
}

/// Everything is as its rules would make it of the stored rows.
#[track_caller]
fn assert_right(conn: &mut Conn) {
    let all: Vec<Thing> = things::table.select(Thing::as_select()).load(conn).unwrap();
    let by_id: BTreeMap<Id, Thing> = all.iter().map(|it| (it.id.clone(), it.clone())).collect();
    let links: Vec<Share> = shares::table.select(Share::as_select()).load(conn).unwrap();
    let rows: Vec<Owner> = owners::table.select(Owner::as_select()).load(conn).unwrap();
    for row in rows {
        let own: Vec<&Thing> = all.iter().filter(|it| it.owner_id == row.id).collect();
        let tokens = || own.iter().map(|thing| thing.token.clone());
        assert_eq!(row.thing_count, i64::try_from(own.len()).unwrap());
        assert_eq!(row.first_token, tokens().min());
        assert_eq!(row.last_token, tokens().max());
        let aliases = own.iter().filter_map(|thing| thing.alias.clone());
        assert_eq!(row.last_alias, aliases.max());
        let shared = links.iter().filter(|share| share.owner_id == row.id);
        let shared = shared.map(|share| (share, &by_id[&share.thing_id]));
        let shared: Vec<(&Share, &Thing)> = shared.collect();
        assert_eq!(row.best_shared, Owner::best_shared(&shared));
        for (share, thing) in shared {
            assert_eq!(share.mixed, share.mixed(thing));
        }
        let favourite = own.iter().find(|thing| Some(&thing.token) == row.last_token.as_ref());
        assert_eq!(row.favourite, favourite.map(|thing| thing.id.clone()));
        let token = row.token.clone();
        let token = Token { token };
        for thing in &own {
            assert_eq!(thing.owner_token, row.token);
            assert_eq!(thing.mixed, thing.mixed(&token));
        }
        assert_eq!(row.favourite_mixed, favourite.map(|thing| thing.mixed(&token)));
    }
}

#[test]
fn rows_with_uuids_are_written_one_by_one() {
    let (_place, mut conn) = opened();
    let mut first = Thing::insert(&mut conn, thing(100, 0)).unwrap();
    Thing::add(&mut conn, &thing(101, 1)).unwrap();
    assert_right(&mut conn);
    let mut link = Share::insert(&mut conn, share(0, 101)).unwrap();
    Share::add(&mut conn, &share(1, 100)).unwrap();
    assert_right(&mut conn);
    link.note = "badly".to_owned();
    link.save(&mut conn).unwrap();
    Share::update(&mut conn, (id(1), id(100)), shares::note.eq("")).unwrap();
    assert_right(&mut conn);
    first.owner_id = id(2);
    first.token = id(7);
    first.save(&mut conn).unwrap();
    assert_right(&mut conn);
    Thing::update(&mut conn, id(101), things::token.eq(id(8))).unwrap();
    assert_right(&mut conn);
    Thing::update(&mut conn, id(101), things::owner_id.eq(id(2))).unwrap();
    Owner::update(&mut conn, id(2), owners::token.eq(id(9))).unwrap();
    assert_right(&mut conn);
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        let mut first = Thing::insert(conn, thing(102, 2))?;
        Thing::add(conn, &thing(103, 0))?;
        Thing::update(conn, id(100), things::token.eq(id(10)))?;
        first.owner_id = id(1);
        first.save(conn)?;
        Share::add(conn, &share(1, 102))?;
        Share::find(conn, (id(0), id(101)))?.unwrap().delete(conn)?;
        let owner = Owner::fresh(conn, id(2))?.unwrap();
        assert_eq!(owner.thing_count, 2);
        first.delete(conn)
    })
    .unwrap();
    assert_right(&mut conn);
    let last = Thing::find(&mut conn, id(103)).unwrap().unwrap();
    last.delete(&mut conn).unwrap();
    assert_right(&mut conn);
    assert_eq!(Thing::find(&mut conn, id(103)).unwrap(), None);
}

#[test]
fn rows_with_uuids_are_written_in_bulk() {
    let (_place, mut conn) = opened();
    let news: Vec<NewThing> = (100..1100).map(|at| thing(at, at % 3)).collect();
    Thing::add_many(&mut conn, &news[..500]).unwrap();
    let mut rows = Thing::insert_many(&mut conn, news[500..].to_vec()).unwrap();
    assert_right(&mut conn);
    for (row, number) in rows.iter_mut().zip(0..) {
        row.owner_id = id(number % 2);
        row.token = id(number + 90_000);
    }
    Thing::save_many(&mut conn, &mut rows).unwrap();
    assert_right(&mut conn);
    let links: Vec<NewShare> = (100..1100).map(|at| share(at % 2, at)).collect();
    Share::add_many(&mut conn, &links[..500]).unwrap();
    let mut links = Share::insert_many(&mut conn, links[500..].to_vec()).unwrap();
    assert_right(&mut conn);
    for link in &mut links[..250] {
        link.note = if link.note.is_empty() { "so" } else { "" }.to_owned();
    }
    Share::save_many(&mut conn, &mut links).unwrap();
    assert_right(&mut conn);
    let links: Vec<(Id, Id)> = links.into_iter().map(|it| (it.owner_id, it.thing_id)).collect();
    Share::touch(&mut conn, &links).unwrap();
    Share::delete_many(&mut conn, &links[100..300]).unwrap();
    assert_right(&mut conn);
    diesel::update(owners::table)
        .set(owners::token.eq(id(11)))
        .execute(conn.inner_mut())
        .unwrap();
    diesel::update(things::table.filter(things::owner_id.eq(id(0))))
        .set((things::token.eq(things::id), things::owner_id.eq(id(1))))
        .execute(conn.inner_mut())
        .unwrap();
    let keys: Vec<Id> = news.iter().map(|new| new.id.clone()).collect();
    Thing::touch(&mut conn, &keys).unwrap();
    Owner::touch(&mut conn, &[id(0), id(1), id(2)]).unwrap();
    assert_right(&mut conn);
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        Thing::delete_many(conn, &keys[500..])?;
        Thing::add_many(conn, &news[500..750])?;
        Owner::fresh(conn, id(1)).map(drop)
    })
    .unwrap();
    assert_right(&mut conn);
    Thing::delete_many(&mut conn, &keys[..500]).unwrap();
    assert_right(&mut conn);
    assert_eq!(things::table.count().get_result(&mut conn), Ok(250));
}

/// A count that was wrong stays wrong by as much, if it is not counted anew: so it is where the database may find keys
/// equal that the program's own type does not.
#[test]
fn a_count_under_a_uuid_follows_by_the_difference_where_the_database_knows_uuids() {
    let (_place, mut conn) = opened();
    conn.batch_execute("UPDATE owners SET thing_count = 40").unwrap();
    Thing::add(&mut conn, &thing(100, 0)).unwrap();
    let owner = Owner::find(&mut conn, id(0)).unwrap().unwrap();
    let expected = if COLUMN == "UUID" { 41 } else { 1 };
    assert_eq!(owner.thing_count, expected);
}

#[test]
fn a_check_goes_through_all_keys_one_after_another() {
    let (_place, mut conn) = opened();
    for number in 0..40 {
        Thing::insert(&mut conn, thing(100 + number, number % 3)).unwrap();
    }
    let stale = diesel::update(owners::table).set(owners::thing_count.eq(7));
    assert_eq!(stale.execute(conn.inner_mut()), Ok(3));
    for batch in [1, 7] {
        let check = operations::check().model::<Owner>().model::<Thing>().batch(batch);
        let report = check.run(&mut conn).unwrap();
        assert_eq!((report.seen, report.differing), (43, 3), "{report:?}");
    }
    let repaired = operations::repair().model::<Owner>().batch(1).run(&mut conn).unwrap();
    assert_eq!(repaired.differing, 3);
    assert_right(&mut conn);
    // Bytes that are no text are told apart as well.
    let stale = diesel::update(owners::table).set(owners::last_token.eq(id(90_000)));
    assert_eq!(stale.execute(conn.inner_mut()), Ok(3));
    let report = operations::check().model::<Owner>().run(&mut conn).unwrap();
    assert_eq!(report.differing, 3, "{report:?}");
}
