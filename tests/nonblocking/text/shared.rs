//! Scopes that several tasks share.

use std::sync::Arc;

use maintained::prelude::*;
use maintained::{Error, SharedScope};

use super::super::{Conn, Inner, Place};
use super::{Outcome, open};
use crate::models::{Line, line};

type Shared = SharedScope<maintained::Async<Inner>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_that_share_a_scope_are_flushed_once() -> Outcome {
    let (place, mut owner) = open().await;
    let scope = Arc::new(Shared::new().with("the load"));
    let mut tasks = Vec::new();
    for task in 0..4 {
        let mut conn = place.connect().await;
        let scope = Arc::clone(&scope);
        tasks.push(tokio::spawn(async move {
            for part in 0..5 {
                let joined = scope.join_async(&mut conn, async move |conn: &mut Conn| {
                    assert_eq!(conn.value(), Some(&"the load"));
                    let new: Vec<_> = (0..10).map(|cents| line(1 + task, cents)).collect();
                    Line::add_many(conn, &new).await?;
                    if part == 3 {
                        return Err(Error::from(diesel::result::Error::RollbackTransaction));
                    }
                    Ok(())
                });
                assert_eq!(joined.await.is_err(), part == 3);
            }
        }));
    }
    for task in tasks {
        task.await?;
    }
    assert!(!place.seen().stale.is_empty());
    assert_eq!(scope.pending()?, 4);
    let report = scope.flush(&mut owner).await?;
    assert_eq!(report.model("Cart").changed, 4);
    assert_eq!(scope.pending()?, 0);
    let rows = place.seen().right();
    assert_eq!(rows.len(), 2 + 4 + 8 + 3 + 4 * 4 * 10);
    Ok(())
}

#[tokio::test]
async fn nobody_joins_a_shared_scope_inside_a_transaction() -> Outcome {
    let place = Place::new();
    let mut conn = place.connect().await;
    let scope = Shared::new();
    let scope = &scope;
    let outer = conn.buffer_autoupdates(async move |conn: &mut Conn| {
        let joined = scope.join_async(conn, async |_: &mut Conn| Ok::<_, Error>(()));
        assert!(joined.await.is_err());
        assert!(scope.flush(conn).await.is_err());
        Line::insert(conn, line(1, 5)).await.map(drop)
    });
    outer.await?;
    place.seen().right();
    Ok(())
}
