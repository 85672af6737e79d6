//! Fields that the database computes, under the races of fields with setters.

use diesel::prelude::*;
use maintained::prelude::*;

use super::{Act, race};
use crate::bare::declared::{
    Coin, Fruit, Home, Purse, STAGE, Village, Weight, coins, fruits, homes, villages, weights,
};

const INSERT_COIN: Act = |conn| Coin::insert(conn, coins::purse_id.eq(1)).map(drop);
const MOVE_COIN: Act = |conn| Coin::update(conn, 2, coins::purse_id.eq(1)).map(drop);
const DELETE_COIN: Act = |conn| Coin::delete_many(conn, &[1]);
const INSERT_WEIGHT: Act = |conn| {
    let new = (weights::scale_id.eq(1), weights::grams.eq(40));
    Weight::insert(conn, new).map(drop)
};
/// The one that counts goes.
const DELETE_WEIGHT: Act = |conn| Weight::delete_many(conn, &[1]);
const LIGHTEN_WEIGHT: Act = |conn| Weight::update(conn, 1, weights::grams.eq(5)).map(drop);
const INSERT_FRUIT: Act = |conn| Fruit::insert(conn, fruits::basket_id.eq(1)).map(drop);
const DELETE_FRUIT: Act = |conn| Fruit::delete_many(conn, &[1]);
const INSERT_HOME: Act = |conn| Home::insert(conn, homes::village_id.eq(1)).map(drop);
const MOVE_VILLAGE: Act = |conn| Village::update(conn, 1, villages::land_id.eq(2)).map(drop);

#[test]
fn two_inserters_under_one_parent_whose_field_is_declared() {
    for insert in [INSERT_COIN, INSERT_WEIGHT, INSERT_FRUIT, INSERT_HOME] {
        let race = race(insert, insert).on(&STAGE).in_transactions();
        race.never_refused().run();
    }
}

#[test]
fn inserter_and_deleter_under_one_parent_whose_field_is_declared() {
    for [insert, delete] in [
        [INSERT_COIN, DELETE_COIN],
        [INSERT_WEIGHT, DELETE_WEIGHT],
        [INSERT_FRUIT, DELETE_FRUIT],
    ] {
        let race = race(insert, delete).on(&STAGE).in_transactions();
        race.never_refused().run();
    }
}

#[test]
fn greatest_value_lessened_and_another_one_inserted_or_deleted() {
    race(LIGHTEN_WEIGHT, INSERT_WEIGHT)
        .on(&STAGE)
        .never_refused()
        .run();
    // InnoDB looks for the next one under locks, and one of those that it finds is about to go.
    race(LIGHTEN_WEIGHT, |conn| Weight::delete_many(conn, &[3]))
        .on(&STAGE)
        .run();
}

#[test]
fn last_row_that_counts_changed_and_another_one_that_comes_to_count() {
    race(
        |conn| Fruit::update(conn, 1, fruits::ripe.eq(false)).map(drop),
        |conn| {
            let new = (fruits::basket_id.eq(1), fruits::ripe.eq(true));
            Fruit::insert(conn, new).map(drop)
        },
    )
    .on(&STAGE)
    .never_refused()
    .run();
    race(DELETE_FRUIT, |conn| {
        let moved = (fruits::basket_id.eq(1), fruits::ripe.eq(true));
        Fruit::update(conn, 2, moved).map(drop)
    })
    .on(&STAGE)
    .never_refused()
    .run();
}

#[test]
fn child_moved_to_a_parent_whose_field_is_declared_and_others_written_under_it() {
    for other in [INSERT_COIN, DELETE_COIN] {
        race(MOVE_COIN, other).on(&STAGE).never_refused().run();
    }
    race(MOVE_COIN, |conn| {
        Coin::update(conn, 2, coins::purse_id.eq(3)).map(drop)
    })
    .on(&STAGE)
    .never_refused()
    .run();
    race(MOVE_COIN, |conn| {
        Coin::update(conn, 1, coins::purse_id.eq(2)).map(drop)
    })
    .on(&STAGE)
    .run();
}

#[test]
fn parent_whose_field_is_declared_deleted_with_its_children_and_child_written() {
    const DELETE_PURSE: Act = |conn| Purse::delete_many(conn, &[1]);
    for other in [INSERT_COIN, MOVE_COIN, DELETE_COIN] {
        race(DELETE_PURSE, other).on(&STAGE).run();
    }
}

#[test]
fn grandchild_written_under_a_declared_sum_and_its_parent_moved_or_deleted() {
    let change: Act = |conn| Home::update(conn, 1, homes::people.eq(9)).map(drop);
    let delete: Act = |conn| Home::delete_many(conn, &[1]);
    for write in [INSERT_HOME, change, delete] {
        race(write, MOVE_VILLAGE).on(&STAGE).run();
        race(write, |conn| Village::delete_many(conn, &[1]))
            .on(&STAGE)
            .run();
    }
}
