//! Links, and the rows on their far side.

use diesel::prelude::*;
use maintained::prelude::*;

use super::{Act, race};
use crate::bare::models::{Entry, Song, Verse};
use crate::bare::schema::{entries, songs, verses};

const INSERT_ENTRY: Act = |conn| {
    let new = (entries::playlist_id.eq(1), entries::song_id.eq(2));
    Entry::insert(conn, new).map(drop)
};
const LINK_ENTRY: Act = |conn| Entry::update(conn, 1, entries::song_id.eq(2)).map(drop);
const RENAME_SONG: Act =
    |conn| Song::update(conn, 2, songs::revision.eq(songs::revision + 1)).map(drop);

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
