//! Operations: checks, rebuilds and the status of the definitions.

use maintained::operations;
use maintained::prelude::*;

use super::super::{Conn, Inner};
use super::{Outcome, open};
use crate::models::{Cart, Folder, Line, Owner, line};

type Operation = operations::Operation<maintained::Async<Inner>>;

fn all(operation: Operation) -> Operation {
    let first = operation.model::<Owner>().model::<Cart>();
    first.model::<Line>().model::<Folder>().batch(2)
}

#[tokio::test]
async fn a_check_finds_what_is_stale_and_a_repair_mends_it() -> Outcome {
    let (place, mut conn) = open().await;
    let task = tokio::spawn(async move {
        let report = all(operations::check()).run(&mut conn).await?;
        assert!(report.is_clean(), "{report:#?}");
        conn.disable_autoupdates(async |conn: &mut Conn| {
            Line::insert(conn, line(1, 5)).await.map(drop)
        })
        .await?;
        let report = all(operations::check()).run(&mut conn).await?;
        assert_eq!(report.differing, 1, "{report:#?}");
        let report = all(operations::repair()).run(&mut conn).await?;
        assert!(report.written > 0);
        Ok::<_, maintained::Error>(conn)
    });
    let mut conn = task.await??;
    place.seen().right();
    place.plain("UPDATE folders SET path = 'wrong'");
    place.plain("UPDATE carts SET total = 7, label = 'wrong'");
    let report = all(operations::rebuild()).run(&mut conn).await?;
    assert!(report.written > 0);
    place.seen().right();
    assert!(all(operations::check()).run(&mut conn).await?.is_clean());
    Ok(())
}

#[tokio::test]
async fn several_jobs_work_in_one_task() -> Outcome {
    let (place, mut conn) = open().await;
    conn.buffer_autoupdates(async |conn: &mut Conn| {
        for _ in 0..30 {
            Line::insert(conn, line(1, 5)).await?;
        }
        Ok::<_, maintained::Error>(())
    })
    .await?;
    place.plain("UPDATE folders SET path = 'wrong'");
    place.plain("UPDATE carts SET total = 7, label = 'wrong'");
    let mut connections = [place.connect().await, place.connect().await];
    let report = all(operations::rebuild())
        .run_jobs_async(&mut connections)
        .await?;
    assert!(report.written > 0);
    place.seen().right();
    let task = tokio::spawn(async move {
        all(operations::check())
            .run_jobs_async(&mut connections)
            .await
    });
    assert!(task.await??.is_clean());
    let error = all(operations::check())
        .run_jobs_async(&mut [])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("needs a connection"), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_status_says_which_fields_are_current() -> Outcome {
    let (_place, mut conn) = open().await;
    operations::set_up(&mut conn).await?;
    assert!(!operations::status(&mut conn).await?.is_current());
    operations::adopt(&mut conn).await?;
    assert!(operations::status(&mut conn).await?.is_current());
    operations::ensure_current(&mut conn).await?;
    Ok(())
}
