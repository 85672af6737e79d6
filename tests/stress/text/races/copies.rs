//! Parents that change, and children that copy from them.

use diesel::prelude::*;
use maintained::prelude::*;

use super::{Act, INSERT_MEMBER, RENAME_CLUB, race};
use crate::bare::models::{Flag, Member, Note, Pennant, Ribbon};
use crate::bare::schema::{flags, members, notes, pennants, ribbons};

const RENAME_FLAG: Act =
    |conn| Flag::update(conn, 1, flags::revision.eq(flags::revision + 1)).map(drop);

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
fn grandparent_renamed_and_grandchild_inserted_that_copies_the_name() {
    race(RENAME_FLAG, |conn| {
        Ribbon::insert(conn, ribbons::pennant_id.eq(1)).map(drop)
    })
    .run();
}

#[test]
fn parent_moved_and_child_inserted_that_copies_the_grandparents_name() {
    race(
        |conn| Pennant::update(conn, 1, pennants::flag_id.eq(3)).map(drop),
        |conn| Ribbon::insert(conn, ribbons::pennant_id.eq(1)).map(drop),
    )
    .run();
}

#[test]
fn parent_renamed_and_child_touched() {
    race(RENAME_FLAG, |conn| Pennant::touch(conn, &[1])).run();
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
