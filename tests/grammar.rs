//! Every form of input, key and return type that a setter can have, compiled and run on `SQLite`.
#![allow(
    missing_docs,
    reason = "Diesel's `table!` makes modules and structs without documentation"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "grammar/joined.rs"]
mod joined;
#[path = "grammar/optional.rs"]
mod optional;
#[path = "grammar/through.rs"]
mod through;

use std::error::Error;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! {
    shelves (code) {
        code -> Text,
        note -> Nullable<Text>,
        latest_book_id -> Nullable<Integer>,
        latest_title -> Nullable<Text>,
        book_count -> BigInt,
        page_count -> BigInt,
    }
}

diesel::table! {
    books (id) {
        id -> Integer,
        shelf_code -> Text,
        title -> Text,
        pages -> BigInt,
        place -> Text,
        jacket -> Nullable<Text>,
        credits -> Text,
        editors -> Text,
        heading -> Text,
    }
}

diesel::table! { covers (id) { id -> Integer, book_id -> Integer, colour -> Text } }
diesel::table! { countries (id) { id -> Integer, name -> Text } }
diesel::table! { flags (id) { id -> Integer, country_id -> Integer, #[sql_name = "type"] kind -> Text } }
diesel::table! { people (id) { id -> Integer, country_id -> Nullable<Integer>, name -> Text } }

diesel::table! {
    authorships (book_id, person_id) {
        book_id -> Integer,
        person_id -> Integer,
        editor_id -> Integer,
        share -> Double,
        byline -> Text,
    }
}

diesel::table! {
    categories (id) {
        id -> Integer,
        parent_id -> Nullable<Integer>,
        name -> Text,
        path -> Text,
        size -> BigInt,
    }
}

const CREATE: &str = "
    CREATE TABLE shelves (code TEXT PRIMARY KEY NOT NULL, note TEXT, latest_book_id INTEGER, latest_title TEXT,
        book_count BIGINT NOT NULL DEFAULT 0, page_count BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE books (id INTEGER PRIMARY KEY NOT NULL, shelf_code TEXT NOT NULL, title TEXT NOT NULL, pages BIGINT NOT NULL,
        place TEXT NOT NULL DEFAULT '', jacket TEXT, credits TEXT NOT NULL DEFAULT '', editors TEXT NOT NULL DEFAULT '',
        heading TEXT NOT NULL DEFAULT '');
    CREATE TABLE covers (id INTEGER PRIMARY KEY NOT NULL, book_id INTEGER NOT NULL, colour TEXT NOT NULL);
    CREATE TABLE countries (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
    CREATE TABLE flags (id INTEGER PRIMARY KEY NOT NULL, country_id INTEGER NOT NULL, type TEXT NOT NULL);
    CREATE TABLE people (id INTEGER PRIMARY KEY NOT NULL, country_id INTEGER, name TEXT NOT NULL);
    CREATE TABLE authorships (book_id INTEGER NOT NULL, person_id INTEGER NOT NULL, editor_id INTEGER NOT NULL, share DOUBLE NOT NULL,
        byline TEXT NOT NULL DEFAULT '', PRIMARY KEY (book_id, person_id));
    CREATE TABLE categories (id INTEGER PRIMARY KEY NOT NULL, parent_id INTEGER, name TEXT NOT NULL, path TEXT NOT NULL DEFAULT '',
        size BIGINT NOT NULL DEFAULT 0);
";

/// A key that is a string, and a maintained field that is a foreign key.
#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = shelves, primary_key(code), belongs_to(Book, foreign_key = latest_book_id))]
struct Shelf {
    code: String,
    note: Option<String>,
    #[maintained]
    latest_book_id: Option<i32>,
    #[maintained]
    latest_title: Option<String>,
    #[maintained]
    book_count: i64,
    #[maintained]
    page_count: i64,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = books, belongs_to(Shelf, foreign_key = shelf_code))]
struct Book {
    id: i32,
    shelf_code: String,
    title: String,
    pages: i64,
    #[maintained]
    place: String,
    #[maintained]
    jacket: Option<String>,
    #[maintained]
    credits: String,
    #[maintained]
    editors: String,
    #[maintained]
    heading: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = covers, belongs_to(Book))]
struct Cover {
    id: i32,
    book_id: i32,
    colour: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = countries)]
struct Country {
    id: i32,
    name: String,
}

/// Fields whose columns have other names, in the struct, in Diesel and in the database.
#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = flags, belongs_to(Country))]
struct Flag {
    id: i32,
    country_id: i32,
    #[diesel(column_name = kind)]
    r#type: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = people, belongs_to(Country))]
struct Person {
    id: i32,
    country_id: Option<i32>,
    name: String,
}

/// A composite key, and two foreign keys to one table.
#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = authorships, primary_key(book_id, person_id), belongs_to(Book), belongs_to(Person))]
#[maintained(belongs_to(Person, foreign_key = editor_id))]
struct Authorship {
    book_id: i32,
    person_id: i32,
    editor_id: i32,
    share: f64,
    #[maintained]
    byline: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = categories)]
#[maintained(belongs_to(Category, foreign_key = parent_id))]
struct Category {
    id: i32,
    parent_id: Option<i32>,
    name: String,
    #[maintained]
    path: String,
    #[maintained]
    size: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = books)]
