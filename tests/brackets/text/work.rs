//! How often a bracket looks at its rows, and that nothing of it is left behind.

use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use maintained::prelude::*;

use super::examples::{TO_SHOP_3, move_item, sql};
use super::oracle::assert_right;
use super::{Conn, Outcome, Place, stock};
use crate::models::Item;
use crate::models::schema::items;

/// The statements that are sent meanwhile, but those about transactions.
fn statements<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> T) -> (T, Vec<String>) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&log);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            writer.lock().unwrap().push(query.to_string());
        }
    });
    let done = work(conn);
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let mut sent = std::mem::take(&mut *log.lock().unwrap());
    let verbs = ["SELECT", "UPDATE", "INSERT", "DELETE"];
    sent.retain(|statement| verbs.iter().any(|verb| statement.starts_with(verb)));
    (done, sent)
}

#[test]
fn statements_in_a_row_are_looked_at_once() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn).unwrap();
    let mut sent_with = |raw: usize| {
        let (done, sent) = statements(&mut conn, |conn| {
            conn.buffer_autoupdates(|conn| {
                Item::track(conn, items::id.eq(1), |conn| -> Outcome {
                    for _ in 0..raw {
                        sql(conn, "UPDATE items SET amount = amount WHERE id = 1")?;
                    }
                    Ok(())
                })
            })
        });
        done.unwrap();
        sent.len()
    };
    let (none, one, three) = (sent_with(0), sent_with(1), sent_with(3));
    // The rows, and those of three models that hang on them.
    assert_eq!(none, 4, "without a statement there is nothing to look for");
    // The same rows again, of two models no more than there are, and the filter.
    assert_eq!(three - one, 2);
}

#[test]
fn bracket_is_gone_after_a_failure_and_a_panic() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn).unwrap();
    let begin = |conn: &mut Conn, panics: bool| {
        conn.buffer_autoupdates(|conn| {
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                Item::track(conn, items::id.eq(1), |conn| -> Outcome {
                    move_item(conn, 2)?;
                    sql(conn, TO_SHOP_3)?;
                    if panics {
                        std::panic::resume_unwind(Box::new("on purpose"));
                    }
                    Err(maintained::Error::other("on purpose"))
                })
            }));
            assert!(ended.is_err() || ended.is_ok_and(|ended| ended.is_err()));
            move_item(conn, 2)?;
            let (_, sent) = statements(conn, |conn| sql(conn, "DELETE FROM notes WHERE id = 9"));
            assert_eq!(sent.len(), 1, "{sent:?}");
            Ok::<_, maintained::Error>(())
        })
    };
    for panics in [false, true] {
        begin(&mut conn, panics).unwrap();
        assert_right(&mut conn);
        move_item(&mut conn, 1).unwrap();
    }
}
