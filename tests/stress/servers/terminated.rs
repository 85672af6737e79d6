//! Connections that the server ends while they are at work.

use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, PooledConnection};
use maintained::ErrorKind;

use super::super::text::faults::{load, loads, strikes};
use super::super::text::shop::{self, Outcome};
use super::super::{Conn, NAME, is_gone, number, terminate};
use super::{assert_says_why, pool};
use crate::random::Random;

type Pooled = PooledConnection<ConnectionManager<Conn>>;

/// Counts a connection's statements from now on, and tells when the one of a number begins.
fn tell_of(conn: &mut Conn, statement: u64, tell: Sender<()>) {
    let mut count = 0;
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            count += 1;
            if count == statement {
                tell.send(()).ok();
            }
        }
    });
}

/// Loads, with a blow that falls about when the statement of a number begins in the flush or the commit.
fn load_under_a_blow(
    conn: &mut Pooled,
    observer: &mut Conn,
    number_of_load: i32,
    statement: u64,
    delay: Duration,
) -> Outcome {
    let victim = number(conn);
    let (tell, told) = channel();
    thread::scope(|threads| {
        threads.spawn(move || {
            if told.recv().is_ok() {
                thread::sleep(delay);
                terminate(observer, victim);
            }
        });
        let done = conn.buffer_autoupdates(|conn| {
            load(conn, number_of_load)?;
            tell_of(conn, statement, tell);
            Ok(())
        });
        conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        done
    })
}

#[test]
fn backend_terminated_in_a_flush() {
    let place = shop::stocked();
    let pool = pool(&place, 2);
    let mut observer = place.connect();
    let mut random = Random::new(11);
    let mut certain = Vec::new();
    let mut struck = 0;
    let mut tried = 0;
    while struck < strikes() {
        tried += 1;
        assert!(tried < 1_000, "no blow comes in time");
        let statement = 1 + random.below(30);
        let delay = Duration::from_micros(random.below(500));
        let mut conn = pool.get().unwrap();
        let done = load_under_a_blow(&mut conn, &mut observer, tried, statement, delay);
        drop(conn);
        let left = loads(&mut pool.get().unwrap());
        match done {
            Ok(()) => certain.push(tried),
            Err(error) => {
                struck += 1;
                assert_says_why(&error);
                // The blow may have fallen after the commit, and before its answer.
                if left.last() == Some(&tried) {
                    certain.push(tried);
                }
            }
        }
        assert_eq!(left, certain);
    }
    eprintln!("{NAME}: {struck} of {tried} connections were terminated in a flush");
}

#[test]
fn backend_terminated_in_a_scopes_body() {
    let place = shop::stocked();
    let pool = pool(&place, 2);
    let mut observer = place.connect();
    for _ in 0..strikes() {
        let mut conn = pool.get().unwrap();
        let victim = number(&mut conn);
        let done = conn.buffer_autoupdates(|conn| -> Outcome {
            load(conn, 1)?;
            terminate(&mut observer, victim);
            let first = load(conn, 2).unwrap_err();
            assert_says_why(&first);
            let second = load(conn, 3).unwrap_err();
            let inner = conn.buffer_autoupdates(|conn| load(conn, 4)).unwrap_err();
            for after in [second, inner] {
                assert!(first.to_string().contains(&after.to_string()), "{after}");
            }
            Ok(())
        });
        assert_says_why(&done.unwrap_err());
        drop(conn);
        assert_eq!(loads(&mut pool.get().unwrap()), [0; 0]);
    }
}

#[test]
fn connection_lost_right_after_a_statement_was_refused() {
    let place = shop::stocked();
    let pool = pool(&place, 2);
    for _ in 0..strikes() {
        let mut conn = pool.get().unwrap();
        let victim = number(&mut conn);
        let mut observer = place.connect();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::FinishQuery { error: Some(_), .. } = event
                && !is_gone(&mut observer, victim)
            {
                terminate(&mut observer, victim);
                while !is_gone(&mut observer, victim) {}
            }
        });
        let done = conn.buffer_autoupdates(|conn| -> Outcome {
            load(conn, 1)?;
            let refused = conn.transaction(|conn| -> Outcome {
                diesel::sql_query("SELECT nothing FROM nowhere").execute(conn)?;
                Ok(())
            });
            assert!(refused.is_err());
            let next = load(conn, 2).unwrap_err();
            assert_eq!(next.kind(), ErrorKind::ConnectionLost, "{next:?}");
            Ok(())
        });
        assert_eq!(done.unwrap_err().kind(), ErrorKind::ConnectionLost);
        drop(conn);
        assert_eq!(loads(&mut pool.get().unwrap()), [0; 0]);
    }
}
