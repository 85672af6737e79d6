//! Hops that do not wait for one another travel together.

use std::sync::{Arc, Mutex};

use diesel::connection::{DebugQuery, InstrumentationEvent as Event};
use diesel_async::AsyncConnection;
use maintained::Error;
use maintained::prelude::*;

use super::Conn;
use super::text::{Outcome, open};
use crate::models::{Cart, Line, cart, line};

/// Notes when queries of a table are sent and answered.
fn told(conn: &mut Conn, tables: [&'static str; 2]) -> Arc<Mutex<Vec<(&'static str, bool)>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    conn.set_instrumentation(move |event: Event<'_>| {
        let (query, is_answered): (&dyn DebugQuery, bool) = match event {
            Event::StartQuery { query, .. } => (query, false),
            Event::FinishQuery { query, .. } => (query, true),
            _ => return,
        };
        let text = query.to_string();
        let is_read_of = |table: &&str| {
            text.starts_with("SELECT") && text.contains(&format!("FROM \"{table}\""))
        };
        if let Some(&table) = tables.iter().find(is_read_of) {
            heard.lock().unwrap().push((table, is_answered));
        }
    });
    told
}

#[tokio::test]
async fn no_hop_waits_for_another_from_which_it_does_not_start() -> Outcome {
    let (place, mut conn) = open().await;
    let told = told(&mut conn, ["lines_", "owners"]);
    for _ in 0..2 {
        conn.buffer_autoupdates(async |conn: &mut Conn| {
            let cart = Cart::insert(conn, cart(1, "new")).await?;
            Line::insert(conn, line(cart.id, 5)).await?;
            told.lock().unwrap().clear();
            Ok::<_, Error>(())
        })
        .await?;
    }
    let told = told.lock().unwrap().clone();
    let at = |word| told.iter().position(|it| *it == word).unwrap();
    for (one, other) in [("lines_", "owners"), ("owners", "lines_")] {
        assert!(at((one, false)) < at((other, true)), "{told:#?}");
    }
    assert!(place.seen().stale.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_hop_with_many_rows_does_not_hold_up_one_beside_it() -> Outcome {
    let (place, mut conn) = open().await;
    conn.buffer_autoupdates(async |conn: &mut Conn| {
        let cart = Cart::insert(conn, cart(1, "large")).await?;
        for _ in 0..5 {
            Line::add_many(conn, &vec![line(cart.id, 5); 20_000]).await?;
        }
        Ok::<_, Error>(())
    })
    .await?;
    assert!(place.seen().stale.is_empty());
    Ok(())
}
