//! Scopes and writes that are run again when the database refuses them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::prelude::*;
use diesel_async::SimpleAsyncConnection;
use maintained::prelude::*;
use maintained::{Error, ErrorKind};
use tokio::sync::Barrier;

use super::super::{Conn, Inner, Place, REFUSE};
use super::{Outcome, open};
use crate::models::{Line, Owner, line};
use crate::schema::owners;

type Scope = maintained::Scope<maintained::Async<Inner>>;

/// Two scopes rename two owners each, in opposite orders; each waits for the other between its writes
/// the first time.
async fn cross(times: usize) -> (Place, Vec<Result<(), Error>>, usize) {
    let place = Place::new();
    let barrier = Arc::new(Barrier::new(2));
    let runs = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for [first, second] in [[1, 2], [2, 1]] {
        let mut conn = place.connect().await;
        let (barrier, runs) = (Arc::clone(&barrier), Arc::clone(&runs));
        tasks.push(tokio::spawn(async move {
            let scope = Scope::immediate().retries(times);
            let body = async move |conn: &mut Conn| {
                let name = format!("first to rename {first}");
                Owner::update(conn, first, owners::name.eq(&name)).await?;
                if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                    barrier.wait().await;
                }
                Owner::update(conn, second, owners::name.eq(&name)).await?;
                Ok::<_, Error>(())
            };
            scope.run_async(&mut conn, body).await
        }));
    }
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    (place, results, runs.load(Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_is_refused_by_a_deadlock_is_run_again() {
    let (place, results, runs) = cross(5).await;
    for result in results {
        result.unwrap();
    }
    assert!(runs > 2, "there was no deadlock");
    place.seen().right();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_an_error_that_is_retryable_where_nothing_is_run_again() {
    let (place, results, runs) = cross(0).await;
    assert_eq!(runs, 2);
    let failed: Vec<Error> = results.into_iter().filter_map(Result::err).collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert!(failed[0].is_retryable());
    assert_eq!(failed[0].kind(), ErrorKind::Refused);
    place.seen().right();
}

/// On MySQL a deadlock ends the whole transaction: what comes after it would be committed statement by
/// statement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_whose_deadlock_is_swallowed_is_undone() {
    let place = Place::new();
    let before = place.seen().right().len();
    let barrier = Arc::new(Barrier::new(2));
    let mut tasks = Vec::new();
    for [first, second] in [[1, 2], [2, 1]] {
        let mut conn = place.connect().await;
        let barrier = Arc::clone(&barrier);
        tasks.push(tokio::spawn(async move {
            let scope = conn.buffer_autoupdates(async move |conn: &mut Conn| {
                let name = format!("first to rename {first}");
                Owner::update(conn, first, owners::name.eq(&name)).await?;
                barrier.wait().await;
                let inner = conn.buffer_autoupdates(async move |conn: &mut Conn| {
                    Owner::update(conn, second, owners::name.eq(&name))
                        .await
                        .map(drop)
                });
                inner.await.ok();
                Line::insert(conn, line(1, 5)).await.ok();
                Ok::<_, Error>(())
            });
            scope.await
        }));
    }
    let mut failed = 0;
    for task in tasks {
        failed += usize::from(task.await.unwrap().is_err());
    }
    let rows = place.seen().right();
    assert!(failed <= 1, "one of the two was not refused");
    assert_eq!(rows.len(), before + 2 - failed, "{rows:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn single_writes_that_are_refused_are_run_again_by_themselves() -> Outcome {
    let place = Place::new();
    let mut tasks = Vec::new();
    for task in 0..4 {
        let mut conn = place.connect().await;
        tasks.push(tokio::spawn(async move {
            conn.set_retries(50);
            for at in 0..10 {
                Line::insert(&mut conn, line(1 + (task + at) % 4, 1)).await?;
                let name = format!("{task} {at}");
                Owner::update(&mut conn, 1 + at % 2, owners::name.eq(name)).await?;
            }
            Ok::<_, Error>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    let rows = place.seen().right();
    assert_eq!(rows.len(), 2 + 4 + 8 + 3 + 40);
    Ok(())
}

/// What was dropped is no transaction around the scope.
#[tokio::test]
async fn a_scope_is_run_again_though_one_before_it_was_dropped() -> Outcome {
    let (place, mut conn) = open().await;
    let dropped = conn.buffer_autoupdates(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        std::future::pending::<()>().await;
        Ok::<_, Error>(())
    });
    let time = std::time::Duration::from_millis(300);
    assert!(tokio::time::timeout(time, dropped).await.is_err());
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let body = async move |conn: &mut Conn| {
        Line::insert(conn, line(1, 6)).await?;
        if counted.fetch_add(1, Ordering::Relaxed) < 2 {
            conn.batch_execute(REFUSE).await?;
        }
        Ok::<_, Error>(())
    };
    let scope = Scope::buffered().retries(2);
    scope.run_async(&mut conn, body).await?;
    assert_eq!(runs.load(Ordering::Relaxed), 3);
    assert_eq!(place.seen().right().len(), 17 + 1);
    Ok(())
}
