//! Hops that do not wait for one another travel together.

use std::sync::{Arc, Mutex};

use diesel::connection::{DebugQuery, InstrumentationEvent as Event};
use diesel_async::AsyncConnection;
use maintained::Error;
use maintained::prelude::*;

use super::Conn;
use super::text::{Outcome, open};
use crate::models::{Cart, Line, cart, line};

/// Notes when queries with a certain beginning are sent, and when they are answered.
fn told(conn: &mut Conn, queries: [&'static str; 2]) -> Arc<Mutex<Vec<(&'static str, bool)>>> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    conn.set_instrumentation(move |event: Event<'_>| {
        let (query, is_answered): (&dyn DebugQuery, bool) = match event {
            Event::StartQuery { query, .. } => (query, false),
            Event::FinishQuery { query, .. } => (query, true),
            _ => return,
        };
        let text = query.to_string();
        let known = queries.into_iter().find(|known| text.starts_with(known));
        if let Some(known) = known {
            heard.lock().unwrap().push((known, is_answered));
        }
    });
    told
}

#[tokio::test]
async fn no_hop_waits_for_another_from_which_it_does_not_start() -> Outcome {
    let (place, mut conn) = open().await;
    let hops = [
        r#"SELECT "lines_"."id", "cart_id" FROM "lines_""#,
        r#"SELECT "owners"."name", "id" FROM "owners""#,
    ];
    let told = told(&mut conn, hops);
    // So many that their owners are not read along with the locks.
    let carts = vec![cart(1, "new"); 20];
    conn.buffer_autoupdates(async |conn: &mut Conn| Cart::add_many(conn, &carts).await)
        .await?;
    let told = told.lock().unwrap().clone();
    let at = |word| told.iter().position(|it| *it == word).unwrap();
    let [lines, owner] = hops;
    assert!(at((lines, false)) < at((owner, true)), "{told:#?}");
    assert!(at((owner, false)) < at((lines, true)), "{told:#?}");
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
