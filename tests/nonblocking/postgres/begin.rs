//! A `BEGIN` travels with the first statement of its transaction.

use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent as Event;
use diesel_async::AsyncConnection;
use maintained::Error;
use maintained::prelude::*;

use super::Conn;
use super::text::{Outcome, open};
use crate::models::{Line, line};

/// What a connection has told of its statements and transactions, a word each.
fn told(conn: &mut Conn) -> Arc<Mutex<Vec<&'static str>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    conn.set_instrumentation(move |event: Event<'_>| {
        let is_begin =
            |query: &dyn diesel::connection::DebugQuery| query.to_string().starts_with("BEGIN");
        let word = match event {
            Event::StartQuery { query, .. } if is_begin(query) => "BEGIN is sent",
            Event::StartQuery { .. } => "a statement is sent",
            Event::FinishQuery { query, .. } if is_begin(query) => "BEGIN is answered",
            Event::FinishQuery { .. } => "a statement is answered",
            Event::BeginTransaction { .. } => "begun",
            Event::CommitTransaction { .. } => "committed",
            Event::RollbackTransaction { .. } => "rolled back",
            _ => return,
        };
        heard.lock().unwrap().push(word);
    });
    told
}

#[tokio::test]
async fn the_first_statement_does_not_wait_for_the_answer_to_the_begin() -> Outcome {
    let (_place, mut conn) = open().await;
    let told = told(&mut conn);
    Line::insert(&mut conn, line(1, 5)).await?;
    let told = told.lock().unwrap().clone();
    let first = |word| told.iter().position(|it| *it == word).unwrap();
    assert!(
        first("a statement is sent") < first("BEGIN is answered"),
        "{told:#?}"
    );
    assert!(
        first("BEGIN is answered") < first("a statement is answered"),
        "{told:#?}"
    );
    Ok(())
}

#[tokio::test]
async fn the_first_statement_is_in_the_transaction_that_begins_with_it() -> Outcome {
    let (place, mut conn) = open().await;
    let before = place.seen().right();
    let undone = conn.buffer_autoupdates(async |conn: &mut Conn| {
        Line::insert(conn, line(1, 5)).await?;
        Err::<(), _>(Error::from(diesel::result::Error::RollbackTransaction))
    });
    assert!(undone.await.is_err());
    assert_eq!(place.seen().right(), before);
    Ok(())
}

#[tokio::test]
async fn a_transaction_that_sends_nothing_is_unknown_to_the_server() -> Outcome {
    let (_place, mut conn) = open().await;
    let told = told(&mut conn);
    conn.transaction(async |_: &mut Conn| Ok::<_, Error>(()))
        .await?;
    let undone = conn.transaction(async |_: &mut Conn| {
        Err::<(), _>(Error::from(diesel::result::Error::RollbackTransaction))
    });
    assert!(undone.await.is_err());
    let words = ["begun", "committed", "begun", "rolled back"];
    assert_eq!(*told.lock().unwrap(), words);
    // The next one is begun as any other.
    Line::insert(&mut conn, line(1, 5)).await?;
    Ok(())
}
