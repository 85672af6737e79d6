//! The `transaction` of `diesel-async`, and statements that fail in it.

use diesel::prelude::*;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use maintained::prelude::*;
use maintained::{Error, Mode};

use super::super::{Conn, GOES_ON_AFTER_A_FAILURE};
use super::{Outcome, open};
use crate::models::{Line, Owner, line};
use crate::schema::{carts, owners};

#[tokio::test]
async fn marks_follow_the_transactions_of_diesel() -> Outcome {
    let (place, mut conn) = open().await;
    let task = tokio::spawn(async move {
        conn.transaction(async |conn: &mut Conn| {
            Line::insert(conn, line(1, 5)).await?;
            let undone = conn.transaction(async |conn: &mut Conn| {
                Line::insert(conn, line(2, 6)).await?;
                Err::<(), _>(Error::from(diesel::result::Error::RollbackTransaction))
            });
            assert!(undone.await.is_err());
            let kept = conn.transaction(async |conn: &mut Conn| {
                Line::insert(conn, line(3, 7)).await?;
                Ok::<_, Error>(())
            });
            kept.await
        })
        .await?;
        Ok::<_, Error>(conn)
    });
    let mut conn = task.await??;
    let rows = place.seen().right();
    assert_eq!(rows.len(), 17 + 2, "{rows:#?}");
    let undone = conn.transaction(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 8)).await?;
        Owner::update(conn, 1, owners::name.eq("Eve")).await?;
        Err::<(), _>(Error::from(diesel::result::Error::RollbackTransaction))
    });
    assert!(undone.await.is_err());
    assert_eq!(place.seen().right(), rows);
    Ok(())
}

#[tokio::test]
async fn a_transaction_flushes_at_its_commit_under_a_buffered_base_mode() -> Outcome {
    let (place, mut conn) = open().await;
    conn.set_base_mode(Mode::Buffered);
    conn.transaction(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        assert!(!conn.pending()?.is_empty());
        Ok::<_, Error>(())
    })
    .await?;
    place.seen().right();
    assert!(conn.pending()?.is_empty());
    Ok(())
}

/// What the database makes of a failed statement goes for the transaction: on PostgreSQL its commit
/// would be a rollback, of which the server says nothing.
#[tokio::test]
async fn a_transaction_whose_failed_statement_is_swallowed_is_committed_or_fails() -> Outcome {
    let (place, mut conn) = open().await;
    let before = place.seen().right();
    for kind in 0..4 {
        place.renew();
        let result = conn.transaction(async move |conn: &mut Conn| {
            Line::insert(conn, line(1, 5)).await?;
            let missing = diesel::sql_query("SELECT missing FROM owners");
            let failed = match kind {
                0 => missing.execute(conn).await.is_err(),
                1 => missing.get_result::<super::Number>(conn).await.is_err(),
                2 => conn
                    .batch_execute("SELECT missing FROM owners")
                    .await
                    .is_err(),
                _ => Line::insert(conn, line(1, 1_000_000)).await.is_err(),
            };
            assert!(failed);
            Ok::<_, Error>(())
        });
        let result = result.await;
        assert_eq!(
            result.is_ok(),
            GOES_ON_AFTER_A_FAILURE,
            "{kind}: {result:?}"
        );
        let rows = place.seen().right();
        assert_eq!(rows == before, result.is_err(), "{kind}: {rows:#?}");
        Line::insert(&mut conn, line(1, 5)).await?;
        place.seen().right();
    }
    Ok(())
}

#[tokio::test]
async fn a_failed_statement_in_a_savepoint_leaves_the_transaction_as_it_was() -> Outcome {
    let (place, mut conn) = open().await;
    conn.transaction(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        let inner = conn.transaction(async |conn: &mut Conn| {
            Line::insert(conn, line(2, 6)).await?;
            diesel::sql_query("SELECT missing FROM owners")
                .execute(conn)
                .await?;
            Ok::<_, Error>(())
        });
        assert!(inner.await.is_err());
        Line::insert(conn, line(3, 7)).await?;
        Ok::<_, Error>(())
    })
    .await?;
    let rows = place.seen().right();
    assert_eq!(rows.len(), 17 + 2, "{rows:#?}");
    Ok(())
}

#[tokio::test]
async fn reads_are_diesels() -> Outcome {
    let (_place, mut conn) = open().await;
    let totals: Vec<(String, i64)> = carts::table
        .inner_join(owners::table.on(owners::id.eq(carts::owner_id)))
        .filter(owners::name.eq("Ada"))
        .order(carts::id)
        .select((carts::note, carts::total))
        .load(&mut conn)
        .await?;
    assert_eq!(totals, [("a".to_owned(), 30), ("b".to_owned(), 90)]);
    Ok(())
}
