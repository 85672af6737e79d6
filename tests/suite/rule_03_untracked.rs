//! What the library does not see does not go stale in silence: a plain write of what some field
//! follows from is refused.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sql_query;
use maintained::{Error, ErrorKind, Untracked, prelude::*};
use tracing::span;

use super::support::Outcome;
use super::support::models::{Item, Order, Product};
use super::support::oracle::{assert_right, rows, stale};
use super::support::schema::{categories, invoices, items, orders, tags};
use super::support::shop::{self, ADA_OLD, MILK, MILK_LINE};
use crate::{Conn, Shared, insert_category};

type Plain = fn(&mut Conn) -> QueryResult<()>;

fn insert(conn: &mut Conn) -> QueryResult<()> {
    diesel::insert_into(items::table)
        .values((
            items::order_id.eq(ADA_OLD),
            items::product_id.eq(MILK),
            items::quantity.eq(1),
            items::price_cents.eq(5),
        ))
        .execute(conn)
        .map(drop)
}

fn update(conn: &mut Conn) -> QueryResult<()> {
    diesel::update(items::table.find(MILK_LINE))
        .set(items::price_cents.eq(7))
        .execute(conn)
        .map(drop)
}

fn delete(conn: &mut Conn) -> QueryResult<()> {
    let line = items::table.filter(items::id.eq(MILK_LINE));
    diesel::delete(line).execute(conn).map(drop)
}

fn sql(conn: &mut Conn, text: &str) -> QueryResult<()> {
    sql_query(text).execute(conn).map(drop)
}

/// Plain writes of rows from which some field follows, with what their refusal must say.
const PLAIN: &[(&str, Plain, &[&str])] = &[
    (
        "insert",
        insert,
        &["INSERT into `items`", "`Item::insert(conn, ..)`"],
    ),
    (
        "update",
        update,
        &[
            "UPDATE of `items.price_cents`",
            "`Item::update(conn, key, ..)`",
        ],
    ),
    (
        "delete",
        delete,
        &["DELETE from `items`", "`Item::delete_many(conn, &keys)`"],
    ),
    (
        "an insert that returns its row",
        |conn| insert_category(conn, "new"),
        &["INSERT into `categories`", "`Category::insert(conn, ..)`"],
    ),
    (
        "SQL in other letters behind a comment",
        |conn| {
            sql(
                conn,
                "/* x */ update ITEMS set Price_Cents = 7, quantity = 1",
            )
        },
        &[
            "`items.quantity`, `items.price_cents`",
            "`Item::track(conn, filter, |conn| ..)`",
        ],
    ),
    (
        "a foreign key that a relation follows",
        |conn| sql(conn, "UPDATE orders SET customer_id = 2"),
        &["UPDATE of `orders.customer_id`"],
    ),
    (
        "a key that foreign keys name",
        |conn| sql(conn, "UPDATE tags SET code = 'z' WHERE code = 'b'"),
        &["UPDATE of `tags.code`"],
    ),
    (
        "a parent whose children are read",
        |conn| sql(conn, "DELETE FROM regions WHERE code = 'n'"),
        &[
            "DELETE from `regions`",
            "`Region::delete_many(conn, &keys)`",
        ],
    ),
    (
        "a field that the library computes",
        |conn| sql(conn, "UPDATE orders SET note = 'x', total_cents = 1"),
        &[
            "sets `orders.total_cents`, which the library computes",
            "`conn.untracked(|conn| ..)`",
        ],
    ),
];

