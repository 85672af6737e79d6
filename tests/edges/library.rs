//! A library: shelves with a text as their key, which the database finds equal in any case, their books, and chapters.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        shelves (name) {
            name -> Text,
            colour -> Text,
            books -> BigInt,
            pages -> BigInt,
        }
    }

    diesel::table! {
        books (id) {
            id -> Integer,
            shelf_name -> Text,
            title -> Text,
            place -> Text,
            pages -> BigInt,
        }
    }

    diesel::table! {
        chapters (value0) {
            value0 -> Integer,
            book_id -> Integer,
            pages -> BigInt,
            heading -> Text,
        }
    }

    diesel::table! {
        seals (id) {
            id -> Integer,
            book_id -> Nullable<Integer>,
            stamp -> Text,
        }
    }
}

use schema::{books, chapters, seals, shelves};

pub(crate) type Conn = MaintainedConnection<SqliteConnection>;
/// What the body of a scope returns.
pub(crate) type Outcome<T = ()> = Result<T, maintained::Error>;

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = shelves, primary_key(name))]
pub(crate) struct Shelf {
    pub(crate) name: String,
    pub(crate) colour: String,
    #[maintained]
    pub(crate) books: i64,
    #[maintained]
    pub(crate) pages: i64,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = books, belongs_to(Shelf, foreign_key = shelf_name))]
pub(crate) struct Book {
    pub(crate) id: i32,
    pub(crate) shelf_name: String,
    pub(crate) title: String,
    #[maintained]
    pub(crate) place: String,
    #[maintained]
    pub(crate) pages: i64,
}

/// Its key column has a name that statements of the library's might use themselves.
#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = chapters, primary_key(value0), belongs_to(Book))]
pub(crate) struct Chapter {
    pub(crate) value0: i32,
    pub(crate) book_id: i32,
    pub(crate) pages: i64,
    #[maintained]
    pub(crate) heading: String,
}

/// Its stamp needs a book, which it may not have.
#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = seals, belongs_to(Book))]
pub(crate) struct Seal {
    pub(crate) id: i32,
    pub(crate) book_id: Option<i32>,
    #[maintained]
    pub(crate) stamp: String,
}

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = books)]
#[maintained(view_of = Book)]
pub(crate) struct BookPages {
    pub(crate) pages: i64,
}

#[maintained::setters]
impl Shelf {
    #[setter(label = "counts", fields(books, pages))]
    fn sums(books: &[BookPages]) -> (i64, i64) {
        let pages = books.iter().map(|book| book.pages).sum();
        (i64::try_from(books.len()).unwrap_or(i64::MAX), pages)
    }
}

#[maintained::setters]
impl Book {
    #[setter(label = "names")]
    fn place(&self, home: &Shelf) -> String {
        format!("{} on {}", self.title, home.colour)
    }

    #[setter(label = "counts")]
    fn pages(chapters: &[Chapter]) -> i64 {
        chapters.iter().map(|chapter| chapter.pages).sum()
    }
}

#[maintained::setters]
impl Chapter {
    #[setter(label = "names")]
    fn heading(&self, book: &Book) -> String {
        format!("{} {}", book.title, self.value0)
    }
}

#[maintained::setters]
impl Seal {
    #[setter(label = "seals")]
    fn stamp(book: Option<&Book>) -> Result<String, &'static str> {
        book.map(|book| book.title.clone())
            .ok_or("a seal needs a book")
    }
}

/// A new database without rows. Columns that the models say are never NULL may be NULL in it.
pub(crate) fn open() -> Conn {
    connect(":memory:")
}

/// A connection to a database, which gets its tables with the first one.
pub(crate) fn connect(database: &str) -> Conn {
    let mut conn = Conn::establish(database).unwrap();
    conn.batch_execute(
        "PRAGMA foreign_keys = ON;
         CREATE TABLE IF NOT EXISTS shelves (
             name TEXT COLLATE NOCASE PRIMARY KEY NOT NULL, colour TEXT,
             books BIGINT NOT NULL DEFAULT 0, pages BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE IF NOT EXISTS books (
             id INTEGER PRIMARY KEY,
             shelf_name TEXT COLLATE NOCASE NOT NULL REFERENCES shelves ON DELETE CASCADE ON UPDATE CASCADE,
             title TEXT, place TEXT NOT NULL DEFAULT '', pages BIGINT NOT NULL DEFAULT 0);
         CREATE TABLE IF NOT EXISTS chapters (
             value0 INTEGER PRIMARY KEY, book_id INTEGER NOT NULL REFERENCES books ON DELETE CASCADE,
             pages BIGINT NOT NULL, heading TEXT NOT NULL DEFAULT '');
         CREATE TABLE IF NOT EXISTS seals (
             id INTEGER PRIMARY KEY, book_id INTEGER REFERENCES books, stamp TEXT NOT NULL DEFAULT '');",
    )
    .unwrap();
    conn
}

/// Inserts a shelf.
pub(crate) fn shelf(conn: &mut Conn, name: &str, colour: &str) -> Outcome<Shelf> {
    Shelf::insert(conn, (shelves::name.eq(name), shelves::colour.eq(colour)))
}

/// Inserts a book on a shelf.
pub(crate) fn book(conn: &mut Conn, shelf: &str, title: &str) -> Outcome<Book> {
    Book::insert(conn, (books::shelf_name.eq(shelf), books::title.eq(title)))
}

/// Inserts a chapter of a book.
pub(crate) fn chapter(conn: &mut Conn, book: i32, pages: i64) -> Outcome<Chapter> {
    Chapter::insert(
        conn,
        (chapters::book_id.eq(book), chapters::pages.eq(pages)),
    )
}

/// The maintained fields that are not what they should be, counted without the library.
pub(crate) fn stale(conn: &mut Conn) -> i64 {
    diesel::dsl::sql::<diesel::sql_types::BigInt>(
        "SELECT (SELECT count(*) FROM shelves s WHERE
             s.books IS NOT (SELECT count(*) FROM books b WHERE b.shelf_name = s.name)
             OR s.pages IS NOT (SELECT coalesce(sum(b.pages), 0) FROM books b WHERE b.shelf_name = s.name))
         + (SELECT count(*) FROM books b JOIN shelves s ON s.name = b.shelf_name WHERE
             b.place IS NOT b.title || ' on ' || s.colour
             OR b.pages IS NOT (SELECT coalesce(sum(c.pages), 0) FROM chapters c WHERE c.book_id = b.id))
         + (SELECT count(*) FROM chapters c JOIN books b ON b.id = c.book_id WHERE
             c.heading IS NOT b.title || ' ' || c.value0)
         + (SELECT count(*) FROM seals s JOIN books b ON b.id = s.book_id WHERE s.stamp IS NOT b.title)",
    )
    .get_result(conn)
    .unwrap()
}
