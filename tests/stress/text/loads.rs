//! Loads in parallel: connections with a transaction each that share one scope.

use std::process::Command;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, SharedScope};

use super::super::{Conn, Inner, NAME, Place, connect, never_wait};
use super::shop::{self, Outcome, stale};
use crate::models::{Cart, Line, Owner};
use crate::schema::{carts, lines, owners};

/// How many transactions there are to load.
const LOADS: i32 = 24;
/// The keys of what is loaded start here.
const BASE: i32 = 100_000;

type Shared = SharedScope<Inner>;

/// One transaction: a cart of a hot owner, lines of hot products, and a line that moves there.
fn load(conn: &mut Conn, load: i32) -> Outcome {
    let (cart, owner) = (BASE + load, 1 + load % 3);
    Cart::insert(conn, (carts::id.eq(cart), carts::owner_id.eq(owner)))?;
    let line = |product| {
        (
            lines::id.eq(BASE + 10 * load + product),
            lines::cart_id.eq(cart),
            lines::product_id.eq(product),
            lines::quantity.eq(load),
        )
    };
    Line::insert_many(conn, (1..=5).map(line))?;
    if load % 4 == 0 {
        Line::update(conn, load / 4 + 1, lines::cart_id.eq(cart))?;
    }
    Owner::update(conn, owner, owners::revision.eq(owners::revision + 1)).map(drop)
}

/// Everything that is there, row by row.
fn rows(conn: &mut Conn) -> Vec<String> {
    let mut rows = Vec::new();
    macro_rules! read {
        ($($table:ident: $model:ident;)*) => {$(
            let read: Vec<crate::models::$model> = crate::schema::$table::table
                .order(crate::schema::$table::id)
                .load(conn)
                .unwrap();
            rows.extend(read.iter().map(|row| format!("{row:?}")));
        )*};
    }
    read! {
        owners: Owner;
        carts: Cart;
        lines: Line;
        products: Product;
    }
    rows
}

/// Joins a scope, as often as it takes.
fn insist(scope: &Shared, conn: &mut Conn, body: impl Fn(&mut Conn) -> Outcome) {
    loop {
        match scope.join(conn, &body) {
            Err(error) if error.is_retryable() => {}
            done => return done.unwrap(),
        }
    }
}

/// Loads everything, by so many workers, and returns what is there in the end.
fn load_by(workers: usize) -> Vec<String> {
    let place = shop::stocked();
    let scope = Shared::new();
    let next = AtomicI32::new(1);
    thread::scope(|threads| {
        for _ in 0..workers {
            threads.spawn(|| {
                let mut conn = place.connect();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number > LOADS {
                        return;
                    }
                    insist(&scope, &mut conn, |conn| load(conn, number));
                }
            });
        }
    });
    let mut conn = place.connect();
    assert_ne!(stale(&mut conn), Vec::<String>::new(), "until the flush");
    let pending = scope.pending().unwrap();
    let report = scope.flush(&mut conn).unwrap();
    eprintln!(
        "{NAME}: {workers} workers left marks on {pending} rows, and {} were changed by {} statements",
        report.changed(),
        report.statements
    );
    assert_eq!(scope.pending().unwrap(), 0);
    assert_eq!(stale(&mut conn), Vec::<String>::new());
    rows(&mut conn)
}

#[test]
fn parallel_load_gives_the_same_values_whatever_the_number_of_workers() {
    let place = shop::stocked();
    let mut conn = place.connect();
    conn.buffer_autoupdates(|conn| (1..=LOADS).try_for_each(|number| load(conn, number)))
        .unwrap();
    let alone = rows(&mut conn);
    for workers in [1, 2, 4] {
        assert_eq!(load_by(workers), alone, "{workers} workers");
    }
}

