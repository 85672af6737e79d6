//! What is tested on async connections.

mod cancel;
mod random;
mod scopes;
mod two_phase;

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use diesel::connection::InstrumentationEvent;
use diesel::result::ConnectionError;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use maintained::prelude::*;
use maintained::{AsyncDatabases, AsyncMaintainedConnection};

use super::text::fleet::{Fleet, Outcome, Partly};
use super::{AsyncInner, BREAK_COMMIT, NUMBER, REFUSE};
use crate::board::AtCommit;
use crate::models::{Line, line};

type Many = AsyncDatabases<String, AsyncInner>;
type Conn = AsyncMaintainedConnection<AsyncInner>;

/// The databases of a fleet, by async connections.
fn awaited(fleet: &Fleet) -> Many {
    let urls = Arc::new(fleet.urls());
    let board = Arc::clone(&fleet.board);
    AsyncDatabases::new_async(async move |key: &String| {
        board.open(key)?;
        let mut conn = Conn::establish(&urls[key]).await?;
        let number = diesel::select(diesel::dsl::sql::<BigInt>(NUMBER));
        let number = number.get_result(&mut conn).await;
        let number = number.map_err(ConnectionError::CouldntSetupConfiguration)?;
        board.note_number(key, number);
        let (board, key) = (Arc::clone(&board), key.clone());
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| board.note(&key, &event));
        Ok(conn)
    })
}

/// Inserts a line that is worth so much.
async fn add(databases: &mut Many, key: &str, cents: i64) -> Outcome {
    let conn = databases.get(&key.to_owned()).await?;
    Line::insert(conn, line(1, cents)).await.map(drop)
}

/// Sends a statement to a table that no model has.
async fn send(databases: &mut Many, key: &str, sql: &str) -> Outcome {
    let conn = databases.get(&key.to_owned()).await?;
    Ok(conn.batch_execute(sql).await?)
}

/// What a future comes to that is dropped while a database is told to commit, unless the answer is
/// there at once.
async fn dropped_at_commit<T>(
    fleet: &Fleet,
    key: &str,
    future: impl Future<Output = T>,
) -> Option<T> {
    dropped_after_commit(fleet, (key, 1), || (), future).await
}

/// The same where something happens before the commit, and the future is dropped when it has been
/// waited for so many times from then on.
async fn dropped_after_commit<T>(
    fleet: &Fleet,
    (key, waits): (&str, usize),
    happens: impl Fn() + Send + Sync + 'static,
    future: impl Future<Output = T>,
) -> Option<T> {
    let is_begun = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_begun);
    let begin = move || {
        happens();
        seen.store(true, Ordering::SeqCst);
    };
    fleet.board.at_commit(key, AtCommit::Run(Arc::new(begin)));
    dropped_since(&is_begun, waits, future).await
}

/// The same where a statement with some words is sent to a database.
async fn dropped_at_statement<T>(
    fleet: &Fleet,
    (key, words): (&str, &'static str),
    future: impl Future<Output = T>,
) -> Option<T> {
    let is_sent = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&is_sent);
    let send = AtCommit::Run(Arc::new(move || seen.store(true, Ordering::SeqCst)));
    fleet.board.at_statement(key, words, send);
    dropped_since(&is_sent, 1, future).await
}

async fn dropped_since<T>(
    is_begun: &AtomicBool,
    waits: usize,
    future: impl Future<Output = T>,
) -> Option<T> {
    let mut future = Box::pin(future);
    let mut left = waits;
    let polled = poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending if is_begun.load(Ordering::SeqCst) && left > 1 => {
            left -= 1;
            Poll::Pending
        }
        Poll::Pending if is_begun.load(Ordering::SeqCst) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    polled.await
}
