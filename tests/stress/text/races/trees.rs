//! Rows that read rows of their own table.

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::{Act, Conn, Outcome, race};
use crate::bare::models::{Team, Topic};
use crate::bare::schema::{teams, topics};

const INSERT_TOPIC: Act = |conn| Topic::insert(conn, topics::parent_id.eq(3)).map(drop);
const INSERT_TEAM: Act = |conn| Team::insert(conn, teams::parent_id.eq(3)).map(drop);

fn rename_topic(conn: &mut Conn, topic: i32) -> Outcome {
    Topic::update(conn, topic, topics::revision.eq(topics::revision + 1)).map(drop)
}

/// Moves a topic, unless that would close a loop.
fn move_topic(conn: &mut Conn, topic: i32, parent: i32) -> Outcome {
    match Topic::update(conn, topic, topics::parent_id.eq(parent)) {
        Err(Error::Loop { .. }) => Ok(()),
        done => done.map(drop),
    }
}

/// Moves a team, unless that would close a loop.
fn move_team(conn: &mut Conn, team: i32, parent: i32) -> Outcome {
    match Team::update(conn, team, teams::parent_id.eq(parent)) {
        Err(Error::Loop { .. }) => Ok(()),
        done => done.map(drop),
    }
}

#[test]
fn row_inserted_into_a_tree_and_the_row_at_its_top_renamed() {
    race(INSERT_TOPIC, |conn| rename_topic(conn, 1)).run();
}

#[test]
fn row_moved_within_a_tree_and_the_row_above_its_new_parent_renamed() {
    race(|conn| move_topic(conn, 5, 3), |conn| rename_topic(conn, 1)).run();
}

#[test]
fn row_inserted_into_a_tree_and_a_row_above_it_moved() {
    race(INSERT_TOPIC, |conn| move_topic(conn, 2, 5)).run();
    race(INSERT_TEAM, |conn| move_team(conn, 2, 5)).run();
}

#[test]
fn two_rows_inserted_into_a_tree() {
    race(INSERT_TEAM, |conn| {
        Team::insert(conn, teams::parent_id.eq(4)).map(drop)
    })
    .run();
}

#[test]
fn branch_of_a_tree_deleted_and_row_inserted_into_it() {
    race(|conn| Topic::delete_many(conn, &[2]), INSERT_TOPIC).run();
    race(|conn| Team::delete_many(conn, &[2]), INSERT_TEAM).run();
}

#[test]
fn branches_of_a_tree_moved_below_one_another() {
    // Each is right by itself; whoever comes second would close a loop.
    race(|conn| move_topic(conn, 4, 3), |conn| move_topic(conn, 2, 4)).run();
    race(|conn| move_team(conn, 4, 3), |conn| move_team(conn, 2, 4)).run();
}