#[maintained(view_of = Book)]
struct BookSize {
    id: i32,
    #[diesel(column_name = pages)]
    length: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = books)]
#[maintained(view_of = Book)]
struct BookTitle {
    title: String,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = people)]
#[maintained(view_of = Person)]
struct PersonName {
    name: String,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = authorships)]
#[maintained(view_of = Authorship)]
struct Part {
    share: f64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = categories)]
#[maintained(view_of = Category)]
struct CategorySize {
    size: i64,
}

#[maintained::setters]
impl Shelf {
    /// Children, as views, for a maintained foreign key.
    #[setter]
    fn latest_book_id(books: &[BookSize]) -> Option<i32> {
        books.iter().map(|book| book.id).max()
    }

    /// A parent along the maintained foreign key.
    #[setter]
    fn latest_title(book: Option<&BookTitle>) -> Option<String> {
        book.map(|book| book.title.clone())
    }

    /// Several fields at once.
    #[setter(fields(book_count, page_count), label = "counts")]
    fn counts(books: &[BookSize]) -> (i64, i64) {
        let pages = books.iter().map(|book| book.length).sum();
        (i64::try_from(books.len()).unwrap_or(i64::MAX), pages)
    }
}

#[maintained::setters]
impl Book {
    /// A parent with a string as its key.
    #[setter]
    fn place(shelf: &Shelf) -> String {
        shelf.note.clone().unwrap_or_default()
    }

    /// The one child.
    #[setter]
    fn jacket(#[child] cover: Option<&Cover>) -> Option<String> {
        cover.map(|cover| cover.colour.clone())
    }

    /// Tuples in tuples, to a depth of four rows.
    #[setter(labels("credits", "people"))]
    fn credits(lines: &[(&Part, (&Person, Option<(&Country, &[Flag])>))]) -> String {
        let line = |(part, (person, country)): &(&Part, (&Person, Option<(&Country, &[Flag])>))| {
            let country = country.map(|(country, flags)| {
                let kinds: Vec<_> = flags.iter().map(|flag| flag.r#type.as_str()).collect();
                format!("{} ({})", country.name, kinds.join(" "))
            });
            format!(
                "{} {}% {}",
                person.name,
                part.share,
                country.as_deref().unwrap_or("-")
            )
        };
        lines.iter().map(line).collect::<Vec<_>>().join(", ")
    }

    /// The second foreign key to a parent, two hops away.
    #[setter(field = "editors")]
    fn names_of_editors(
        #[via(_, authorships::editor_id)] editors: &[(&Part, &PersonName)],
    ) -> String {
        let names: Vec<_> = editors
            .iter()
            .map(|(_, person)| person.name.as_str())
            .collect();
        names.join(", ")
    }

    /// The row itself, and a failure.
    #[setter]
    fn heading(&self) -> Result<String, Untitled> {
        if self.title.is_empty() {
            return Err(Untitled);
        }
        Ok(Self::loud(&self.title))
    }

    /// No setter, but a function that one of them calls.
    fn loud(text: &str) -> String {
        text.to_uppercase()
    }
}

#[maintained::setters]
impl Authorship {
    /// The row of a composite key, two parents in one table, a parent with a parent, and a tuple of one row.
    #[setter]
    fn byline(
        &self,
        person: (&Person, Option<&Country>),
        #[via(authorships::editor_id)] editor: &Person,
        (book,): (&BookTitle,),
    ) -> String {
        let (author, country) = person;
        let country = country.map_or("-", |country| country.name.as_str());
        format!(
            "{} in {} by {} of {country}, edited by {}",
            self.share, book.title, author.name, editor.name
        )
    }
}

#[maintained::setters]
impl Category {
    /// A self reference to the parent.
    #[setter]
    fn path(&self, parent: Option<&Self>) -> String {
        parent.map_or_else(
            || self.name.clone(),
            |parent| format!("{}/{}", parent.path, self.name),
        )
    }