fn assert_refused(error: diesel::result::Error, words: &[&str]) {
    let error = Error::from(error);
    assert!(matches!(error, Error::Untracked { .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::Untracked);
    for word in words {
        assert!(error.to_string().contains(word), "{error} says not: {word}");
    }
}

#[test]
fn a_plain_write_of_what_fields_follow_from_is_refused_and_says_what_to_write() {
    let mut conn = shop::open();
    let before = rows(&mut conn).text();
    for (name, write, words) in PLAIN {
        // What is known of it the second time is what was found the first time.
        for _ in 0..2 {
            assert_refused(write(&mut conn).expect_err(name), words);
        }
    }
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn a_refused_write_was_not_sent_and_its_transaction_goes_on() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        shop::item(conn, ADA_OLD, MILK, 1, 5)?;
        conn.transaction(|conn| -> Outcome {
            for (name, write, words) in PLAIN {
                assert_refused(write(conn).expect_err(name), words);
            }
            Ok(())
        })
    })
    .unwrap();
    assert_right(&mut conn);
    let scope: Outcome = conn.buffer_autoupdates(|conn| Ok(insert(conn)?));
    assert!(
        matches!(scope, Err(Error::Untracked { model: "Item", .. })),
        "{scope:?}"
    );
}

#[test]
fn what_no_field_follows_from_is_written_as_with_diesel_alone() {
    let mut conn = shop::open();
    conn.batch_execute("CREATE TABLE notes (id INTEGER, body VARCHAR(9))")
        .unwrap();
    sql(
        &mut conn,
        "INSERT INTO notes (id, body) VALUES (1, 'DELETE')",
    )
    .unwrap();
    sql(&mut conn, "UPDATE notes SET body = 'x'").unwrap();
    sql(&mut conn, "DELETE FROM notes").unwrap();
    conn.batch_execute("DROP TABLE notes").unwrap();
    diesel::update(invoices::table)
        .set(invoices::due.eq(31))
        .execute(&mut conn)
        .unwrap();
    let due = invoices::table
        .select(invoices::due)
        .first::<i32>(&mut conn);
    assert_eq!(due, Ok(31));
    assert_right(&mut conn);
}

#[test]
fn a_bracket_takes_the_plain_writes_of_its_model_and_of_no_other() {
    let mut conn = shop::open();
    Item::track(&mut conn, items::order_id.eq(ADA_OLD), |conn| -> Outcome {
        insert(conn)?;
        update(conn)?;
        delete(conn)?;
        sql(conn, "UPDATE items SET amount_cents = 1 WHERE order_id = 1")?;
        let other = sql(conn, "UPDATE orders SET customer_id = 2");
        assert_refused(other.unwrap_err(), &["`Order::track"]);
        Order::track(conn, orders::id.eq(ADA_OLD), |conn| -> Outcome {
            sql(conn, "UPDATE orders SET customer_id = 2 WHERE id = 1")?;
            Ok(delete(conn)?)
        })?;
        let other = sql(conn, "UPDATE orders SET customer_id = 2");
        assert_refused(other.unwrap_err(), &["`Order::track"]);
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert_refused(update(&mut conn).unwrap_err(), &["`Item::track"]);
}

#[test]
fn a_bracket_that_fails_or_panics_takes_no_more_plain_writes() {
    let mut conn = shop::open();
    let failed = Item::track(&mut conn, items::order_id.eq(ADA_OLD), |_| -> Outcome {
        Err(Error::other("undone"))
    });
    failed.unwrap_err();
    assert_refused(update(&mut conn).unwrap_err(), &[]);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        Item::track(&mut conn, items::order_id.eq(ADA_OLD), |_| -> Outcome {
            std::panic::resume_unwind(Box::new(()))
        })
    }));
    panicked.unwrap_err();
    assert_refused(update(&mut conn).unwrap_err(), &[]);
}

