//! Scopes over async connections: as over blocking ones.

use maintained::prelude::*;
use maintained::{Async, Error, ErrorKind, FlushReport, Mode};

use super::{AsyncInner, Conn, Fleet, Many, Outcome, REFUSE, add, awaited, send};
use crate::KEYS;
use crate::models::{Line, line};

type Scope = maintained::Scope<Async<AsyncInner>>;

#[tokio::test]
async fn a_scope_over_async_connections_can_be_sent_to_another_task() {
    let fleet = Fleet::new();
    let mut databases = awaited(&fleet);
    let task = tokio::spawn(async move {
        let scope = Scope::buffered().with(7_i64);
        let scope = scope.after_flush_async(async |conn: &mut Conn, _: &FlushReport| {
            let cents = conn.value::<i64>().copied().unwrap_or_default();
            Line::insert(conn, line(2, cents)).await.map(drop)
        });
        let body = async |databases: &mut Many| {
            for key in ["pe", "at"] {
                add(databases, key, 8).await?;
                let conn = databases.get(&key.to_owned()).await?;
                assert_eq!((conn.mode(), conn.value()), (Mode::Buffered, Some(&7_i64)));
            }
            Ok::<_, Error>(())
        };
        databases.run_async(scope, body).await?;
        databases
            .immediate_autoupdates(async |databases: &mut Many| add(databases, "at", 9).await)
            .await?;
        Ok::<_, Error>(databases)
    });
    let databases = task.await.unwrap().unwrap();
    fleet.assert_line(8, &["at", "pe"]);
    fleet.assert_line(9, &["at"]);
    for key in databases.keys() {
        let rows = fleet.place(key).seen().right();
        assert!(rows.iter().any(|it| it == "line b 7"), "of the hook");
    }
}

#[tokio::test]
async fn a_body_that_fails_undoes_all_and_a_scope_inside_that_fails_is_undone_alone() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = awaited(&fleet);
    let body = async |databases: &mut Many| {
        for key in KEYS {
            add(databases, key, 7).await?;
        }
        add(databases, "de", 1_000_000).await
    };
    let failed = databases.buffer_autoupdates(body).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::CheckViolation);
    fleet.assert_line(7, &[]);
    let body = async |databases: &mut Many| {
        add(databases, "at", 8).await?;
        let inside = async |databases: &mut Many| {
            add(databases, "at", 9).await?;
            add(databases, "ch", 9).await?;
            Err::<(), _>(Error::other("given up"))
        };
        assert!(databases.buffer_autoupdates(inside).await.is_err());
        add(databases, "ch", 8).await
    };
    databases.buffer_autoupdates(body).await?;
    fleet.assert_line(8, &["at", "ch"]);
    fleet.assert_line(9, &[]);
    Ok(())
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_or_is_lost_undoes_all_and_is_opened_again() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = awaited(&fleet);
    let body = async |databases: &mut Many| {
        for key in KEYS {
            add(databases, key, 7).await?;
        }
        Ok::<_, Error>(())
    };
    fleet.board.close("pe");
    let failed = databases.buffer_autoupdates(body).await;
    assert!(matches!(failed, Err(Error::Open { .. })), "{failed:?}");
    fleet.assert_line(7, &[]);
    fleet.board.mend();
    let fleet = &fleet;
    let lost = async move |databases: &mut Many| {
        body(databases).await?;
        fleet.kill("de");
        Ok::<_, Error>(())
    };
    let failed = databases.buffer_autoupdates(lost).await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::ConnectionLost, "{failed:?}");
    fleet.assert_line(7, &[]);
    databases.buffer_autoupdates(body).await?;
    fleet.assert_line(7, &KEYS);
    // It is lost while nobody uses it.
    fleet.kill("at");
    let next = async |databases: &mut Many| add(databases, "at", 8).await;
    databases.buffer_autoupdates(next).await?;
    fleet.assert_line(8, &["at"]);
    Ok(())
}

#[tokio::test]
async fn a_scope_that_one_database_refuses_is_run_again_on_all() -> Outcome {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let fleet = Fleet::new();
    let mut databases = awaited(&fleet);
    let times = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&times);
    let body = async move |databases: &mut Many| {
        let times = seen.fetch_add(1, Ordering::Relaxed);
        for key in ["at", "pe"] {
            add(databases, key, 7).await?;
        }
        if times < 2 {
            send(databases, "pe", REFUSE).await?;
        }
        Ok::<_, Error>(())
    };
    let scope = Scope::buffered().retries(3);
    databases.run_retried_async(scope, body).await?;
    assert_eq!(times.load(Ordering::Relaxed), 3);
    fleet.assert_line(7, &["at", "pe"]);
    let conn = databases.get(&"at".to_owned()).await?;
    assert_eq!(conn.last_flush().unwrap().retries, 2);
    Ok(())
}