#[test]
fn worker_that_fails_or_panics_leaves_no_marks() {
    let place = shop::stocked();
    let mut conn = place.connect();
    let before = rows(&mut conn);
    let scope = Shared::new();
    let failed = scope.join(&mut conn, |conn| {
        load(conn, 1)?;
        Err::<(), _>(Error::other("no further"))
    });
    assert!(matches!(failed, Err(Error::Other(_))), "{failed:?}");
    assert_eq!(scope.pending().unwrap(), 0);
    let panicked = thread::scope(|threads| {
        let worker = threads.spawn(|| {
            let mut conn = place.connect();
            scope.join(&mut conn, |conn| -> Outcome {
                load(conn, 2)?;
                panic!("no further")
            })
        });
        worker.join()
    });
    assert!(panicked.is_err());
    assert_eq!(scope.pending().unwrap(), 0);
    assert_eq!(rows(&mut conn), before);
    scope.join(&mut conn, |conn| load(conn, 3)).unwrap();
    assert!(scope.pending().unwrap() > 0, "the connection is usable");
    scope.flush(&mut conn).unwrap();
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn flush_that_fails_keeps_the_marks_to_be_tried_again() {
    let place = shop::stocked();
    let (mut conn, mut holder) = (place.connect(), place.connect());
    let scope = Shared::new();
    scope.join(&mut conn, |conn| load(conn, 1)).unwrap();
    let pending = scope.pending().unwrap();
    never_wait(&mut conn);
    holder
        .transaction(|holder| {
            Cart::update(holder, BASE + 1, carts::revision.eq(1))?;
            let refused = scope.flush(&mut conn).unwrap_err();
            assert!(refused.is_retryable(), "{refused}");
            assert_eq!(scope.pending().unwrap(), pending);
            Err::<(), _>(diesel::result::Error::RollbackTransaction)
        })
        .unwrap_err();
    assert_ne!(stale(&mut conn), Vec::<String>::new(), "nothing is flushed");
    scope.flush(&mut conn).unwrap();
    assert_eq!(scope.pending().unwrap(), 0);
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn marks_that_join_while_the_scope_is_flushed_wait_for_the_next_flush() {
    let place = shop::stocked();
    let scope = Shared::new();
    let next = AtomicI32::new(1);
    thread::scope(|threads| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                threads.spawn(|| {
                    let mut conn = place.connect();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number > LOADS {
                            return;
                        }
                        insist(&scope, &mut conn, |conn| load(conn, number));
                    }
                })
            })
            .collect();
        let mut conn = place.connect();
        while workers.iter().any(|worker| !worker.is_finished()) {
            match scope.flush(&mut conn) {
                Err(error) if error.is_retryable() => {}
                done => drop(done.unwrap()),
            }
        }
    });
    let mut conn = place.connect();
    scope.flush(&mut conn).unwrap();
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn shared_scope_beside_other_writers_leaves_nothing_stale() {
    let place = shop::stocked();
    let scope = Shared::new();
    let next = AtomicI32::new(1);
    thread::scope(|threads| {
        for worker in 0..4 {
            let (place, scope, next) = (&place, &scope, &next);
            threads.spawn(move || {
                let mut conn = place.connect();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number > LOADS {
                        return;
                    }
                    if worker % 2 == 0 {
                        insist(scope, &mut conn, |conn| load(conn, number));
                    } else {
                        let again = Scope::buffered().retries(usize::MAX);
                        again.run(&mut conn, |conn| load(conn, number)).unwrap();
                    }
                }
            });
        }
    });
    let mut conn = place.connect();
    scope.flush(&mut conn).unwrap();
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

/// The variable that makes the test below the process that drops a scope, and says where it has loaded.
const PLACE: &str = "STRESS_DROP_PLACE";

#[test]
fn scope_that_is_dropped_unflushed_says_so_loudly() {
    if let Ok(place) = std::env::var(PLACE) {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .init();
        let mut conn = connect(&place);
        let scope = Shared::new();
        scope.join(&mut conn, |conn| load(conn, 1)).unwrap();
        drop(scope);
        return;
    }
    let place = shop::stocked();
    let said = what_a_process_says(&place);
    assert!(
        said.contains("a shared scope is dropped unflushed"),
        "{said}"
    );
    assert_ne!(stale(&mut place.connect()), Vec::<String>::new());
}

/// What this test writes as a process of its own that drops a scope.
fn what_a_process_says(place: &Place) -> String {
    let (_, module) = module_path!().split_once("::").unwrap();
    let test = format!("{module}::scope_that_is_dropped_unflushed_says_so_loudly");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &test, "--nocapture"])
        .env(PLACE, place.url())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}
