//! The caller's own statements and transactions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use maintained::Error;
use maintained::prelude::*;

use super::super::super::{
    Conn, FAILS_AT_THE_LAST_ROW, GOES_ON_AFTER_A_FAILURE, IMPATIENT, Place, SLEEP,
};
use super::super::Number;
use super::{Tally, Used, drop_whole};
use crate::models::{Line, line};
use crate::places::places;
use crate::polled::polled;

/// On PostgreSQL a statement that has failed unheard has failed the transaction: its commit would say
/// nothing of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_not_committed_in_vain_after_a_failing_statement_that_is_dropped() {
    let place = Place::new();
    let before = place.seen().right();
    let mut used = Used::new(&place).await;
    let mut tally = Tally::default();
    for times in places(0) {
        place.renew();
        let has_failed = AtomicBool::new(false);
        let has_failed = &has_failed;
        let scope = used.conn.transaction(async move |conn: &mut Conn| {
            Line::insert(conn, line(1, 5)).await?;
            let failing = diesel::sql_query("SELECT missing FROM owners").execute(conn);
            if let Some(failed) = polled(failing, times).await {
                assert!(failed.is_err());
                has_failed.store(true, Ordering::Relaxed);
            }
            Ok::<_, Error>(())
        });
        let result = scope.await;
        let rows = place.seen().right();
        assert_eq!(result.is_err(), rows == before, "{times}: {result:?}");
        used = used.again(&place, &[&rows], &mut tally).await;
        if has_failed.load(Ordering::Relaxed) {
            assert_eq!(result.is_ok(), GOES_ON_AFTER_A_FAILURE, "{result:?}");
            break;
        }
    }
}

/// The same with rows that are not read to their end, among which there is an error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_not_committed_in_vain_after_rows_that_were_not_read_to_their_end() {
    let place = Place::new();
    let before = place.seen().right();
    let mut used = Used::new(&place).await;
    let result = used.conn.transaction(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        let number: Number = diesel::sql_query(FAILS_AT_THE_LAST_ROW)
            .get_result(conn)
            .await?;
        assert_eq!(number.number, 1);
        Ok::<_, Error>(())
    });
    let result = result.await;
    let rows = place.seen().right();
    assert_eq!(result.is_err(), rows == before, "{result:?}");
    used.again(&place, &[&rows], &mut Tally::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_of_diesels_that_is_dropped_is_there_as_a_whole_or_not_at_all() {
    drop_whole(|conn| {
        Box::pin(conn.transaction(async |conn: &mut Conn| {
            Line::insert(conn, line(1, 5)).await?;
            conn.transaction(async |conn: &mut Conn| {
                Line::insert(conn, line(3, 6)).await?;
                Ok::<_, Error>(())
            })
            .await?;
            Ok::<_, Error>(())
        }))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_scope_wrote_is_gone_after_a_timeout_in_a_statement_or_between_two() {
    let place = Place::new();
    let before = place.seen().right();
    for sleeps in [true, false] {
        let mut used = Used::new(&place).await;
        let scope = used.conn.buffer_autoupdates(async move |conn: &mut Conn| {
            Line::insert(conn, line(1, 5)).await?;
            if sleeps {
                tokio::time::sleep(Duration::from_secs(600)).await;
            } else {
                diesel::sql_query(SLEEP).execute(conn).await?;
            }
            Ok::<_, Error>(())
        });
        let scope = tokio::time::timeout(Duration::from_millis(100), scope).await;
        assert!(scope.is_err(), "it has not come to its end");
        assert_eq!(place.seen().right(), before);
    }
}

/// A lock that is waited for in vain, beside a timeout.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_goes_on_after_a_timeout_between_the_statements_of_a_scope_inside() {
    let place = Place::new();
    let mut used = Used::new(&place).await;
    used.conn.batch_execute(IMPATIENT).await.unwrap();
    let done = used.conn.buffer_autoupdates(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        let inner = conn.buffer_autoupdates(async |conn: &mut Conn| {
            Line::insert(conn, line(2, 6)).await?;
            tokio::time::sleep(Duration::from_secs(600)).await;
            Ok::<_, Error>(())
        });
        tokio::select! {
            _ = inner => unreachable!("it sleeps"),
            () = tokio::time::sleep(Duration::from_millis(200)) => {}
        }
        Line::insert(conn, line(3, 7)).await?;
        Ok::<_, Error>(())
    });
    done.await.unwrap();
    let rows = place.seen().right();
    let is_there = |row: &str| rows.iter().any(|it| it == row);
    assert!(is_there("line a 5") && is_there("line c 7"), "{rows:#?}");
    assert!(!is_there("line b 6"), "{rows:#?}");
    assert!(used.conn.pending().unwrap().is_empty());
}
