//! An error says of what kind it is, whoever sent the statement and whatever the database.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::DatabaseErrorKind;
use maintained::{Error, ErrorKind, prelude::*};

use super::support::Outcome;
use super::support::models::{Category, Item, Parcel, Product};
use super::support::schema::{categories, items, parcels};
use super::support::shop::{self, ADA_OLD, BIO, FOOD, KIEL, MILK, MILK_LINE, TEAS};
use crate::Conn;

fn kind<T: std::fmt::Debug>(done: Outcome<T>) -> ErrorKind {
    done.unwrap_err().kind()
}

fn sql(conn: &mut Conn, text: &str) -> Error {
    let done = conn.untracked(|conn| diesel::sql_query(text).execute(conn));
    Error::from(done.expect_err(text))
}

#[test]
fn a_violated_constraint_is_of_its_kind_in_the_librarys_statements_and_in_others() {
    let mut conn = shop::open();
    let conn = &mut conn;
    assert_eq!(
        kind(shop::item(conn, ADA_OLD, 999, 1, 5)),
        ErrorKind::ForeignKeyViolation
    );
    let moved = Item::update(conn, MILK_LINE, items::order_id.eq(999));
    assert_eq!(kind(moved), ErrorKind::ForeignKeyViolation);
    // A parent that its children restrict.
    assert_eq!(
        kind(shop::get::<Product>(conn, MILK).delete(conn)),
        ErrorKind::ForeignKeyViolation
    );
    let plain = sql(conn, "DELETE FROM products WHERE id = 1");
    assert_eq!(plain.kind(), ErrorKind::ForeignKeyViolation);
    let plain = sql(conn, "UPDATE items SET product_id = 999");
    assert_eq!(plain.kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(
        kind(shop::tag(conn, BIO, "again")),
        ErrorKind::UniqueViolation
    );
    let plain = sql(conn, "INSERT INTO tags (code, title) VALUES ('b', 'again')");
    assert_eq!(plain.kind(), ErrorKind::UniqueViolation);
    // A value that the library computes, and writes by a statement of its own.
    shop::locker(conn, KIEL, 1).unwrap();
    let second = shop::locker(conn, KIEL, 1).unwrap_err();
    assert!(matches!(second, Error::Statement { .. }), "{second:?}");
    assert_eq!(second.kind(), ErrorKind::UniqueViolation);
}

#[test]
fn a_column_that_may_not_be_null_and_a_check_are_named() {
    let mut conn = shop::open();
    let null = sql(
        &mut conn,
        "INSERT INTO tags (code, title) VALUES ('q', NULL)",
    );
    assert_eq!(null.kind(), ErrorKind::NotNullViolation);
    let said = null.database_error().unwrap();
    assert_eq!(
        said.kind() as usize,
        DatabaseErrorKind::NotNullViolation as usize
    );
    assert_eq!(said.column(), Some("title"));
    assert!(null.to_string().contains(said.message()));
    conn.batch_execute("CREATE TABLE checked (n INTEGER, CONSTRAINT positive CHECK (n > 0))")
        .unwrap();
    let check = sql(&mut conn, "INSERT INTO checked (n) VALUES (-1)");
    conn.batch_execute("DROP TABLE checked").unwrap();
    assert_eq!(check.kind(), ErrorKind::CheckViolation);
    assert_eq!(
        check.database_error().unwrap().constraint(),
        Some("positive")
    );
}

#[test]
fn a_violated_key_names_its_constraint_or_its_column() {
    let mut conn = shop::open();
    let error = shop::tag(&mut conn, BIO, "again").unwrap_err();
    let said = error.database_error().unwrap();
    let names = (said.table(), said.column(), said.constraint());
    let known = [
        (Some("tags"), Some("code"), None),
        (Some("tags"), None, Some("tags_pkey")),
        (None, None, Some("PRIMARY")),
    ];
    assert!(known.contains(&names), "{names:?}");
}

#[test]
fn errors_of_the_librarys_own_have_a_kind() {
    let mut conn = shop::open();
    let conn = &mut conn;
    let missing = Item::update(conn, 999, items::quantity.eq(1));
    assert_eq!(kind(missing), ErrorKind::NotFound);
    let missing = items::table.find(999).select(items::id).first::<i32>(conn);
    assert_eq!(
        Error::from(missing.unwrap_err()).kind(),
        ErrorKind::NotFound
    );
    assert_eq!(
        kind(shop::item(conn, ADA_OLD, MILK, -1, 5)),
        ErrorKind::Setter
    );
    let looped = Category::update(conn, FOOD, categories::parent_id.eq(TEAS));
    assert_eq!(kind(looped), ErrorKind::Loop);
    let moved = Item::update(conn, MILK_LINE, items::id.eq(77));
    assert_eq!(kind(moved), ErrorKind::Key);
    let label = Scope::buffered().only(["no such label"]);
    assert_eq!(
        kind(label.run(conn, |_| Outcome::Ok(()))),
        ErrorKind::Declaration
    );
    let own = Error::other(std::io::Error::other("own"));
    assert_eq!(own.kind(), ErrorKind::Other);
    let nested = Error::other(shop::item(conn, ADA_OLD, MILK, -1, 5).unwrap_err());
    assert_eq!(nested.kind(), ErrorKind::Setter);
    assert_eq!(sql(conn, "NO SQL AT ALL").kind(), ErrorKind::Database);
}

#[test]
fn a_maintained_column_without_a_default_is_an_error_that_says_to_give_it_one() {
    let mut conn = shop::open();
    conn.batch_execute(
        "DROP TABLE parcels;
         CREATE TABLE parcels (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL,
             from_address_id INTEGER NOT NULL, to_address_id INTEGER NULL,
             weight DOUBLE PRECISION NOT NULL, route VARCHAR(99) NOT NULL);
         -- By which no other test takes this for a database as it was made.
         CREATE TABLE without_defaults (id INTEGER)",
    )
    .unwrap();
    let parcel = (
        parcels::id.eq(1),
        parcels::order_id.eq(ADA_OLD),
        parcels::from_address_id.eq(KIEL),
        parcels::weight.eq(1.5),
    );
    let error = Parcel::insert(&mut conn, parcel).unwrap_err();
    let said = "inserting into `Parcel` (its maintained column `route` has no default: give it one, \
                or let it be null) failed: ";
    assert!(error.to_string().starts_with(said), "{error}");
    // What `main` and `unwrap` print.
    assert!(format!("{error:?}").contains(said), "{error:?}");
    let error = Parcel::insert_many(&mut conn, [parcel]).unwrap_err();
    assert!(error.to_string().starts_with(said), "{error}");
}
