//! Futures that are dropped before they are ready, after each number of polls: all or nothing is
//! there, and no field is stale.

mod inner;
mod shared;
mod statements;
mod whole;

use std::pin::Pin;
use std::time::Duration;

use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, Mode};

use super::super::{Conn, Place};
use super::number_of;
use crate::models::Owner;
use crate::places::places;
use crate::polled::polled;
use crate::schema::owners;

/// A future in a box.
pub type Running<'c, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'c>>;

/// What is dropped as a whole.
pub type Whole = for<'c> fn(&'c mut Conn) -> Running<'c, ()>;

/// What goes on when a part of it is dropped that was polled so many times. It says whether the part
/// was dropped.
pub type Part = for<'c> fn(&'c mut Conn, usize) -> Running<'c, bool>;

/// A connection, and the number by which the server knows it.
pub struct Used {
    pub conn: Conn,
    number: i64,
}

/// How often a connection could be used again, and how often not.
#[derive(Debug, Default)]
pub struct Tally {
    pub worked: usize,
    pub refused: usize,
}

impl Used {
    pub async fn new(place: &Place) -> Self {
        let mut conn = place.connect().await;
        let number = number_of(&mut conn).await;
        Self { conn, number }
    }

    /// Waits until the server has done with a connection.
    pub async fn end(self, place: &Place) {
        drop(self.conn);
        while !place.is_gone(self.number) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Uses the connection again. Either it works, as if nothing had been, or it says that something
    /// was not waited for.
    pub async fn again(
        mut self,
        place: &Place,
        allowed: &[&Vec<String>],
        tally: &mut Tally,
    ) -> Self {
        let next = Owner::insert(&mut self.conn, owners::name.eq("next")).await;
        let seen = place.seen();
        let probes = seen.probes;
        let rows = seen.right();
        assert!(
            allowed.contains(&&rows),
            "{rows:#?} is none of {allowed:#?}"
        );
        match next {
            Ok(_) => {
                tally.worked += 1;
                assert_eq!(
                    probes, 1,
                    "what is written outside of a transaction is committed"
                );
                assert!(self.conn.pending().unwrap().is_empty());
                assert_eq!(self.conn.mode(), Mode::Immediate);
                self
            }
            Err(error) => {
                tally.refused += 1;
                assert!(error.to_string().contains("was not waited for"), "{error}");
                self.end(place).await;
                let rows = place.seen().right();
                assert!(
                    allowed.contains(&&rows),
                    "{rows:#?} is none of {allowed:#?}"
                );
                Self::new(place).await
            }
        }
    }
}

/// Drops a future after each number of polls, on a connection that has run it before, and on a new one.
pub async fn drop_whole(whole: Whole) {
    let place = Place::new();
    let before = place.seen().right();
    let mut used = Used::new(&place).await;
    let result = whole(&mut used.conn).await;
    let after = place.seen().right();
    assert!(result.is_ok() || before == after, "{result:?}");
    let mut tally = Tally::default();
    for is_new in [false, true] {
        for times in places(0) {
            place.renew();
            if is_new {
                used.end(&place).await;
                used = Used::new(&place).await;
            }
            if let Some(result) = polled(whole(&mut used.conn), times).await {
                assert!(result.is_ok() || before == after, "{result:?}");
                assert_eq!(place.seen().right(), after);
                break;
            }
            used = used.again(&place, &[&before, &after], &mut tally).await;
        }
    }
    eprintln!("{tally:?}");
    assert!(
        tally.worked > 0,
        "a future that was never polled does nothing"
    );
}

/// Drops a part of a scope after each number of polls, and lets the scope go on.
pub async fn drop_part(part: Part) {
    let place = Place::new();
    let before = place.seen().right();
    let mut used = Used::new(&place).await;
    assert!(part(&mut used.conn, 0).await.unwrap(), "it was not polled");
    let without = place.seen().right();
    place.renew();
    assert!(!part(&mut used.conn, usize::MAX).await.unwrap());
    let after = place.seen().right();
    let mut tally = Tally::default();
    for times in places(0) {
        place.renew();
        let result = part(&mut used.conn, times).await;
        let rows = place.seen().right();
        match &result {
            Ok(false) => {
                assert_eq!(rows, after);
                break;
            }
            Ok(true) => assert!(rows == without || rows == after, "{times}: {rows:#?}"),
            Err(error) => assert_eq!(rows, before, "{times}: {error}"),
        }
        used = used.again(&place, &[&rows], &mut tally).await;
    }
    eprintln!("{tally:?}");
    assert!(
        tally.worked > 0,
        "a future that was never polled does nothing"
    );
}
