//! What a flush reads follows the children of the rows that are due, whatever the database knows of
//! the tables.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::{Conn, Place, rows_read};
use crate::models::schema::{books, shelves};
use crate::models::{Book, Shelf};

const SHELVES: i32 = 300;
const BOOKS: i32 = 3_000;

/// Loads shelves with books, which the function lays out: the shelf of each, and whether it is
/// shown.
fn load(conn: &mut Conn, lay_out: impl Fn(i32) -> (i32, bool)) -> Result<(), Error> {
    Shelf::insert_many(conn, (1..=SHELVES).map(|id| shelves::id.eq(id)))?;
    let books = (1..=BOOKS).map(|id| {
        let (shelf, shown) = lay_out(id);
        (
            books::id.eq(id),
            books::shelf_id.eq(shelf),
            books::shown.eq(shown),
        )
    });
    Book::insert_many(conn, books).map(drop)
}

/// How many rows the flush of such a load reads: it is in one transaction with the load, so that
/// the database knows nothing of the rows.
fn read_after(lay_out: impl Fn(i32) -> (i32, bool)) -> usize {
    let place = Place::new();
    let mut conn = place.connect();
    let mut read = 0;
    let done: Result<(), Error> = conn.buffer_autoupdates(|conn| {
        load(conn, lay_out)?;
        read = rows_read(conn, "books", |conn| {
            conn.flush_autoupdates().unwrap();
        });
        Ok(())
    });
    done.unwrap();
    read
}

/// A pass or two over the books for each field, and never one for each shelf.
const MOST: usize = 30 * BOOKS as usize;

#[test]
fn the_greatest_values_of_many_rows_none_of_which_counts_are_found_in_one_pass() {
    assert!(read_after(|id| (id % SHELVES + 1, false)) < MOST);
}

#[test]
fn the_greatest_values_of_many_rows_most_of_which_have_no_children_are_found_in_one_pass() {
    assert!(read_after(|id| (id % 10 + 1, true)) < MOST);
}

#[test]
fn the_greatest_values_of_many_rows_one_of_which_has_most_children_are_found_in_one_pass() {
    let lay_out = |id| {
        (
            if id % 10 == 0 {
                id / 10 % SHELVES + 1
            } else {
                7
            },
            id % 2 == 0,
        )
    };
    assert!(read_after(lay_out) < MOST);
}

#[test]
fn the_greatest_value_of_one_row_is_found_among_its_own_children() {
    let place = Place::new();
    let mut conn = place.connect();
    conn.batch_execute("CREATE INDEX books_by_shelf ON books (shelf_id)")
        .unwrap();
    let mut read = 0;
    let done: Result<(), Error> = conn.transaction(|conn| {
        // The first shelf has the first books, so that no other shelf's are between them and the
        // start of the table.
        load(conn, |id| {
            (if id < 10 { 1 } else { id % (SHELVES - 1) + 2 }, true)
        })?;
        read = rows_read(conn, "books", |conn| {
            Book::delete_many(conn, &[9]).unwrap();
        });
        Ok(())
    });
    done.unwrap();
    assert!(read < 100, "{read}");
    assert_eq!(Shelf::find(&mut conn, 1).unwrap().unwrap().last, Some(8));
}
