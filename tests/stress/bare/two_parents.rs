//! Rows of two parents: one that goes, and takes them along or is let go by them, and one that is computed from them.
//! No rule reads the one that goes, but that of a letter.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Stage;

diesel::table! {
    books (id) {
        id -> Integer,
    }
}

diesel::table! {
    readers (id) {
        id -> Integer,
        pages -> BigInt,
    }
}

diesel::table! {
    bookmarks (id) {
        id -> Integer,
        book_id -> Integer,
        reader_id -> Integer,
        pages -> Integer,
    }
}

diesel::table! {
    binders (id) {
        id -> Integer,
        clippings -> BigInt,
    }
}

diesel::table! {
    clippings (id) {
        id -> Integer,
        book_id -> Integer,
        binder_id -> Integer,
    }
}

diesel::table! {
    authors (id) {
        id -> Integer,
        revision -> Integer,
    }
}

diesel::table! {
    magazines (id) {
        id -> Integer,
        signed -> BigInt,
    }
}

diesel::table! {
    essays (id) {
        id -> Integer,
        author_id -> Nullable<Integer>,
        magazine_id -> Integer,
    }
}

diesel::table! {
    letters (id) {
        id -> Integer,
        author_id -> Nullable<Integer>,
        copied -> Nullable<Integer>,
    }
}

diesel::table! {
    accounts (id) {
        id -> Integer,
        sent -> BigInt,
        received -> BigInt,
    }
}

diesel::table! {
    transfers (id) {
        id -> Integer,
        from_id -> Integer,
        to_id -> Integer,
        cents -> Integer,
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = books)]
pub struct Book {
    pub id: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = readers)]
pub struct Reader {
    pub id: i32,
    #[maintained]
    pub pages: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = bookmarks, belongs_to(Book), belongs_to(Reader))]
pub struct Bookmark {
    pub id: i32,
    pub book_id: i32,
    pub reader_id: i32,
    pub pages: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = binders)]
pub struct Binder {
    pub id: i32,
    #[maintained(count(Clipping))]
    pub clippings: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = clippings, belongs_to(Book), belongs_to(Binder))]
pub struct Clipping {
    pub id: i32,
    pub book_id: i32,
    pub binder_id: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = authors)]
pub struct Author {
    pub id: i32,
    pub revision: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = magazines)]
pub struct Magazine {
    pub id: i32,
    /// How many essays have an author.
    #[maintained]
    pub signed: i64,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = essays, belongs_to(Author), belongs_to(Magazine))]
pub struct Essay {
    pub id: i32,
    pub author_id: Option<i32>,
    pub magazine_id: i32,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = letters, belongs_to(Author))]
pub struct Letter {
    pub id: i32,
    pub author_id: Option<i32>,
    #[maintained]
    pub copied: Option<i32>,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = accounts)]
pub struct Account {
    pub id: i32,
    #[maintained]
    pub sent: i64,
    #[maintained(sum(Transfer::cents), via(transfers::to_id))]
    pub received: i64,
}

/// Both parents are computed.
#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = transfers)]
#[maintained(belongs_to(Account, foreign_key = from_id), belongs_to(Account, foreign_key = to_id))]
pub struct Transfer {
    pub id: i32,
    pub from_id: i32,
    pub to_id: i32,
    pub cents: i32,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = transfers)]
#[maintained(view_of = Transfer)]
pub struct TransferCents {
    cents: i32,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = bookmarks)]
#[maintained(view_of = Bookmark)]
pub struct BookmarkPages {
    pages: i32,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = essays)]
#[maintained(view_of = Essay)]
pub struct EssayAuthor {
    author_id: Option<i32>,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = authors)]
#[maintained(view_of = Author)]
pub struct AuthorRevision {
    revision: i32,
}

#[maintained::setters]
impl Reader {
    #[setter]
    fn pages(bookmarks: &[BookmarkPages]) -> i64 {
        let pages = bookmarks.iter().map(|bookmark| i64::from(bookmark.pages));
        pages.sum()
    }
}

#[maintained::setters]
impl Magazine {
    #[setter]
    fn signed(essays: &[EssayAuthor]) -> i64 {
        essays
            .iter()
            .filter_map(|essay| essay.author_id)
            .map(|_| 1)
            .sum()
    }
}

#[maintained::setters]
impl Letter {
    #[setter]
    fn copied(author: Option<&AuthorRevision>) -> Option<i32> {
        author.map(|author| author.revision)
    }
}

#[maintained::setters]
impl Account {
    #[setter]
    fn sent(#[via(transfers::from_id)] transfers: &[TransferCents]) -> i64 {
        let cents = transfers.iter().map(|transfer| i64::from(transfer.cents));
        cents.sum()
    }
}

