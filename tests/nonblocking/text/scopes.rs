//! Scopes: modes, labels, hooks and values.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, FlushReport, Mode};

use super::super::{Conn, Inner};
use super::{Outcome, open};
use crate::models::{Cart, Line, Owner, line};
use crate::schema::{carts, owners};

type Scope = maintained::Scope<maintained::Async<Inner>>;

#[tokio::test]
async fn a_scope_inside_hands_its_marks_to_the_buffered_one_around() -> Outcome {
    let (place, mut conn) = open().await;
    conn.buffer_autoupdates(async |conn: &mut Conn| {
        conn.immediate_autoupdates(async |conn: &mut Conn| {
            assert_eq!(conn.mode(), Mode::Buffered);
            Line::insert(conn, line(1, 5)).await?;
            Ok::<_, Error>(())
        })
        .await?;
        assert!(!conn.pending()?.is_empty());
        Ok::<_, Error>(())
    })
    .await?;
    place.seen().right();
    Ok(())
}

#[tokio::test]
async fn what_a_scope_that_fails_has_done_is_gone_though_its_error_is_swallowed() -> Outcome {
    let (place, mut conn) = open().await;
    conn.buffer_autoupdates(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        for _ in 0..2 {
            let failed = conn.buffer_autoupdates(async |conn: &mut Conn| {
                Line::insert(conn, line(3, 6)).await?;
                Line::insert(conn, line(3, 1_000_000)).await.map(drop)
            });
            assert!(failed.await.is_err());
            let given_up = conn.immediate_autoupdates(async |conn: &mut Conn| {
                Line::insert(conn, line(3, 6)).await?;
                Err::<(), _>(Error::from(diesel::result::Error::RollbackTransaction))
            });
            assert!(given_up.await.is_err());
        }
        Ok::<_, Error>(())
    })
    .await?;
    let rows = place.seen().right();
    assert!(rows.iter().any(|it| it == "line a 5"));
    assert!(!rows.iter().any(|it| it == "line c 6"));
    Ok(())
}

#[tokio::test]
async fn a_disabled_scope_leaves_a_debt_that_a_touch_pays() -> Outcome {
    let (place, mut conn) = open().await;
    conn.disable_autoupdates(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        conn.buffer_autoupdates(async |conn: &mut Conn| {
            assert_eq!(conn.mode(), Mode::Disabled);
            Line::insert(conn, line(1, 6)).await.map(drop)
        })
        .await
    })
    .await?;
    assert!(!place.seen().stale.is_empty());
    Cart::touch(&mut conn, &[1]).await?;
    place.seen().right();
    Ok(())
}

