//! Shared scopes whose joining or flushing is dropped.

use maintained::prelude::*;
use maintained::{Error, SharedScope};

use super::super::super::{Conn, Place};
use super::{Running, Used};
use crate::models::{Line, line};
use crate::places::places;
use crate::polled::polled;

type Shared = SharedScope<maintained::Async<super::super::super::Inner>>;

fn join<'c>(scope: &'c Shared, conn: &'c mut Conn) -> Running<'c, ()> {
    Box::pin(scope.join_async(conn, async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        Line::insert(conn, line(3, 6)).await?;
        Ok::<_, Error>(())
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_joined_a_shared_scope_and_was_dropped_is_flushed_if_it_is_there() {
    let place = Place::new();
    let before = place.seen().rows;
    let mut flusher = Used::new(&place).await;
    for times in places(0) {
        place.renew();
        let scope = Shared::new();
        let mut used = Used::new(&place).await;
        let joined = polled(join(&scope, &mut used.conn), times).await;
        used.end(&place).await;
        let rows = place.seen().rows;
        scope.flush(&mut flusher.conn).await.unwrap();
        let now = place.seen().right();
        assert_eq!(rows, now);
        let is_all_there = rows.len() == before.len() + 2;
        assert!(is_all_there || rows == before, "{rows:#?}");
        if let Some(joined) = joined {
            joined.unwrap();
            assert!(is_all_there);
            break;
        }
    }
    flusher.end(&place).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flush_of_a_shared_scope_that_is_dropped_is_made_up_for_by_the_next() {
    let place = Place::new();
    for times in places(0) {
        place.renew();
        let scope = Shared::new();
        let mut used = Used::new(&place).await;
        join(&scope, &mut used.conn).await.unwrap();
        let flushed = polled(scope.flush(&mut used.conn), times).await;
        let is_flushed = flushed.is_some();
        if let Some(flushed) = flushed {
            flushed.unwrap();
        }
        used.end(&place).await;
        let mut next = Used::new(&place).await;
        scope.flush(&mut next.conn).await.unwrap();
        place.seen().right();
        assert_eq!(scope.pending().unwrap(), 0);
        next.end(&place).await;
        if is_flushed {
            break;
        }
    }
}
