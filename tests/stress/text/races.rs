//! The races of two writers, each by its name: whatever the interleaving, nothing is stale.
//!
//! Where an order of locks keeps the two from waiting for one another, it must do so in every interleaving.

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::super::Conn;
use super::script::{Act, race};
use super::shop::Outcome;
use crate::bare::models::{
    City, Club, Egg, Entry, Flag, House, Member, Nest, Note, Pennant, Song, Team, Topic, Verse,
};
use crate::bare::schema::{
    cities, clubs, eggs, entries, flags, houses, members, notes, pennants, songs, teams, topics,
    verses,
};
use crate::models::Tray;
use crate::schema::trays;

const INSERT_EGG: Act = |conn| Egg::insert(conn, eggs::nest_id.eq(1)).map(drop);
const INSERT_TRAY: Act = |conn| Tray::insert(conn, trays::shelf_id.eq(1)).map(drop);
const RENAME_FLAG: Act =
    |conn| Flag::update(conn, 1, flags::revision.eq(flags::revision + 1)).map(drop);
const RENAME_CLUB: Act =
    |conn| Club::update(conn, 1, clubs::revision.eq(clubs::revision + 1)).map(drop);
const INSERT_MEMBER: Act = |conn| Member::insert(conn, members::club_id.eq(1)).map(drop);
const INSERT_HOUSE: Act = |conn| House::insert(conn, houses::city_id.eq(1)).map(drop);
const MOVE_CITY: Act = |conn| City::update(conn, 1, cities::region_id.eq(2)).map(drop);
const DELETE_CITY: Act = |conn| City::delete_many(conn, &[1]);
const INSERT_ENTRY: Act = |conn| {
    let new = (entries::playlist_id.eq(1), entries::song_id.eq(2));
    Entry::insert(conn, new).map(drop)
};
const LINK_ENTRY: Act = |conn| Entry::update(conn, 1, entries::song_id.eq(2)).map(drop);
const RENAME_SONG: Act =
    |conn| Song::update(conn, 2, songs::revision.eq(songs::revision + 1)).map(drop);
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
fn two_inserters_under_one_parent() {
    // Member by member, the club's size follows.
    race(INSERT_MEMBER, INSERT_MEMBER).never_refused().run();
}

#[test]
fn two_inserters_under_one_parent_in_buffered_scopes() {
    let act: Act = |conn| conn.buffer_autoupdates(INSERT_MEMBER);
    race(act, act).never_refused().run();
}

#[test]
fn two_inserters_under_one_parent_whose_field_often_stays_as_it_is() {
    // With one egg the nest is not crowded, with two it is, and with three it stays so.
    race(INSERT_EGG, INSERT_EGG).never_refused().run();
}

#[test]
fn two_inserters_under_one_parent_with_a_unique_field() {
    race(INSERT_TRAY, INSERT_TRAY).never_refused().run();
}

#[test]
fn two_inserters_of_many_rows_under_the_same_parents() {
    fn insert(conn: &mut Conn, parents: [i32; 3]) -> Outcome {
        Egg::insert_many(conn, parents.map(|parent| eggs::nest_id.eq(parent)))?;
        Ok(())
    }
    race(
        |conn| insert(conn, [1, 2, 3]),
        |conn| insert(conn, [3, 1, 2]),
    )
    .never_refused()
    .run();
    fn insert_unique(conn: &mut Conn, parents: [i32; 3]) -> Outcome {
        Tray::insert_many(conn, parents.map(|parent| trays::shelf_id.eq(parent)))?;
        Ok(())
    }
    race(
        |conn| insert_unique(conn, [1, 2, 3]),
        |conn| insert_unique(conn, [3, 1, 2]),
    )
    .never_refused()
    .run();
}

#[test]
fn inserter_and_deleter_under_one_parent() {
    race(INSERT_EGG, |conn| Egg::delete_many(conn, &[1]))
        .never_refused()
        .run();
}

#[test]
fn parent_renamed_and_child_inserted_that_copies_the_name() {
    race(RENAME_FLAG, |conn| {
        Pennant::insert(conn, pennants::flag_id.eq(1)).map(drop)
    })
    .never_refused()
    .run();
}

#[test]
fn parent_renamed_and_child_moved_to_it() {
    race(RENAME_FLAG, |conn| {
        Pennant::update(conn, 2, pennants::flag_id.eq(1)).map(drop)
    })
    .run();
}

#[test]
fn parent_renamed_and_child_moved_away_from_it() {
    race(RENAME_FLAG, |conn| {
        Pennant::update(conn, 1, pennants::flag_id.eq(2)).map(drop)
    })
    .run();
}

#[test]
fn parent_renamed_and_child_touched() {
    race(RENAME_FLAG, |conn| Pennant::touch(conn, &[1])).run();
}

#[test]
fn link_inserted_and_far_side_renamed() {
    race(INSERT_ENTRY, RENAME_SONG).run();
}

#[test]
fn link_moved_and_far_side_renamed() {
    race(LINK_ENTRY, RENAME_SONG).run();
}

#[test]
fn link_inserted_and_row_inserted_among_the_far_rows_children() {
    race(INSERT_ENTRY, |conn| {
        Verse::insert(conn, verses::song_id.eq(2)).map(drop)
    })
    .run();
}

#[test]
fn link_moved_and_row_changed_among_the_far_rows_children() {
    race(LINK_ENTRY, |conn| {
        Verse::update(conn, 2, verses::words.eq(5)).map(drop)
    })
    .run();
}

