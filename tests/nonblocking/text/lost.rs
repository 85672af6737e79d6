//! Connections that the server ends.

use maintained::prelude::*;
use maintained::{Error, ErrorKind};

use super::super::{Conn, KILL, Place};
use super::{Outcome, number_of};
use crate::models::{Line, line};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_whose_connection_is_lost_fails_and_so_does_all_that_follows() -> Outcome {
    let place = Place::new();
    let before = place.seen().right();
    for is_inside in [true, false] {
        let mut conn = place.connect().await;
        let number = number_of(&mut conn).await;
        let place = &place;
        let terminate = move || place.plain(&ending_of(number));
        let scope = conn.buffer_autoupdates(async move |conn: &mut Conn| {
            Line::insert(conn, line(1, 5)).await?;
            if is_inside {
                terminate();
                Line::insert(conn, line(1, 6)).await.ok();
            }
            Ok::<_, Error>(())
        });
        let scope = scope.await;
        if is_inside {
            assert!(scope.is_err());
        } else {
            scope?;
            place.plain(&ending_of(number));
        }
        for _ in 0..2 {
            let failed = Line::insert(&mut conn, line(1, 7)).await.unwrap_err();
            assert_eq!(failed.kind(), ErrorKind::ConnectionLost, "{failed:?}");
        }
    }
    let rows = place.seen().right();
    assert_eq!(rows.len(), before.len() + 1, "{rows:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_was_read_before_a_scope_does_not_hide_that_its_connection_is_lost() -> Outcome {
    let place = Place::new();
    let mut conn = place.connect().await;
    // It reads one row, and not whether there is another one.
    let number = number_of(&mut conn).await;
    let ending = &place;
    let scope = conn.buffer_autoupdates(async move |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        ending.plain(&ending_of(number));
        Ok::<_, Error>(())
    });
    let failed = scope.await.unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::ConnectionLost, "{failed:?}");
    Ok(())
}

fn ending_of(number: i64) -> String {
    format!("{KILL} {number})")
}
