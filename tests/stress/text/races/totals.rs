//! Totals of totals, which a write reaches by additions alone.

use diesel::prelude::*;
use maintained::prelude::*;

use super::{Act, race};
use crate::bare::totals::{Due, Realm, STAGE, Shire, dues, realms, shires};

const INSERT_DUE: Act = |conn| Due::insert(conn, dues::shire_id.eq(1)).map(drop);
const RAISE_DUE: Act = |conn| Due::update(conn, 1, dues::coins.eq(11)).map(drop);
const DOUBLE_DUE: Act = |conn| Due::update(conn, 1, dues::coins.eq(dues::coins * 2)).map(drop);
const DELETE_DUE: Act = |conn| Due::delete_many(conn, &[1]);
const MOVE_DUE: Act = |conn| Due::update(conn, 1, dues::shire_id.eq(3)).map(drop);
const MOVE_SHIRE: Act = |conn| Shire::update(conn, 1, shires::realm_id.eq(2)).map(drop);
const DELETE_SHIRE: Act = |conn| Shire::delete_many(conn, &[2]);
/// To a realm that a statement does not see which has begun before.
const MOVE_SHIRE_TO_A_NEW_REALM: Act = |conn| {
    conn.transaction(|conn| {
        let realm = Realm::insert(conn, realms::id.eq(4))?;
        Shire::update(conn, 1, shires::realm_id.eq(realm.id)).map(drop)
    })
};

#[test]
fn two_writers_under_one_total() {
    for [one, other] in [
        [INSERT_DUE, INSERT_DUE],
        [INSERT_DUE, RAISE_DUE],
        [INSERT_DUE, DELETE_DUE],
        [RAISE_DUE, DELETE_SHIRE],
    ] {
        let race = race(one, other).on(&STAGE).in_transactions();
        race.never_refused().run();
    }
}

#[test]
fn two_writers_of_one_row() {
    for [one, other] in [
        [RAISE_DUE, DOUBLE_DUE],
        [RAISE_DUE, DELETE_DUE],
        [DELETE_DUE, DELETE_DUE],
        [DOUBLE_DUE, MOVE_DUE],
    ] {
        race(one, other).on(&STAGE).in_transactions().run();
    }
}

#[test]
fn total_moved_while_its_children_are_written() {
    for write in [INSERT_DUE, RAISE_DUE, DELETE_DUE] {
        race(write, MOVE_SHIRE).on(&STAGE).never_refused().run();
    }
}

#[test]
fn total_moved_under_a_new_one_while_its_children_are_written() {
    for write in [INSERT_DUE, RAISE_DUE, DELETE_DUE] {
        race(write, MOVE_SHIRE_TO_A_NEW_REALM).on(&STAGE).run();
    }
}

#[test]
fn child_moved_while_its_totals_are_written() {
    for other in [INSERT_DUE, RAISE_DUE, MOVE_SHIRE] {
        race(MOVE_DUE, other).on(&STAGE).run();
    }
}
