//! Rows of two parents: one goes, and takes its children along or is let go by them, while the other one is computed from
//! these. It is not the parent that the other writer computes, so that nothing but the foreign key's lock on it keeps
//! the two apart.

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::{Act, Conn, Outcome, race};
use crate::bare::two_parents::{
    Author, Book, Bookmark, Clipping, Essay, Letter, STAGE, Transfer, authors, bookmarks, books,
    clippings, essays, letters, transfers,
};

const DELETE_BOOK: Act = |conn| Book::delete_many(conn, &[1]);
const DELETE_AUTHOR: Act = |conn| Author::delete_many(conn, &[1]);
/// The second reader has no other bookmark in the book, nor the binder a clipping of it.
const INSERT_BOOKMARK: Act = |conn| {
    let new = (bookmarks::book_id.eq(1), bookmarks::reader_id.eq(2));
    Bookmark::insert(conn, new).map(drop)
};
const INSERT_CLIPPING: Act = |conn| {
    let new = (clippings::book_id.eq(1), clippings::binder_id.eq(2));
    Clipping::insert(conn, new).map(drop)
};
const INSERT_ESSAY: Act = |conn| {
    let new = (essays::author_id.eq(1), essays::magazine_id.eq(2));
    Essay::insert(conn, new).map(drop)
};
const MOVE_BOOKMARK: Act = |conn| Bookmark::update(conn, 2, bookmarks::book_id.eq(1)).map(drop);
const MOVE_CLIPPING: Act = |conn| Clipping::update(conn, 2, clippings::book_id.eq(1)).map(drop);
const MOVE_ESSAY: Act = |conn| Essay::update(conn, 2, essays::author_id.eq(1)).map(drop);
/// The same by statements of Diesel's.
const BRACKET_DELETING_BOOK: Act = |conn| {
    Book::track(conn, books::id.eq(1), |conn| {
        diesel::delete(books::table.find(1))
            .execute(conn)
            .map(drop)
            .map_err(Error::from)
    })
};
const BRACKET_DELETING_AUTHOR: Act = |conn| {
    Author::track(conn, authors::id.eq(1), |conn| {
        diesel::delete(authors::table.find(1))
            .execute(conn)
            .map(drop)
            .map_err(Error::from)
    })
};

#[test]
fn parent_deleted_with_its_children_and_child_of_another_one_too_inserted() {
    race(DELETE_BOOK, INSERT_BOOKMARK).on(&STAGE).run();
    race(DELETE_BOOK, INSERT_CLIPPING).on(&STAGE).run();
}

#[test]
fn parent_deleted_with_its_children_and_child_of_another_one_too_moved_to_it() {
    race(DELETE_BOOK, MOVE_BOOKMARK).on(&STAGE).run();
    race(DELETE_BOOK, MOVE_CLIPPING).on(&STAGE).run();
}

#[test]
fn parent_deleted_with_its_children_and_child_of_another_one_too_moved_away() {
    race(DELETE_BOOK, |conn| {
        Bookmark::update(conn, 1, bookmarks::book_id.eq(2)).map(drop)
    })
    .on(&STAGE)
    .run();
    race(DELETE_BOOK, |conn| {
        Clipping::update(conn, 1, clippings::book_id.eq(2)).map(drop)
    })
    .on(&STAGE)
    .run();
}

#[test]
fn parent_deleted_with_its_children_and_child_moved_to_another_one_that_is_computed() {
    race(DELETE_BOOK, |conn| {
        Bookmark::update(conn, 1, bookmarks::reader_id.eq(3)).map(drop)
    })
    .on(&STAGE)
    .run();
    race(DELETE_BOOK, |conn| {
        Clipping::update(conn, 1, clippings::binder_id.eq(3)).map(drop)
    })
    .on(&STAGE)
    .run();
}

#[test]
fn parent_deleted_with_its_children_and_child_of_another_one_too_changed() {
    race(DELETE_BOOK, |conn| {
        Bookmark::update(conn, 1, bookmarks::pages.eq(9)).map(drop)
    })
    .on(&STAGE)
    .run();
}

