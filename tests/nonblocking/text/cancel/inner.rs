//! Parts of a scope that are dropped, while the scope goes on and commits.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maintained::Error;
use maintained::prelude::*;

use super::super::super::Conn;
use super::drop_part;
use crate::models::{Line, Owner, line};
use crate::polled::polled;
use crate::schema::{lines, owners};

/// A test for each part: what runs before it, the part, and what runs after it.
macro_rules! dropped {
    ($($name:ident: $scope:ident |$conn:ident| $body:block)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            drop_part(|conn, times| {
                Box::pin(async move {
                    conn.$scope(async move |$conn: &mut Conn| {
                        Line::insert($conn, line(1, 5)).await?;
                        let part = polled(async { $body.await }, times).await;
                        if let Some(result) = part {
                            result?;
                            Line::insert($conn, line(2, 6)).await?;
                            return Ok(false);
                        }
                        Line::insert($conn, line(2, 6)).await?;
                        Ok::<_, Error>(true)
                    })
                    .await
                })
            })
            .await;
        }
    )*};
}

dropped! {
    a_scope_around_a_write_that_is_dropped_is_undone: buffer_autoupdates |conn| {
        async { Line::insert(conn, line(3, 7)).await.map(drop) }
    }

    an_immediate_scope_around_a_write_that_is_dropped_is_undone: immediate_autoupdates |conn| {
        async { Owner::update(conn, 1, owners::name.eq("Eve")).await.map(drop) }
    }

    a_scope_goes_on_after_a_scope_inside_that_is_dropped: buffer_autoupdates |conn| {
        conn.buffer_autoupdates(async |conn: &mut Conn| {
            Line::insert(conn, line(3, 7)).await?;
            Owner::update(conn, 1, owners::name.eq("Eve")).await?;
            Line::delete_many(conn, &[8]).await
        })
    }

    an_immediate_scope_goes_on_after_a_scope_inside_that_is_dropped: immediate_autoupdates |conn| {
        conn.immediate_autoupdates(async |conn: &mut Conn| {
            Line::insert(conn, line(3, 7)).await?;
            Owner::update(conn, 1, owners::name.eq("Eve")).await.map(drop)
        })
    }

    a_scope_goes_on_after_a_flush_that_is_dropped: buffer_autoupdates |conn| {
        async { conn.flush_autoupdates().await.map(drop) }
    }

    a_scope_goes_on_after_a_fresh_read_that_is_dropped: buffer_autoupdates |conn| {
        async { Owner::fresh(conn, 1).await.map(drop) }
    }

    a_scope_goes_on_after_a_read_that_is_dropped: buffer_autoupdates |conn| {
        async { Owner::find(conn, 1).await.map(drop) }
    }

    a_scope_goes_on_after_a_bracket_that_is_dropped: buffer_autoupdates |conn| {
        Line::track_async(conn, lines::cart_id.le(2), async |conn: &mut Conn| {
            diesel::update(lines::table.filter(lines::id.eq(1)))
                .set((lines::cart_id.eq(4), lines::cents.eq(11)))
                .execute(conn)
                .await?;
            Line::insert(conn, line(2, 9)).await?;
            Ok::<_, Error>(())
        })
    }

    a_scope_goes_on_after_a_failing_write_that_is_dropped: immediate_autoupdates |conn| {
        async {
            let failed = conn
                .immediate_autoupdates(async |conn: &mut Conn| {
                    Line::insert(conn, line(3, 1_000_000)).await.map(drop)
                })
                .await;
            assert!(failed.is_err());
            Ok::<_, Error>(())
        }
    }
}