/// The last book, author, reader, magazine and binder have no rows under them.
pub const STAGE: Stage = Stage {
    create: &[
        "CREATE TABLE books (id {serial}){from}",
        "CREATE TABLE readers (id {serial}, pages BIGINT NOT NULL DEFAULT 0){from}",
        "CREATE TABLE bookmarks (
            id {serial}, book_id INTEGER NOT NULL, reader_id INTEGER NOT NULL, pages INTEGER NOT NULL DEFAULT 1,
            FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE CASCADE,
            FOREIGN KEY (reader_id) REFERENCES readers (id)
        ){from}",
        "CREATE TABLE binders (id {serial}, clippings BIGINT NOT NULL DEFAULT 0){from}",
        "CREATE TABLE clippings (
            id {serial}, book_id INTEGER NOT NULL, binder_id INTEGER NOT NULL,
            FOREIGN KEY (book_id) REFERENCES books (id) ON DELETE CASCADE,
            FOREIGN KEY (binder_id) REFERENCES binders (id)
        ){from}",
        "CREATE TABLE authors (id {serial}, revision INTEGER NOT NULL DEFAULT 0){from}",
        "CREATE TABLE magazines (id {serial}, signed BIGINT NOT NULL DEFAULT 0){from}",
        "CREATE TABLE essays (
            id {serial}, author_id INTEGER NULL, magazine_id INTEGER NOT NULL,
            FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE SET NULL,
            FOREIGN KEY (magazine_id) REFERENCES magazines (id)
        ){from}",
        "CREATE TABLE letters (
            id {serial}, author_id INTEGER NULL, copied INTEGER NULL,
            FOREIGN KEY (author_id) REFERENCES authors (id) ON DELETE SET NULL
        ){from}",
        "CREATE TABLE accounts (id {serial}, sent BIGINT NOT NULL DEFAULT 0, received BIGINT NOT NULL DEFAULT 0){from}",
        "CREATE TABLE transfers (
            id {serial}, from_id INTEGER NOT NULL, to_id INTEGER NOT NULL, cents INTEGER NOT NULL DEFAULT 1,
            FOREIGN KEY (from_id) REFERENCES accounts (id),
            FOREIGN KEY (to_id) REFERENCES accounts (id)
        ){from}",
        "CREATE INDEX bookmarks_by_book ON bookmarks (book_id)",
        "CREATE INDEX bookmarks_by_reader ON bookmarks (reader_id)",
        "CREATE INDEX clippings_by_book ON clippings (book_id)",
        "CREATE INDEX clippings_by_binder ON clippings (binder_id)",
        "CREATE INDEX essays_by_author ON essays (author_id)",
        "CREATE INDEX essays_by_magazine ON essays (magazine_id)",
        "CREATE INDEX letters_by_author ON letters (author_id)",
        "CREATE INDEX transfers_by_from ON transfers (from_id)",
        "CREATE INDEX transfers_by_to ON transfers (to_id)",
    ],
    stock: &[
        "INSERT INTO books (id) VALUES (1), (2), (3)",
        "INSERT INTO readers (id, pages) VALUES (1, 1), (2, 1), (3, 0)",
        "INSERT INTO bookmarks (id, book_id, reader_id) VALUES (1, 1, 1), (2, 2, 2)",
        "INSERT INTO binders (id, clippings) VALUES (1, 1), (2, 1), (3, 0)",
        "INSERT INTO clippings (id, book_id, binder_id) VALUES (1, 1, 1), (2, 2, 2)",
        "INSERT INTO authors (id, revision) VALUES (1, 5), (2, 6), (3, 7)",
        "INSERT INTO magazines (id, signed) VALUES (1, 1), (2, 1), (3, 0)",
        "INSERT INTO essays (id, author_id, magazine_id) VALUES (1, 1, 1), (2, 2, 2)",
        "INSERT INTO letters (id, author_id, copied) VALUES (1, 1, 5), (2, 2, 6)",
        "INSERT INTO accounts (id, sent, received) VALUES (1, 1, 1), (2, 1, 0), (3, 0, 1)",
        "INSERT INTO transfers (id, from_id, to_id) VALUES (1, 1, 3), (2, 2, 1)",
    ],
    tables: &[
        "transfers",
        "accounts",
        "bookmarks",
        "clippings",
        "essays",
        "letters",
        "books",
        "readers",
        "binders",
        "authors",
        "magazines",
    ],
    stale: &[
        (
            "readers.pages",
            "readers t WHERE t.pages <> COALESCE((SELECT SUM(c.pages) FROM bookmarks c WHERE c.reader_id = t.id), 0)",
        ),
        (
            "binders.clippings",
            "binders t WHERE t.clippings <> (SELECT COUNT(*) FROM clippings c WHERE c.binder_id = t.id)",
        ),
        (
            "magazines.signed",
            "magazines t WHERE t.signed <> (SELECT COUNT(c.author_id) FROM essays c WHERE c.magazine_id = t.id)",
        ),
        (
            "letters.copied",
            "letters t LEFT JOIN authors p ON p.id = t.author_id WHERE COALESCE(t.copied, -1) <> COALESCE(p.revision, -1)",
        ),
        (
            "accounts.sent",
            "accounts t WHERE t.sent <> COALESCE((SELECT SUM(c.cents) FROM transfers c WHERE c.from_id = t.id), 0)",
        ),
        (
            "accounts.received",
            "accounts t WHERE t.received <> COALESCE((SELECT SUM(c.cents) FROM transfers c WHERE c.to_id = t.id), 0)",
        ),
    ],
};
