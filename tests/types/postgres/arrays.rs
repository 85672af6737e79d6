//! Arrays as keys, foreign keys, inputs and maintained fields.

use diesel::pg::Pg;
use diesel::prelude::*;
use maintained::New;
use maintained::prelude::*;

use super::{Conn, with};

mod schema {
    diesel::table! {
        shelves (path) {
            path -> Array<Text>,
            label -> Text,
            codes -> Array<Integer>,
            code_count -> BigInt,
        }
    }

    diesel::table! {
        books (path) {
            path -> Array<Integer>,
            shelf_path -> Array<Text>,
            codes -> Array<Integer>,
            doubled -> Nullable<Array<Integer>>,
            copied -> Nullable<Text>,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(shelves, books);
}

use schema::{books, shelves};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = shelves, primary_key(path), check_for_backend(Pg))]
struct Shelf {
    path: Vec<String>,
    label: String,
    #[maintained]
    codes: Vec<i32>,
    #[maintained]
    code_count: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = books, primary_key(path), belongs_to(Shelf, foreign_key = shelf_path), check_for_backend(Pg))]
struct Book {
    path: Vec<i32>,
    shelf_path: Vec<String>,
    codes: Vec<i32>,
    #[maintained]
    doubled: Option<Vec<i32>>,
    #[maintained(copy(Shelf::label))]
    copied: Option<String>,
}

#[maintained::setters(check_for_backend(Pg))]
impl Shelf {
    #[setter]
    fn codes(books: &[Book]) -> Vec<i32> {
        let doubled = books.iter().filter_map(|book| book.doubled.as_ref());
        doubled.flatten().copied().collect()
    }

    #[setter]
    fn code_count(&self) -> i64 {
        i64::try_from(self.codes.len()).unwrap_or(i64::MAX)
    }
}

#[maintained::setters(check_for_backend(Pg))]
impl Book {
    #[setter]
    fn doubled(&self) -> Option<Vec<i32>> {
        let doubled: Vec<i32> = self.codes.iter().map(|code| code * 2).collect();
        (!doubled.is_empty()).then_some(doubled)
    }
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = shelves, check_for_backend(Pg))]
#[maintained(new_of = Shelf)]
struct NewShelf {
    path: Vec<String>,
    label: String,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = books, check_for_backend(Pg))]
#[maintained(new_of = Book)]
struct NewBook {
    path: Vec<i32>,
    shelf_path: Vec<String>,
    codes: Vec<i32>,
}

const TABLES: &str = "
    CREATE TEMPORARY TABLE shelves (path TEXT[] PRIMARY KEY, label TEXT NOT NULL,
        codes INTEGER[] NOT NULL DEFAULT '{}', code_count BIGINT NOT NULL DEFAULT 0);
    CREATE TEMPORARY TABLE books (path INTEGER[] PRIMARY KEY, shelf_path TEXT[] NOT NULL REFERENCES shelves,
        codes INTEGER[] NOT NULL, doubled INTEGER[], copied TEXT);";

/// The path of a shelf: longer for higher numbers, and so no two of one length side by side.
fn path(number: i32) -> Vec<String> {
    (0..=number % 3)
        .map(|depth| format!("{number}.{depth}"))
        .collect()
}

fn shelf(number: i32) -> NewShelf {
    let (path, label) = (path(number), format!("shelf {number}"));
    NewShelf { path, label }
}

fn book(number: i32, shelf: i32) -> NewBook {
    NewBook {
        path: (0..=number % 4).map(|depth| number * 10 + depth).collect(),
        shelf_path: path(shelf),
        codes: (0..number % 3).collect(),
    }
}

/// Everything is as its setters would make it.
#[track_caller]
fn assert_right(conn: &mut Conn) {
    let all: Vec<Book> = books::table
        .select(Book::as_select())
        .order(books::path)
        .load(conn)
        .unwrap();
    let shelves: Vec<Shelf> = shelves::table
        .select(Shelf::as_select())
        .load(conn)
        .unwrap();
    for shelf in shelves {
        let own: Vec<Book> = all
            .iter()
            .filter(|book| book.shelf_path == shelf.path)
            .cloned()
            .collect();
        assert_eq!(shelf.codes, Shelf::codes(&own), "{shelf:?}");
        assert_eq!(shelf.code_count, shelf.code_count());
        for book in own {
            assert_eq!(book.doubled, book.doubled());
            assert_eq!(book.copied.as_ref(), Some(&shelf.label));
        }
    }
}

#[test]
fn rows_with_arrays_are_written_one_by_one() {
    let mut conn = with(TABLES);
    for number in 0..3 {
        Shelf::insert(&mut conn, shelf(number)).unwrap();
    }
    let mut first = Book::insert(&mut conn, book(2, 0)).unwrap();
    assert_eq!(first.doubled, Some(vec![0, 2]));
    Book::add(&mut conn, &book(5, 1)).unwrap();
    assert_right(&mut conn);
    first.codes = vec![7];
    first.shelf_path = path(2);
    first.save(&mut conn).unwrap();
    assert_eq!(first.doubled, Some(vec![14]));
    assert_right(&mut conn);
    Book::update(
        &mut conn,
        first.path.clone(),
        books::codes.eq(vec![1, 2, 3]),
    )
    .unwrap();
    Shelf::update(&mut conn, path(2), shelves::label.eq("other")).unwrap();
    assert_right(&mut conn);
    let shelf = Shelf::find(&mut conn, path(2)).unwrap().unwrap();
    assert_eq!(shelf.codes, [2, 4, 6]);
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        Book::update(conn, first.path.clone(), books::codes.eq(vec![9]))?;
        let shelf = Shelf::fresh(conn, path(2))?.unwrap();
        assert_eq!(shelf.codes, [18]);
        Ok(())
    })
    .unwrap();
    first.delete(&mut conn).unwrap();
    assert_right(&mut conn);
}

#[test]
fn rows_with_arrays_are_written_in_bulk() {
    let mut conn = with(TABLES);
    let shelves: Vec<NewShelf> = (0..200).map(shelf).collect();
    Shelf::add_many(&mut conn, &shelves[..100]).unwrap();
    Shelf::insert_many(&mut conn, shelves[100..].to_vec()).unwrap();
    let news: Vec<NewBook> = (0..3000).map(|at| book(at, at % 200)).collect();
    Book::add_many(&mut conn, &news[..1500]).unwrap();
    let mut rows = Book::insert_many(&mut conn, news[1500..].to_vec()).unwrap();
    assert_right(&mut conn);
    for (row, number) in rows.iter_mut().zip(0..) {
        row.codes = (0..number % 5).collect();
        row.shelf_path = path(number % 7);
    }
    Book::save_many(&mut conn, &mut rows).unwrap();
    assert_right(&mut conn);
    let keys: Vec<Vec<i32>> = rows.iter().map(|row| row.path.clone()).collect();
    diesel::update(books::table)
        .set(books::codes.eq(vec![4]))
        .execute(conn.inner_mut())
        .unwrap();
    let all: Vec<Vec<i32>> = books::table.select(books::path).load(&mut conn).unwrap();
    Book::touch(&mut conn, &all).unwrap();
    assert_right(&mut conn);
    Book::delete_many(&mut conn, &keys).unwrap();
    assert_right(&mut conn);
    assert_eq!(books::table.count().get_result(&mut conn), Ok(1500));
}