    /// A self reference to the children.
    #[setter]
    fn size(children: &[CategorySize]) -> i64 {
        1 + children.iter().map(|child| child.size).sum::<i64>()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a book has a title")]
struct Untitled;

type Conn = MaintainedConnection<SqliteConnection>;
type Outcome = Result<(), Box<dyn Error>>;

fn connection() -> Conn {
    let mut conn = Conn::establish(":memory:").unwrap();
    conn.inner_mut().batch_execute(CREATE).unwrap();
    conn
}

fn shelf_with_book(conn: &mut Conn) -> Outcome {
    use books::dsl as b;
    use shelves::dsl as s;
    Shelf::insert(conn, (s::code.eq("A1"), s::note.eq("upstairs")))?;
    Book::insert(
        conn,
        (
            b::id.eq(1),
            b::shelf_code.eq("A1"),
            b::title.eq("One"),
            b::pages.eq(100_i64),
        ),
    )?;
    Ok(())
}

fn author(conn: &mut Conn) -> Outcome {
    Country::insert(conn, (countries::id.eq(1), countries::name.eq("Wales")))?;
    Flag::insert(
        conn,
        (
            flags::id.eq(1),
            flags::country_id.eq(1),
            flags::kind.eq("dragon"),
        ),
    )?;
    for (id, country, name) in [(1, Some(1), "Ann"), (2, None, "Ben")] {
        Person::insert(
            conn,
            (
                people::id.eq(id),
                people::country_id.eq(country),
                people::name.eq(name),
            ),
        )?;
    }
    Authorship::insert(
        conn,
        (
            authorships::book_id.eq(1),
            authorships::person_id.eq(1),
            authorships::editor_id.eq(2),
            authorships::share.eq(0.5),
        ),
    )?;
    Ok(())
}

fn book(conn: &mut Conn) -> Book {
    Book::find(conn, 1).unwrap().unwrap()
}

#[test]
fn children_and_a_maintained_foreign_key() -> Outcome {
    let conn = &mut connection();
    shelf_with_book(conn)?;
    let shelf = Shelf::find(conn, "A1".to_owned())?.unwrap();
    assert_eq!((shelf.book_count, shelf.page_count), (1, 100));
    assert_eq!(
        (shelf.latest_book_id, shelf.latest_title.as_deref()),
        (Some(1), Some("One"))
    );
    Book::update(conn, 1, books::title.eq("Uno"))?;
    assert_eq!(
        Shelf::find(conn, "A1".to_owned())?
            .unwrap()
            .latest_title
            .as_deref(),
        Some("Uno")
    );
    Ok(())
}

#[test]
fn a_parent_by_a_string_key_the_one_child_and_the_own_row() -> Outcome {
    let conn = &mut connection();
    shelf_with_book(conn)?;
    Cover::insert(
        conn,
        (
            covers::id.eq(1),
            covers::book_id.eq(1),
            covers::colour.eq("red"),
        ),
    )?;
    let found = book(conn);
    assert_eq!(
        (
            found.place.as_str(),
            found.jacket.as_deref(),
            found.heading.as_str()
        ),
        ("upstairs", Some("red"), "ONE")
    );
    Shelf::update(conn, "A1".to_owned(), shelves::note.eq("downstairs"))?;
    Cover::delete_many(conn, &[1])?;
    let found = book(conn);
    assert_eq!((found.place.as_str(), found.jacket), ("downstairs", None));
    Ok(())
}

#[test]
fn a_second_child_of_a_one_to_one_is_an_error() -> Outcome {
    let conn = &mut connection();
    shelf_with_book(conn)?;
    Cover::insert(
        conn,
        (
            covers::id.eq(1),
            covers::book_id.eq(1),
            covers::colour.eq("red"),
        ),
    )?;
    let second = Cover::insert(
        conn,
        (
            covers::id.eq(2),
            covers::book_id.eq(1),
            covers::colour.eq("blue"),
        ),
    );
    assert!(
        matches!(second, Err(maintained::Error::SecondChild { .. })),
        "{second:?}"
    );
    Ok(())
}

#[test]
fn a_failing_setter_fails_the_write() -> Outcome {
    let conn = &mut connection();
    shelf_with_book(conn)?;
    let update = Book::update(conn, 1, books::title.eq(""));
    assert!(
        matches!(update, Err(maintained::Error::Setter { .. })),
        "{update:?}"
    );
    assert_eq!(book(conn).title, "One");
    Ok(())
}

#[test]
fn nested_inputs_and_two_foreign_keys_to_one_table() -> Outcome {
    let conn = &mut connection();
    shelf_with_book(conn)?;
    author(conn)?;
    let found = book(conn);
    assert_eq!(
        (found.credits.as_str(), found.editors.as_str()),
        ("Ann 0.5% Wales (dragon)", "Ben")
    );
    let byline = |conn: &mut Conn| Authorship::find(conn, (1, 1)).unwrap().unwrap().byline;
    assert_eq!(byline(conn), "0.5 in One by Ann of Wales, edited by Ben");
    Flag::insert(
        conn,
        (
            flags::id.eq(2),
            flags::country_id.eq(1),
            flags::kind.eq("leek"),
        ),
    )?;
    Person::update(conn, 2, people::name.eq("Bob"))?;
    Country::update(conn, 1, countries::name.eq("Cymru"))?;
    let found = book(conn);
    assert_eq!(
        (found.credits.as_str(), found.editors.as_str()),
        ("Ann 0.5% Cymru (dragon leek)", "Bob")
    );
    assert_eq!(byline(conn), "0.5 in One by Ann of Cymru, edited by Bob");
    Ok(())
}

#[test]
fn self_references_in_both_directions() -> Outcome {
    let conn = &mut connection();
    for (id, parent, name) in [(1, None, "a"), (2, Some(1), "b"), (3, Some(2), "c")] {
        Category::insert(
            conn,
            (
                categories::id.eq(id),
                categories::parent_id.eq(parent),
                categories::name.eq(name),
            ),
        )?;
    }
    let path_and_size = |conn: &mut Conn, key| {
        let category = Category::find(conn, key).unwrap().unwrap();
        (category.path, category.size)
    };
    assert_eq!(path_and_size(conn, 1), ("a".to_owned(), 3));
    assert_eq!(path_and_size(conn, 3), ("a/b/c".to_owned(), 1));
    Category::update(conn, 1, categories::name.eq("z"))?;
    assert_eq!(path_and_size(conn, 3), ("z/b/c".to_owned(), 1));
    Ok(())
}

/// The attributes of scopes, on a method and on a function.
mod decorated {
    use super::*;

    struct Loader {
        dry_run: bool,
    }

    impl Loader {
        #[maintained::buffer_autoupdates(except("people"), disable_if = self.dry_run)]
        fn load<'p>(
            &self,
            mut conn: &mut Conn,
            title: &'p str,
        ) -> Result<&'p str, maintained::Error> {
            Book::update(conn, 1, books::title.eq("again"))?;
            conn = std::convert::identity(conn);
            Book::update(conn, 1, books::title.eq(title))?;
            if title.is_empty() {
                return Ok("nothing");
            }
            Ok(title)
        }
    }

    #[maintained::immediate_autoupdates(connection = db, retries = 2, only("counts"))]
    fn turn_pages(db: &mut Conn, pages: i64) -> Result<(), maintained::Error> {
        Book::update(db, 1, books::pages.eq(pages)).map(drop)
    }

    #[maintained::disable_autoupdates]
    fn rename(conn: &mut Conn, title: String) -> QueryResult<()> {
        Book::update(conn, 1, books::title.eq(title))?;
        Ok(())
    }

    #[test]
    fn functions_run_in_their_scope() -> Outcome {
        let conn = &mut connection();
        shelf_with_book(conn)?;
        assert_eq!(Loader { dry_run: false }.load(conn, "Two")?, "Two");
        assert_eq!(book(conn).heading, "TWO");
        Loader { dry_run: true }.load(conn, "Three")?;
        assert_eq!(book(conn).heading, "TWO");
        turn_pages(conn, 7)?;
        assert_eq!(Shelf::find(conn, "A1".to_owned())?.unwrap().page_count, 7);
        rename(conn, "Four".to_owned())?;
        assert_eq!(
            (book(conn).title.as_str(), book(conn).heading.as_str()),
            ("Four", "TWO")
        );
        Ok(())
    }
}