#[tokio::test]
async fn labels_and_fields_choose_setters() -> Outcome {
    let (place, mut conn) = open().await;
    let rename = async |conn: &mut Conn| {
        Cart::update(conn, 1, carts::note.eq("renamed")).await?;
        Owner::update(conn, 1, owners::name.eq("Eve")).await?;
        Ok::<_, Error>(())
    };
    let scope = Scope::buffered().except(["names"]);
    scope.run_async(&mut conn, rename).await?;
    let stale: Vec<String> = place.seen().stale.into_iter().collect();
    assert_eq!(stale, ["Cart::label"]);
    Cart::touch(&mut conn, &[1, 2]).await?;
    place.seen().right();
    let scope = Scope::immediate().only_fields(["Cart::label"]);
    let insert = async |conn: &mut Conn| Line::insert(conn, line(1, 5)).await.map(drop);
    scope.run_async(&mut conn, insert).await?;
    assert!(place.seen().stale.contains("Cart::total"));
    let scope = Scope::buffered().only(["nobody has this"]);
    let unknown = scope.run_async(&mut conn, insert).await;
    assert!(matches!(unknown, Err(Error::UnknownLabel { .. })));
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct User(i64);

#[tokio::test]
async fn a_hook_runs_after_the_flush_with_the_values_of_its_scope() -> Outcome {
    let (place, mut conn) = open().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let hook = async move |conn: &mut Conn, report: &FlushReport| {
        counted.fetch_add(1, Ordering::Relaxed);
        assert_eq!(report.model("Owner").changed, 1);
        assert_eq!(conn.value(), Some(&User(7)));
        let cart = Cart::find(conn, 1).await?.unwrap();
        assert_eq!(cart.total, 35);
        Line::insert(conn, line(3, cart.total)).await?;
        Ok(())
    };
    let task = tokio::spawn(async move {
        conn.buffer_autoupdates(async move |conn: &mut Conn| {
            let scope = Scope::buffered().with(User(7)).after_flush_async(hook);
            scope
                .run_async(conn, async |conn: &mut Conn| {
                    assert_eq!(conn.value(), Some(&User(7)));
                    Line::insert(conn, line(1, 5)).await.map(drop)
                })
                .await?;
            assert_eq!(conn.value::<User>(), None);
            Ok::<_, Error>(())
        })
        .await
    });
    task.await??;
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    let rows = place.seen().right();
    assert!(rows.iter().any(|it| it == "line c 35"), "{rows:#?}");
    Ok(())
}

#[tokio::test]
async fn a_hook_that_fails_has_its_scope_fail() -> Outcome {
    let (place, mut conn) = open().await;
    let before = place.seen().right();
    let hook = async |conn: &mut Conn, _: &FlushReport| {
        Line::insert(conn, line(3, 1_000_000)).await.map(drop)
    };
    let scope = Scope::buffered().after_flush_async(hook);
    let insert = async |conn: &mut Conn| Line::insert(conn, line(1, 5)).await.map(drop);
    let failed = scope.run_async(&mut conn, insert).await;
    assert!(failed.is_err());
    assert_eq!(place.seen().right(), before);
    Line::insert(&mut conn, line(1, 5)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_panics_is_undone() -> Outcome {
    let (place, conn) = open().await;
    let before = place.seen().right();
    let shared = Arc::new(tokio::sync::Mutex::new(conn));
    let held = Arc::clone(&shared);
    let task = tokio::spawn(async move {
        let mut conn = held.lock().await;
        let scope = conn.buffer_autoupdates(async |conn: &mut Conn| {
            Line::insert(conn, line(1, 5)).await?;
            assert!(conn.pending()?.is_empty(), "the body panics");
            Ok::<_, Error>(())
        });
        scope.await
    });
    assert!(task.await.unwrap_err().is_panic());
    let mut conn = shared.lock().await;
    Line::insert(&mut *conn, line(3, 6)).await?;
    assert!(conn.pending()?.is_empty());
    let rows = place.seen().right();
    assert_eq!(rows.len(), before.len() + 1, "{rows:#?}");
    Ok(())
}

/// A buffered base mode makes a scope of each transaction; one that was dropped is none.
#[tokio::test]
async fn a_scope_that_was_dropped_is_no_scope_around_the_next() -> Outcome {
    let (place, mut conn) = open().await;
    conn.set_base_mode(Mode::Buffered);
    let scope = conn.buffer_autoupdates(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        std::future::pending::<()>().await;
        Ok::<_, Error>(())
    });
    let time = std::time::Duration::from_millis(200);
    assert!(tokio::time::timeout(time, scope).await.is_err());
    let scope = conn.immediate_autoupdates(async |conn: &mut Conn| {
        assert_eq!(conn.mode(), Mode::Immediate);
        Line::insert(conn, line(1, 6)).await.map(drop)
    });
    scope.await?;
    let rows = place.seen().right();
    assert!(!rows.iter().any(|it| it == "line a 5"), "{rows:#?}");
    Ok(())
}

#[tokio::test]
async fn others_are_not_in_the_span_of_a_flush_that_waits() -> Outcome {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(std::io::sink)
        .finish();
    let _subscribed = tracing::subscriber::set_default(subscriber);
    tracing::callsite::rebuild_interest_cache();
    let (place, mut conn) = open().await;
    let other = std::cell::Cell::new(true);
    let writes = async {
        for price in 1..20 {
            Line::insert(&mut conn, line(1, price)).await?;
        }
        other.set(false);
        Ok::<_, Error>(())
    };
    let others = async {
        while other.get() {
            assert!(tracing::Span::current().is_none());
            tokio::task::yield_now().await;
        }
    };
    let (written, ()) = tokio::join!(writes, others);
    written?;
    place.seen().right();
    Ok(())
}