#[test]
fn parent_that_is_let_go_deleted_and_child_of_another_one_too_inserted() {
    race(DELETE_AUTHOR, INSERT_ESSAY).on(&STAGE).run();
}

#[test]
fn parent_that_is_let_go_deleted_and_child_of_another_one_too_moved() {
    race(DELETE_AUTHOR, MOVE_ESSAY).on(&STAGE).run();
    race(DELETE_AUTHOR, |conn| {
        Essay::update(conn, 1, essays::author_id.eq(2)).map(drop)
    })
    .on(&STAGE)
    .run();
    race(DELETE_AUTHOR, |conn| {
        Essay::update(conn, 1, essays::magazine_id.eq(3)).map(drop)
    })
    .on(&STAGE)
    .run();
}

#[test]
fn parent_that_is_let_go_deleted_and_child_that_copies_from_it_written() {
    race(DELETE_AUTHOR, |conn| {
        Letter::insert(conn, letters::author_id.eq(1)).map(drop)
    })
    .on(&STAGE)
    .run();
    race(DELETE_AUTHOR, |conn| {
        Letter::update(conn, 2, letters::author_id.eq(1)).map(drop)
    })
    .on(&STAGE)
    .run();
}

#[test]
fn parent_deleted_in_a_bracket_and_child_of_another_one_too_inserted() {
    race(BRACKET_DELETING_BOOK, INSERT_BOOKMARK)
        .on(&STAGE)
        .run();
    race(BRACKET_DELETING_BOOK, INSERT_CLIPPING)
        .on(&STAGE)
        .run();
    race(BRACKET_DELETING_AUTHOR, INSERT_ESSAY).on(&STAGE).run();
}

#[test]
fn parent_deleted_in_a_bracket_and_child_of_another_one_too_moved_to_it() {
    race(BRACKET_DELETING_BOOK, MOVE_BOOKMARK).on(&STAGE).run();
    race(BRACKET_DELETING_BOOK, MOVE_CLIPPING).on(&STAGE).run();
    race(BRACKET_DELETING_AUTHOR, MOVE_ESSAY).on(&STAGE).run();
}

/// Moves a transfer from one sender to another and between receivers, by a statement of Diesel's.
fn redirect(conn: &mut Conn, transfer: i32, from: i32, to: i32) -> Outcome {
    Transfer::track(conn, transfers::id.eq(transfer), |conn| {
        diesel::update(transfers::table.find(transfer))
            .set((transfers::from_id.eq(from), transfers::to_id.eq(to)))
            .execute(conn)
            .map(drop)
            .map_err(Error::from)
    })
}

#[test]
fn two_brackets_that_move_one_row_of_two_parents() {
    race(
        |conn| redirect(conn, 1, 2, 1),
        |conn| redirect(conn, 1, 3, 2),
    )
    .on(&STAGE)
    .run();
}

#[test]
fn two_brackets_that_swap_the_parents_of_rows_of_two() {
    race(
        |conn| redirect(conn, 1, 2, 1),
        |conn| redirect(conn, 2, 1, 3),
    )
    .on(&STAGE)
    .run();
}

#[test]
fn row_of_two_parents_moved_in_a_bracket_and_others_written_under_them() {
    const REDIRECT: Act = |conn| redirect(conn, 1, 2, 1);
    race(REDIRECT, |conn| {
        let new = (transfers::from_id.eq(1), transfers::to_id.eq(2));
        Transfer::insert(conn, new).map(drop)
    })
    .on(&STAGE)
    .run();
    race(REDIRECT, |conn| {
        let new = (transfers::from_id.eq(3), transfers::to_id.eq(3));
        Transfer::insert(conn, new).map(drop)
    })
    .on(&STAGE)
    .run();
    race(REDIRECT, |conn| {
        Transfer::update(conn, 2, transfers::to_id.eq(3)).map(drop)
    })
    .on(&STAGE)
    .run();
    race(REDIRECT, |conn| Transfer::delete_many(conn, &[1]))
        .on(&STAGE)
        .run();
}