#[test]
fn a_disabled_scope_takes_plain_writes_and_a_buffered_one_does_not() {
    let mut conn = shop::open();
    conn.disable_autoupdates(|conn| -> QueryResult<()> {
        update(conn)?;
        sql(conn, "UPDATE orders SET total_cents = 1")
    })
    .unwrap();
    let refused = conn.buffer_autoupdates(update);
    assert_refused(refused.unwrap_err(), &[]);
    let all = orders::table
        .select(orders::id)
        .load::<i32>(&mut conn)
        .unwrap();
    Order::touch(&mut conn, &all).unwrap();
    Item::touch(&mut conn, &[MILK_LINE]).unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_stretch_without_marks_takes_plain_writes_and_ends_with_its_body() {
    let mut conn = shop::open();
    conn.untracked(update).unwrap();
    assert!(!stale(&mut conn).is_empty());
    Item::touch(&mut conn, &[MILK_LINE]).unwrap();
    assert_right(&mut conn);
    assert_refused(update(&mut conn).unwrap_err(), &[]);
    let failed: Outcome = conn.untracked(|_| Err(Error::other("failed")));
    failed.unwrap_err();
    assert_refused(update(&mut conn).unwrap_err(), &[]);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        conn.untracked(|_| std::panic::resume_unwind(Box::new(())))
    }));
    panicked.unwrap_err();
    assert_refused(update(&mut conn).unwrap_err(), &[]);
    conn.set_untracked(Untracked::Allow);
    conn.untracked(|_| ());
    update(&mut conn).unwrap();
    conn.set_untracked(Untracked::Refuse);
    assert_refused(update(&mut conn).unwrap_err(), &[]);
}

/// Counts the events that warn.
#[derive(Default)]
struct Warnings(Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("maintained")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let warns = *event.metadata().level() == tracing::Level::WARN;
        self.0.fetch_add(usize::from(warns), Ordering::Relaxed);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn a_warning_is_given_once_for_each_statement() {
    let mut conn = shop::open();
    conn.set_untracked(Untracked::Warn);
    // The place of the event is known from the first time on, and only then can a listener be told
    // to hear it.
    insert(&mut conn).unwrap();
    let listener = Warnings::default();
    let warned = Arc::clone(&listener.0);
    tracing::subscriber::with_default(listener, || {
        tracing::callsite::rebuild_interest_cache();
        for _ in 0..3 {
            insert(&mut conn).unwrap();
            update(&mut conn).unwrap();
            sql(&mut conn, "UPDATE items SET quantity = 2").unwrap();
            sql(&mut conn, "UPDATE invoices SET due = 2").unwrap();
        }
    });
    assert_eq!(warned.load(Ordering::Relaxed), 2);
    let lines = items::table
        .select(items::id)
        .load::<i32>(&mut conn)
        .unwrap();
    Item::touch(&mut conn, &lines).unwrap();
    Product::touch(&mut conn, &[MILK]).unwrap();
    assert_right(&mut conn);
}

#[test]
fn several_statements_in_one_text_and_the_inner_connection_are_not_looked_at() {
    let mut conn = shop::open();
    let text = "UPDATE items SET quantity = 3; DELETE FROM items WHERE id = 2";
    conn.batch_execute(text).unwrap();
    let inner = conn.inner_mut();
    diesel::delete(tags::table.find("b"))
        .execute(inner)
        .unwrap();
    assert!(!stale(&mut conn).is_empty());
}

#[test]
fn a_pooled_connection_keeps_what_was_set() {
    let shared = Shared::new();
    shop::stock(&mut shared.connect()).unwrap();
    let manager = ConnectionManager::<Conn>::new(shared.url());
    let pool = Pool::builder().max_size(1).build(manager).unwrap();
    assert_refused(update(&mut pool.get().unwrap()).unwrap_err(), &[]);
    pool.get().unwrap().set_untracked(Untracked::Allow);
    update(&mut pool.get().unwrap()).unwrap();
}

#[test]
fn a_text_that_the_library_does_not_keep_is_looked_at_each_time() {
    let mut conn = shop::open();
    let long = format!(
        "DELETE FROM categories WHERE name = '{}'",
        "x".repeat(10_000)
    );
    for _ in 0..2 {
        assert_refused(sql(&mut conn, &long).unwrap_err(), &["`categories`"]);
    }
    // More texts than are kept.
    for number in 0..2_000 {
        let text = format!("UPDATE invoices SET due = {number} WHERE id = 999");
        sql(&mut conn, &text).unwrap();
    }
    assert_refused(delete(&mut conn).unwrap_err(), &[]);
    let names = categories::table
        .select(categories::name)
        .load::<String>(&mut conn);
    assert_eq!(names.unwrap().len(), 4);
}
