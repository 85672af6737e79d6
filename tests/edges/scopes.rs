//! Scopes: shared, chosen by labels, run again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::{Error, SharedScope, prelude::*};

use crate::library::schema::{books, chapters, seals};
use crate::library::{
    Book, Chapter, Conn, Outcome, Seal, book, chapter, connect, open, shelf, stale,
};

/// A database that several connections share, and the folder that it goes with.
fn shared() -> (tempfile::TempDir, impl Fn() -> Conn) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("library.db");
    let again = move || connect(file.to_str().unwrap());
    shelf(&mut again(), "a", "green").unwrap();
    (folder, again)
}

#[test]
fn a_setter_that_the_labels_leave_out_does_not_fail_the_scope() {
    let mut conn = open();
    let seal = || seals::book_id.eq(None::<i32>);
    Seal::insert(&mut conn, seal()).unwrap_err();
    Scope::buffered()
        .except(["seals"])
        .run(&mut conn, |conn| Seal::insert(conn, seal()).map(drop))
        .unwrap();
    assert_eq!(seals::table.count().get_result(&mut conn), Ok(1));
}

#[test]
fn a_shared_scope_is_not_flushed_inside_a_transaction_which_could_still_be_undone() {
    let (_folder, connect) = shared();
    let scope = SharedScope::new();
    let mut conn = connect();
    scope
        .join(&mut conn, |conn| book(conn, "a", "Odes").map(drop))
        .unwrap();
    let refused: Outcome = conn.buffer_autoupdates(|conn| scope.flush(conn).map(drop));
    assert!(refused.is_err());
    assert_ne!(scope.pending().unwrap(), 0);
    scope.flush(&mut conn).unwrap();
    assert_eq!(scope.pending().unwrap(), 0);
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_panic_in_the_flush_of_a_shared_scope_keeps_its_marks() {
    let (_folder, connect) = shared();
    let scope = SharedScope::new();
    let mut conn = connect();
    scope
        .join(&mut conn, |conn| book(conn, "a", "Odes").map(drop))
        .unwrap();
    let waiting = scope.pending().unwrap();
    conn.set_instrumentation(|event: diesel::connection::InstrumentationEvent<'_>| {
        if let diesel::connection::InstrumentationEvent::StartQuery { query, .. } = event {
            assert!(!query.to_string().contains("UPDATE"), "asked to panic");
        }
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| scope.flush(&mut conn).map(drop)));
    assert!(panicked.is_err());
    assert_eq!(scope.pending().unwrap(), waiting);
    let mut conn = connect();
    scope.flush(&mut conn).unwrap();
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_hook_of_a_joined_scope_runs_nowhere_else() {
    let (_folder, connect) = shared();
    let scope = SharedScope::new();
    let mut conn = connect();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let joined = scope.join(&mut conn, |conn| {
        Scope::buffered()
            .after_flush(move |_, _| {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(())
            })
            .run(conn, |conn| book(conn, "a", "Odes").map(drop))
    });
    joined.unwrap();
    conn.buffer_autoupdates(|conn| chapter(conn, 1, 7).map(drop))
        .unwrap();
    scope.flush(&mut conn).unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_scope_is_undone_in_which_a_trigger_kept_some_of_the_rows_away_even_if_the_error_is_swallowed()
{
    let mut conn = open();
    shelf(&mut conn, "a", "green").unwrap();
    let odes = book(&mut conn, "a", "Odes").unwrap();
    conn.batch_execute(
        "CREATE TRIGGER few BEFORE INSERT ON chapters WHEN NEW.pages = 13 BEGIN SELECT RAISE(IGNORE); END;
         CREATE TRIGGER none BEFORE INSERT ON chapters WHEN NEW.pages = 14 BEGIN SELECT RAISE(ABORT, 'none'); END",
    )
    .unwrap();
    let chapters = |pages: [i64; 2]| {
        pages.map(|pages| (chapters::book_id.eq(odes.id), chapters::pages.eq(pages)))
    };
    let ended = conn.buffer_autoupdates(|conn| -> Outcome {
        Chapter::insert_many(conn, chapters([5, 13])).unwrap_err();
        Ok(())
    });
    // The row that was written has no marks.
    ended.unwrap_err();
    assert_eq!(chapters::table.count().get_result(&mut conn), Ok(0));
    // An error before anything was written is nobody's but the body's.
    conn.buffer_autoupdates(|conn| -> Outcome {
        Chapter::insert_many(conn, chapters([5, 14])).unwrap_err();
        Chapter::insert_many(conn, chapters([5, 6])).map(drop)
    })
    .unwrap();
    assert_eq!(chapters::table.count().get_result(&mut conn), Ok(2));
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_body_does_not_begin_where_its_transaction_is_refused() {
    let (_folder, connect) = shared();
    let (mut holder, mut conn) = (connect(), connect());
    conn.batch_execute("PRAGMA busy_timeout = 0").unwrap();
    holder.inner_mut().batch_execute("BEGIN EXCLUSIVE").unwrap();
    let mut runs = 0;
    let result = Scope::buffered()
        .retries(2)
        .run(&mut conn, |conn| -> Outcome {
            runs += 1;
            book(conn, "a", "Odes").map(drop)
        });
    assert!(result.unwrap_err().is_retryable());
    assert_eq!(runs, 0);
    holder.inner_mut().batch_execute("COMMIT").unwrap();
    Scope::buffered()
        .retries(2)
        .run(&mut conn, |conn| book(conn, "a", "Odes").map(drop))
        .unwrap();
    assert_eq!(stale(&mut conn), 0);
}

#[test]
fn a_scope_is_not_run_again_for_an_error_of_its_own() {
    let mut conn = open();
    let mut runs = 0;
    let result = Scope::buffered().retries(5).run(&mut conn, |_| -> Outcome {
        runs += 1;
        Err(Error::from(diesel::result::Error::NotFound))
    });
    assert!(result.is_err());
    assert_eq!(runs, 1);
}

#[test]
fn a_writer_that_waits_in_vain_is_refused_and_may_be_run_again() {
    let (_folder, connect) = shared();
    let (mut holder, mut conn) = (connect(), connect());
    for conn in [&mut holder, &mut conn] {
        conn.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
    }
    let writer = std::thread::spawn(move || {
        let scope = Scope::buffered().retries(3);
        scope.run(&mut conn, |conn| book(conn, "a", "Odes").map(drop))
    });
    holder
        .buffer_autoupdates(|conn| -> Outcome {
            std::thread::sleep(Duration::from_millis(20));
            book(conn, "a", "Epodes").map(drop)
        })
        .unwrap();
    writer.join().unwrap().unwrap();
    assert_eq!(stale(&mut holder), 0);
    assert_eq!(books::table.count().get_result(&mut holder), Ok(2));
    assert_eq!(Book::find(&mut holder, 1).unwrap().unwrap().shelf_name, "a");
}
