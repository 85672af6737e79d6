//! What happens to the rows of a bracket of `track` while its body runs.

use diesel::prelude::*;
use maintained::prelude::*;

use crate::library::schema::{books, chapters, shelves};
use crate::library::{Book, Chapter, Conn, Outcome, Shelf, book, chapter, open, shelf, stale};

/// Two shelves; a book of two chapters on the first, one of one chapter on the second.
fn stocked() -> Conn {
    let mut conn = open();
    shelf(&mut conn, "a", "green").unwrap();
    shelf(&mut conn, "b", "red").unwrap();
    for (name, chapters) in [("a", 2), ("b", 1)] {
        let book = book(&mut conn, name, name).unwrap();
        for _ in 0..chapters {
            chapter(&mut conn, book.id, 10).unwrap();
        }
    }
    conn
}

fn delete_books(conn: &mut Conn) -> Outcome {
    diesel::delete(books::table.filter(books::shelf_name.eq("a"))).execute(conn)?;
    Ok(())
}

#[test]
fn rows_that_go_along_with_their_parent_in_the_body_leave_marks() {
    let mut conn = stocked();
    Book::track(&mut conn, books::shelf_name.eq("a"), delete_books).unwrap();
    assert_eq!(stale(&mut conn), 0);
    assert_eq!(chapters::table.count().get_result(&mut conn), Ok(1));
}

/// Inserts the shelf `a` as it was, but for its colour, past the library.
fn insert_a_again(conn: &mut Conn, colour: &str) -> Outcome {
    let row = (
        shelves::name.eq("a"),
        shelves::colour.eq(colour),
        shelves::books.eq(1),
        shelves::pages.eq(20),
    );
    diesel::insert_into(shelves::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

#[test]
fn a_key_that_is_used_again_after_a_statement_that_freed_it_is_looked_for() {
    for colour in ["green", "red"] {
        let mut conn = stocked();
        Shelf::track(&mut conn, shelves::colour.eq("green"), |conn| -> Outcome {
            diesel::delete(shelves::table.filter(shelves::name.eq("a"))).execute(conn)?;
            // What the library does next looks at the rows as they are.
            shelf(conn, "between", "blue")?;
            insert_a_again(conn, colour)
        })
        .unwrap();
        assert_eq!(stale(&mut conn), 0, "{colour}");
    }
}

#[test]
fn a_key_that_is_used_again_after_a_delete_by_the_library_is_looked_for() {
    for colour in ["green", "red"] {
        let mut conn = stocked();
        Shelf::track(&mut conn, shelves::colour.eq("green"), |conn| -> Outcome {
            Shelf::delete_many(conn, &["a".to_owned()])?;
            insert_a_again(conn, colour)
        })
        .unwrap();
        assert_eq!(stale(&mut conn), 0, "{colour}");
    }
}

#[test]
fn a_bracket_around_children_notices_that_their_parent_goes() {
    let mut conn = stocked();
    let filter = chapters::pages.gt(0);
    Chapter::track(&mut conn, filter, |conn| -> Outcome {
        let shelf = Shelf::find(conn, "a".to_owned())?.unwrap();
        shelf.delete(conn)
    })
    .unwrap();
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_flush_in_the_body_does_not_lose_what_the_body_still_takes_along() {
    let mut conn = stocked();
    Book::track(&mut conn, books::shelf_name.eq("a"), |conn| -> Outcome {
        chapter(conn, 1, 5)?;
        conn.flush_autoupdates()?;
        diesel::update(chapters::table)
            .set(chapters::book_id.eq(1))
            .execute(conn.inner_mut())?;
        delete_books(conn)
    })
    .unwrap();
    assert_eq!(chapters::table.count().get_result(&mut conn), Ok(0));
    Book::touch(&mut conn, &[2]).unwrap();
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn rows_that_move_into_the_bracket_leave_marks_where_they_arrive() {
    let mut conn = stocked();
    Chapter::track(
        &mut conn,
        chapters::book_id.eq_any([1, 2]),
        |conn| -> Outcome {
            diesel::update(chapters::table)
                .set(chapters::book_id.eq(2))
                .execute(conn)?;
            Ok(())
        },
    )
    .unwrap();
    assert_eq!(stale(&mut conn), 0);
    assert_eq!(Book::find(&mut conn, 2).unwrap().unwrap().pages, 30);
}

#[test]
fn the_bodys_own_writes_are_flushed_with_the_bracket() {
    let mut conn = stocked();
    Shelf::track(&mut conn, shelves::name.eq("a"), |conn| -> Outcome {
        let book = book(conn, "a", "late")?;
        chapter(conn, book.id, 40)?;
        diesel::update(shelves::table)
            .set(shelves::colour.eq("grey"))
            .execute(conn)?;
        Ok(())
    })
    .unwrap();
    Shelf::touch(&mut conn, &["b".to_owned()]).unwrap();
    assert_eq!(stale(&mut conn), 0);
    assert!(conn.pending().unwrap().is_empty());
}
