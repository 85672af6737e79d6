//! Writes and scopes that are dropped as a whole.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maintained::prelude::*;
use maintained::{Error, FlushReport};

use super::super::super::Conn;
use super::drop_whole;
use crate::models::{Cart, Folder, Line, NewLine, Owner, cart, line};
use crate::schema::{carts, folders, lines, owners};

/// A test for each future.
macro_rules! dropped {
    ($($name:ident: |$conn:ident| $body:block)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            drop_whole(|$conn| Box::pin(async move { $body })).await;
        }
    )*};
}

dropped! {
    an_insert_that_is_dropped_is_there_as_a_whole_or_not_at_all: |conn| {
        Line::insert(conn, line(1, 5)).await.map(drop)
    }

    many_inserts_that_are_dropped_are_there_as_a_whole_or_not_at_all: |conn| {
        Line::insert_many(conn, (0..7).map(|at| line(1 + at % 4, 5))).await.map(drop)
    }

    additions_that_are_dropped_are_there_as_a_whole_or_not_at_all: |conn| {
        let new: Vec<NewLine> = (0..7).map(|at| line(1 + at % 4, 5)).collect();
        Line::add_many(conn, &new).await
    }

    an_update_that_is_dropped_is_there_as_a_whole_or_not_at_all: |conn| {
        Owner::update(conn, 1, owners::name.eq("Eve")).await.map(drop)
    }

    a_move_that_is_dropped_is_there_as_a_whole_or_not_at_all: |conn| {
        let mut cart = Cart::find(conn, 1).await?.unwrap();
        cart.owner_id = 2;
        cart.save(conn).await
    }

    a_delete_that_is_dropped_is_there_as_a_whole_or_not_at_all: |conn| {
        Cart::delete_many(conn, &[1, 3]).await
    }

    a_change_of_a_tree_that_is_dropped_is_there_as_a_whole_or_not_at_all: |conn| {
        Folder::update(conn, 2, folders::name.eq("var")).await.map(drop)
    }

    a_write_that_fails_may_be_dropped: |conn| {
        Cart::update(conn, 1, carts::note.eq("refused")).await.map(drop)
    }

    a_write_that_the_database_refuses_may_be_dropped: |conn| {
        Line::insert(conn, line(1, 1_000_000)).await.map(drop)
    }

    a_buffered_scope_that_is_dropped_is_there_as_a_whole_or_not_at_all: |conn| {
        conn.buffer_autoupdates(async |conn: &mut Conn| {
            let cart = Cart::insert(conn, cart(1, "new")).await?;
            Line::insert(conn, line(cart.id, 7)).await?;
            Line::update(conn, 5, lines::cents.eq(61)).await?;
            Folder::insert(conn, (folders::parent_id.eq(3), folders::name.eq("new"))).await?;
            Owner::fresh(conn, 1).await?;
            Line::delete_many(conn, &[8]).await
        })
        .await
    }

    an_immediate_scope_that_is_dropped_is_there_as_a_whole_or_not_at_all: |conn| {
        conn.immediate_autoupdates(async |conn: &mut Conn| {
            Line::insert(conn, line(1, 7)).await?;
            Owner::update(conn, 2, owners::name.eq("Eve")).await.map(drop)
        })
        .await
    }

    nested_scopes_that_are_dropped_are_there_as_a_whole_or_not_at_all: |conn| {
        conn.buffer_autoupdates(async |conn: &mut Conn| {
            Line::insert(conn, line(1, 7)).await?;
            conn.immediate_autoupdates(async |conn: &mut Conn| {
                Line::insert(conn, line(2, 8)).await?;
                Ok::<_, Error>(())
            })
            .await?;
            let failed = conn
                .buffer_autoupdates(async |conn: &mut Conn| {
                    Line::insert(conn, line(3, 9)).await?;
                    Line::insert(conn, line(3, 1_000_000)).await.map(drop)
                })
                .await;
            assert!(failed.is_err());
            Line::insert(conn, line(4, 10)).await.map(drop)
        })
        .await
    }

    a_scope_that_fails_may_be_dropped: |conn| {
        conn.buffer_autoupdates(async |conn: &mut Conn| {
            Line::insert(conn, line(1, 7)).await?;
            Err(Error::from(diesel::result::Error::RollbackTransaction))
        })
        .await
    }

    a_scope_with_a_hook_that_is_dropped_is_there_as_a_whole_or_not_at_all: |conn| {
        let scope = Scope::buffered().with(7_i64);
        let scope = scope.after_flush_async(async |conn: &mut Conn, _: &FlushReport| {
            let cents = conn.value::<i64>().copied().unwrap_or_default();
            Line::insert(conn, line(1, cents)).await.map(drop)
        });
        scope
            .run_async(conn, async |conn: &mut Conn| {
                Line::insert(conn, line(2, 8)).await.map(drop)
            })
            .await
    }

    a_scope_that_is_run_again_may_be_dropped: |conn| {
        Scope::buffered()
            .retries(3)
            .run_async(conn, async |conn: &mut Conn| {
                Line::insert(conn, line(2, 8)).await?;
                Owner::update(conn, 2, owners::name.eq("Eve")).await.map(drop)
            })
            .await
    }

    a_bracket_that_is_dropped_is_there_as_a_whole_or_not_at_all: |conn| {
        Line::track_async(conn, lines::cart_id.le(2), async |conn: &mut Conn| {
            diesel::update(lines::table.filter(lines::id.eq(1)))
                .set((lines::cart_id.eq(4), lines::cents.eq(11)))
                .execute(conn)
                .await?;
            Line::insert(conn, line(2, 9)).await?;
            diesel::delete(lines::table.filter(lines::id.eq(3)))
                .execute(conn)
                .await?;
            Ok::<_, Error>(())
        })
        .await
    }
}