#[test]
fn link_moved_and_row_deleted_among_the_far_rows_children() {
    race(LINK_ENTRY, |conn| Verse::delete_many(conn, &[2])).run();
}

#[test]
fn link_moved_and_row_moved_among_the_far_rows_children() {
    race(LINK_ENTRY, |conn| {
        Verse::update(conn, 1, verses::song_id.eq(2)).map(drop)
    })
    .run();
}

#[test]
fn child_moved_between_parents_and_child_inserted_under_the_old_one() {
    race(
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(2)).map(drop),
        INSERT_EGG,
    )
    .never_refused()
    .run();
}

#[test]
fn child_moved_between_parents_and_child_inserted_under_the_new_one() {
    race(
        |conn| Egg::update(conn, 2, eggs::nest_id.eq(1)).map(drop),
        INSERT_EGG,
    )
    .never_refused()
    .run();
}

#[test]
fn child_saved_under_another_parent_and_child_inserted_under_either() {
    const SAVE: Act = |conn| {
        let (id, nest_id) = (1, 2);
        Egg { id, nest_id }.save(conn)
    };
    race(SAVE, INSERT_EGG).never_refused().run();
    race(SAVE, |conn| {
        Egg::insert(conn, eggs::nest_id.eq(2)).map(drop)
    })
    .never_refused()
    .run();
}

#[test]
fn child_saved_under_another_parent_with_a_unique_field_and_child_inserted_under_it() {
    race(
        |conn| {
            let (id, shelf_id) = (2, 1);
            Tray { id, shelf_id }.save(conn)
        },
        INSERT_TRAY,
    )
    .never_refused()
    .run();
}

#[test]
fn two_movers_of_one_row() {
    race(
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(2)).map(drop),
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(3)).map(drop),
    )
    .never_refused()
    .run();
}

#[test]
fn two_movers_of_one_row_that_save_it() {
    race(
        |conn| {
            let (id, nest_id) = (1, 2);
            Egg { id, nest_id }.save(conn)
        },
        |conn| {
            let (id, nest_id) = (1, 3);
            let mut eggs = [Egg { id, nest_id }, Egg { id: 2, nest_id }];
            Egg::save_many(conn, &mut eggs)
        },
    )
    .run();
}

#[test]
fn two_movers_of_one_row_in_brackets() {
    fn shift(conn: &mut Conn, nest: i32) -> Outcome {
        Egg::track(conn, eggs::id.eq(1), |conn| {
            diesel::update(eggs::table.find(1))
                .set(eggs::nest_id.eq(nest))
                .execute(conn)
                .map(drop)
                .map_err(Error::from)
        })
    }
    race(|conn| shift(conn, 2), |conn| shift(conn, 3))
        .never_refused()
        .run();
}

#[test]
fn two_movers_that_swap_their_rows_parents() {
    race(
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(2)).map(drop),
        |conn| Egg::update(conn, 2, eggs::nest_id.eq(1)).map(drop),
    )
    .run();
}

#[test]
fn mover_and_deleter_of_one_row() {
    race(
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(2)).map(drop),
        |conn| Egg::delete_many(conn, &[1]),
    )
    .never_refused()
    .run();
}

#[test]
fn grandchild_inserted_and_its_parent_moved() {
    race(INSERT_HOUSE, MOVE_CITY).run();
}

#[test]
fn grandchild_changed_and_its_parent_moved() {
    race(
        |conn| House::update(conn, 1, houses::people.eq(9)).map(drop),
        MOVE_CITY,
    )
    .run();
}

#[test]
fn grandchild_deleted_and_its_parent_moved() {
    race(|conn| House::delete_many(conn, &[1]), MOVE_CITY).run();
}

#[test]
fn parent_deleted_with_its_children_and_child_inserted() {
    race(DELETE_CITY, INSERT_HOUSE).run();
}

#[test]
fn parent_deleted_with_its_children_and_child_changed() {
    race(DELETE_CITY, |conn| {
        House::update(conn, 1, houses::people.eq(9)).map(drop)
    })
    .run();
}

#[test]
fn parent_deleted_with_its_children_and_child_moved_away() {
    race(DELETE_CITY, |conn| {
        House::update(conn, 1, houses::city_id.eq(2)).map(drop)
    })
    .run();
}

#[test]
fn parent_deleted_with_its_children_and_child_moved_to_it() {
    race(DELETE_CITY, |conn| {
        House::update(conn, 2, houses::city_id.eq(1)).map(drop)
    })
    .run();
}

#[test]
fn parent_that_is_computed_deleted_with_its_children_and_child_inserted() {
    race(|conn| Nest::delete_many(conn, &[1]), INSERT_EGG).run();
}

#[test]
fn child_that_copies_from_a_parent_which_counts_its_children() {
    race(INSERT_MEMBER, RENAME_CLUB).run();
    race(INSERT_MEMBER, |conn| Member::delete_many(conn, &[1]))
        .never_refused()
        .run();
    race(
        |conn| Member::update(conn, 2, members::club_id.eq(1)).map(drop),
        RENAME_CLUB,
    )
    .run();
}

#[test]
fn row_that_a_computed_foreign_key_names_changed_and_another_one_named() {
    race(
        |conn| Note::update(conn, 2, notes::revision.eq(7)).map(drop),
        |conn| Note::insert(conn, notes::desk_id.eq(1)).map(drop),
    )
    .run();
}

#[test]
fn row_that_a_computed_foreign_key_names_deleted_and_the_next_one_changed() {
    race(
        |conn| Note::delete_many(conn, &[2]),
        |conn| Note::update(conn, 1, notes::revision.eq(7)).map(drop),
    )
    .run();
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
