//! Diesel's own queries and migrations work on the library's connection as on a plain one.

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use super::support::Outcome;
use super::support::models::{Item, Order};
use super::support::oracle::assert_right;
use super::support::schema::{customers, items, orders};
use super::support::shop::{self, ADA, ADA_OLD};
use crate::{Conn, Inner, fresh};

#[derive(Debug, PartialEq, QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

#[test]
fn diesels_queries_take_the_connection() {
    let mut conn = shop::open();
    let of_ada: Vec<Order> = orders::table
        .filter(orders::customer_id.eq(ADA))
        .order(orders::id)
        .select(Order::as_select())
        .load(&mut conn)
        .unwrap();
    assert_eq!(of_ada.len(), 2);
    let lines: Vec<Item> = Item::belonging_to(&of_ada)
        .select(Item::as_select())
        .load(&mut conn)
        .unwrap();
    assert_eq!(lines.len(), 3);
    let joined: Vec<(i32, String)> = orders::table
        .inner_join(customers::table.on(customers::id.eq(orders::customer_id)))
        .order(orders::id)
        .select((orders::id, customers::name))
        .load(&mut conn)
        .unwrap();
    assert_eq!(joined.len(), 3);
    assert_eq!(
        conn.untracked(|conn| diesel::update(items::table)
            .set(items::quantity.eq(items::quantity))
            .execute(conn))
            .unwrap(),
        4
    );
    let count: Count = diesel::sql_query("SELECT count(*) AS number FROM items")
        .get_result(&mut conn)
        .unwrap();
    assert_eq!(count, Count { number: 4 });
    conn.batch_execute("CREATE TABLE more (id INTEGER); DROP TABLE more;")
        .unwrap();
    let streamed = items::table
        .select(items::id)
        .load_iter::<i32, DefaultLoadingMode>(&mut conn)
        .unwrap()
        .count();
    assert_eq!(streamed, 4);
    assert_right(&mut conn);
}

#[test]
fn the_inner_connection_is_in_reach() {
    let mut conn = shop::open();
    let inner: &mut Inner = conn.inner_mut();
    assert_eq!(orders::table.count().get_result::<i64>(inner), Ok(3));
}

#[test]
fn establish_opens_and_reports_like_diesel() {
    assert!(Conn::establish("/no/such/folder/at/all/shop.sqlite").is_err());
}

#[test]
fn diesels_transactions_nest_with_scopes() {
    let mut conn = shop::open();
    let order = conn
        .transaction(|conn| {
            conn.buffer_autoupdates(|conn| {
                conn.transaction(|conn| -> QueryResult<Order> {
                    shop::item(conn, ADA_OLD, shop::SAW, 1, 1)?;
                    orders::table.find(ADA_OLD).first(conn)
                })
            })
        })
        .unwrap();
    assert_eq!(
        order.item_count, 2,
        "the flush comes at the end of the scope"
    );
    assert_right(&mut conn);
}

#[test]
fn migrations_run_on_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let step = folder.path().join("2024-01-01-000000_notes");
    std::fs::create_dir_all(&step).unwrap();
    std::fs::write(
        step.join("up.sql"),
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT NOT NULL);",
    )
    .unwrap();
    std::fs::write(step.join("down.sql"), "DROP TABLE notes;").unwrap();
    let migrations = FileBasedMigrations::from_path(folder.path()).unwrap();
    let all: Vec<Box<dyn Migration<<Conn as Connection>::Backend>>> =
        migrations.migrations().unwrap();
    assert_eq!(all.len(), 1);
    let mut conn = fresh();
    assert_eq!(
        conn.run_pending_migrations(FileBasedMigrations::from_path(folder.path()).unwrap())
            .unwrap()
            .len(),
        1
    );
    assert!(
        !conn
            .has_pending_migration(FileBasedMigrations::from_path(folder.path()).unwrap())
            .unwrap()
    );
    diesel::sql_query("INSERT INTO notes (id, body) VALUES (1, 'x')")
        .execute(&mut conn)
        .unwrap();
    conn.revert_last_migration(migrations).unwrap();
    diesel::sql_query("SELECT * FROM notes")
        .execute(&mut conn)
        .unwrap_err();
    shop::stock(&mut conn).unwrap();
    assert_right(&mut conn);
}

#[test]
fn scopes_take_diesels_error_as_the_bodys() {
    let mut conn = shop::open();
    let result: Result<(), diesel::result::Error> =
        conn.buffer_autoupdates(|_| Err(diesel::result::Error::RollbackTransaction));
    assert_eq!(result, Err(diesel::result::Error::RollbackTransaction));
    let result: Outcome = conn.buffer_autoupdates(|conn| {
        orders::table
            .find(999)
            .select(orders::id)
            .first::<i32>(conn)?;
        Ok(())
    });
    assert!(
        matches!(
            result,
            Err(maintained::Error::Database(diesel::result::Error::NotFound))
        ),
        "{result:?}"
    );
}
