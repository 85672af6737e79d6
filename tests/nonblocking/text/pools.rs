//! Pools and migrations.

use std::time::Duration;

use diesel_async::AsyncMigrationHarness;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, bb8, deadpool};
use diesel_migrations::MigrationHarness;
use maintained::prelude::*;
use maintained::{Error, operations};

use super::super::{Conn, Inner, Place, SLEEP};
use super::{Outcome, number_of, open};
use crate::models::{Line, line};
use diesel_async::RunQueryDsl;

/// What is done with a connection, and whether a pool hands it out again.
async fn uses(conn: &mut Conn, how: usize) -> bool {
    let time = Duration::from_millis(100);
    let sleeps = how == 1;
    match how {
        0 => {
            let scope = conn.buffer_autoupdates(async |conn: &mut Conn| {
                Line::insert(conn, line(1, 5)).await.map(drop)
            });
            scope.await.unwrap();
            true
        }
        1 | 2 => {
            let scope = conn.buffer_autoupdates(async move |conn: &mut Conn| {
                Line::insert(conn, line(1, 6)).await?;
                if sleeps {
                    tokio::time::sleep(Duration::from_secs(600)).await;
                }
                diesel::sql_query(SLEEP).execute(conn).await?;
                Ok::<_, Error>(())
            });
            assert!(tokio::time::timeout(time, scope).await.is_err());
            false
        }
        _ => {
            let began =
                <maintained::Levels as diesel_async::TransactionManager<Conn>>::begin_transaction(
                    conn,
                );
            began.await.unwrap();
            Line::insert(conn, line(1, 7)).await.unwrap();
            false
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bb8_hands_no_connection_out_again_whose_scope_was_dropped() -> Outcome {
    let place = Place::new();
    let manager = AsyncDieselConnectionManager::<Conn>::new(place.url());
    let pool = bb8::Pool::builder().max_size(1).build(manager).await?;
    for how in 0..4 {
        let mut conn = pool.get().await?;
        let number = number_of(&mut conn).await;
        let is_good = uses(&mut conn, how).await;
        drop(conn);
        let mut conn = pool.get().await?;
        assert_eq!(number_of(&mut conn).await == number, is_good, "{how}");
        Line::insert(&mut *conn, line(3, 1)).await?;
        let rows = place.seen().right();
        assert_eq!(rows.len(), 17 + 2 + how, "{how}: {rows:#?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deadpool_hands_no_connection_out_again_whose_scope_was_dropped() -> Outcome {
    let place = Place::new();
    let manager = AsyncDieselConnectionManager::<Conn>::new(place.url());
    let pool = deadpool::Pool::builder(manager).max_size(1).build()?;
    for how in 0..4 {
        let mut conn = pool.get().await?;
        let number = number_of(&mut conn).await;
        let is_good = uses(&mut conn, how).await;
        drop(conn);
        let mut conn = pool.get().await?;
        assert_eq!(number_of(&mut conn).await == number, is_good, "{how}");
        Line::insert(&mut *conn, line(3, 1)).await?;
        let rows = place.seen().right();
        assert_eq!(rows.len(), 17 + 2 + how, "{how}: {rows:#?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrations_run_on_a_connection() -> Outcome {
    let (_place, conn) = open().await;
    let mut harness = AsyncMigrationHarness::new(conn);
    harness.run_pending_migrations(operations::migrations::<maintained::Async<Inner>>())?;
    let mut conn = harness.into_inner();
    operations::adopt(&mut conn).await?;
    assert!(operations::status(&mut conn).await?.is_current());
    Ok(())
}
