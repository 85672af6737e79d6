//! Hops that do not wait for one another travel together.

use std::time::Duration;

use diesel_async::AsyncConnection;
use maintained::Error;
use maintained::prelude::*;

use super::text::{Outcome, open};
use super::{Conn, Place};
use crate::models::{Cart, Line, NewCart, cart, line};
use crate::proxy::Proxy;

/// Adds carts in a buffered scope, and says how many statements the flush took, and how many round
/// trips the scope.
async fn add(conn: &mut Conn, proxy: &Proxy, carts: &[NewCart]) -> Outcome<(usize, usize)> {
    let before = proxy.trips();
    conn.buffer_autoupdates(async |conn: &mut Conn| Cart::add_many(conn, carts).await)
        .await?;
    Ok((
        conn.last_flush().unwrap().statements,
        proxy.trips() - before,
    ))
}

#[tokio::test]
async fn the_hops_of_a_batch_take_one_round_trip() -> Outcome {
    let place = Place::new();
    let proxy = Proxy::to(&place.url(), Duration::ZERO)?;
    let mut conn = Conn::establish(&proxy.address).await?;
    // So many that their owners are not read along with the locks.
    let carts = vec![cart(1, "new"); 20];
    for _ in 0..2 {
        // What is prepared for the first time takes a round trip more.
        add(&mut conn, &proxy, &carts).await?;
    }
    let (statements, trips) = add(&mut conn, &proxy, &carts).await?;
    // `BEGIN` travels with the insert. The rows that are added take one statement, and `COMMIT`
    // another. The lines and the owners of the carts are read together.
    assert_eq!(trips, 1 + (statements - 1) + 1);
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
        Cart::add_many(conn, &vec![self::cart(1, "small"); 20]).await?;
        Ok::<_, Error>(())
    })
    .await?;
    assert!(place.seen().stale.is_empty());
    Ok(())
}
