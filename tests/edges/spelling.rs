//! Keys that the database finds equal and Rust does not name one row.

use diesel::prelude::*;
use maintained::operations;
use maintained::prelude::*;

use crate::library::schema::{books, chapters, shelves};
use crate::library::{Book, Conn, Outcome, Shelf, book, chapter, open, shelf, stale};

/// One shelf, spelt `Poetry`.
fn with_a_shelf() -> Conn {
    let mut conn = open();
    shelf(&mut conn, "Poetry", "green").unwrap();
    conn
}

fn books_on(conn: &mut Conn, name: &str) -> i64 {
    Shelf::find(conn, name.to_owned()).unwrap().unwrap().books
}

#[test]
fn a_child_may_spell_its_parents_key_otherwise() {
    let mut conn = with_a_shelf();
    let odes = book(&mut conn, "POETRY", "Odes").unwrap();
    assert_eq!(odes.place, "Odes on green");
    chapter(&mut conn, odes.id, 12).unwrap();
    assert_eq!(books_on(&mut conn, "poetry"), 1);
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn spellings_of_one_key_are_one_row_of_a_batch() {
    let mut conn = with_a_shelf();
    conn.buffer_autoupdates(|conn| -> Outcome {
        for spelling in ["poetry", "POETRY", "Poetry", "pOETRY"] {
            let book = book(conn, spelling, spelling)?;
            chapter(conn, book.id, 3)?;
        }
        Shelf::update(conn, "PoEtRy".to_owned(), shelves::colour.eq("red")).map(drop)
    })
    .unwrap();
    assert_eq!(books_on(&mut conn, "poetry"), 4);
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_walk_goes_down_from_a_key_to_children_of_any_spelling() {
    let mut conn = with_a_shelf();
    book(&mut conn, "poetry", "Odes").unwrap();
    book(&mut conn, "POETRY", "Elegies").unwrap();
    Shelf::update(&mut conn, "POEtry".to_owned(), shelves::colour.eq("red")).unwrap();
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_row_can_be_touched_and_deleted_by_any_spelling_of_its_key() {
    let mut conn = with_a_shelf();
    book(&mut conn, "poetry", "Odes").unwrap();
    diesel::update(shelves::table)
        .set((shelves::books.eq(7), shelves::colour.eq("blue")))
        .execute(conn.inner_mut())
        .unwrap();
    Shelf::touch(&mut conn, &["POETRY".to_owned()]).unwrap();
    diesel::update(shelves::table)
        .set(shelves::books.eq(7))
        .execute(conn.inner_mut())
        .unwrap();
    Shelf::touch(&mut conn, &["poetry".to_owned(), "Poetry".to_owned()]).unwrap();
    assert_eq!(books_on(&mut conn, "POETRY"), 1);
    assert_eq!(stale(&mut conn), 0);
    Shelf::delete_many(&mut conn, &["POETRY".to_owned()]).unwrap();
    assert_eq!(books::table.count().get_result(&mut conn), Ok(0));
}

#[test]
fn copies_are_saved_whatever_the_spelling_of_their_key() {
    let mut conn = with_a_shelf();
    let mut copies: Vec<Shelf> = ["POETRY", "poetry"]
        .map(|name| Shelf {
            name: name.to_owned(),
            colour: name.to_lowercase(),
            books: 9,
            pages: 9,
        })
        .into();
    Shelf::save_many(&mut conn, &mut copies).unwrap();
    let colour = shelves::table.select(shelves::colour).first(&mut conn);
    assert_eq!(colour, Ok("poetry".to_owned()));
    for copy in &copies {
        assert_eq!((&*copy.colour, copy.books, copy.pages), ("poetry", 0, 0));
    }
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_key_that_no_spelling_finds_is_gone() {
    let mut conn = with_a_shelf();
    let error =
        Shelf::delete_many(&mut conn, &["POETRY".to_owned(), "Prose".to_owned()]).unwrap_err();
    assert!(
        matches!(error, maintained::Error::NotFound { model: "Shelf", .. }),
        "{error}"
    );
    assert_eq!(books_on(&mut conn, "poetry"), 0);
}

#[test]
fn a_parent_may_change_the_spelling_of_its_key() {
    let mut conn = with_a_shelf();
    let odes = book(&mut conn, "poetry", "Odes").unwrap();
    Shelf::track(&mut conn, shelves::name.eq("POETRY"), |conn| -> Outcome {
        diesel::update(shelves::table)
            .set(shelves::name.eq("poetry"))
            .execute(conn)?;
        Ok(())
    })
    .unwrap();
    let odes = Book::update(&mut conn, odes.id, books::title.eq("Epodes")).unwrap();
    assert_eq!(odes.place, "Epodes on green");
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn nobody_is_looked_for_that_goes_along_with_its_children() {
    let mut conn = with_a_shelf();
    let odes = book(&mut conn, "Poetry", "Odes").unwrap();
    chapter(&mut conn, odes.id, 12).unwrap();
    Shelf::delete_many(&mut conn, &["Poetry".to_owned()]).unwrap();
    assert_eq!(chapters::table.count().get_result(&mut conn), Ok(0));
    assert_eq!(conn.last_flush().unwrap().statements, 0);
}

#[test]
fn a_parent_under_another_spelling_of_its_key_is_not_gone() {
    let mut conn = with_a_shelf();
    book(&mut conn, "Poetry", "Odes").unwrap();
    Shelf::track(&mut conn, shelves::colour.eq("green"), |conn| -> Outcome {
        // The filter does not find the row any more, by no spelling.
        diesel::update(shelves::table)
            .set((shelves::name.eq("POETRY"), shelves::colour.eq("red")))
            .execute(conn)?;
        conn.untracked(|conn| diesel::delete(books::table).execute(conn))?;
        Ok(())
    })
    .unwrap();
    assert_eq!(books_on(&mut conn, "Poetry"), 0);
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_check_goes_past_a_key_with_a_nul() {
    let mut conn = open();
    for name in ["a", "a\0b", "b"] {
        shelf(&mut conn, name, "green").unwrap();
    }
    let check = operations::check().model::<Shelf>().batch(1);
    let report = check
        .progress(|progress| assert!(progress.seen <= 3, "it goes round"))
        .run(&mut conn)
        .unwrap();
    assert_eq!(report.seen, 3);
    assert!(report.is_clean(), "{report:?}");
}
