//! A server that is stopped and started again, again and again, while connections of a pool write.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::super::text::faults::{load, loads, strikes, wait_until};
use super::super::text::shop;
use super::super::{NAME, Place, start_server};
use super::{Connections, assert_says_why, pool};
use crate::random::Random;

/// How many connections write.
const WRITERS: u32 = 3;

/// Loads that have been begun, and what became of them.
#[derive(Debug, Default)]
struct Account {
    begun: AtomicI32,
    committed: Mutex<BTreeSet<i32>>,
    failed: Mutex<BTreeSet<i32>>,
    refused: AtomicUsize,
    is_over: AtomicBool,
}

impl Account {
    /// Loads until all is over, whatever becomes of the connections.
    fn write(&self, pool: &Connections) {
        while !self.is_over.load(Ordering::Relaxed) {
            // There is none as long as the server does not run.
            let Ok(mut conn) = pool.get() else {
                continue;
            };
            let number = 1 + self.begun.fetch_add(1, Ordering::Relaxed);
            match conn.buffer_autoupdates(|conn| load(conn, number)) {
                Ok(()) => {
                    self.committed.lock().unwrap().insert(number);
                }
                Err(error) if error.is_retryable() => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    assert_says_why(&error);
                    self.failed.lock().unwrap().insert(number);
                }
            }
        }
    }

    fn committed(&self) -> usize {
        self.committed.lock().unwrap().len()
    }
}

#[test]
fn server_stopped_and_started() {
    let mut server = start_server();
    let place = shop::stocked_in(Place::on(&server.variable.1));
    let pool = pool(&place, WRITERS);
    let account = Account::default();
    let mut random = Random::new(13);
    thread::scope(|threads| {
        for _ in 0..WRITERS {
            threads.spawn(|| account.write(&pool));
        }
        for _ in 0..strikes() {
            let before = account.committed();
            wait_until(|| account.committed() > before + 3);
            thread::sleep(Duration::from_micros(random.below(20_000)));
            server.stop();
            server.start().unwrap();
        }
        let before = account.committed();
        wait_until(|| account.committed() > before + 3);
        account.is_over.store(true, Ordering::Relaxed);
    });
    let left: BTreeSet<i32> = loads(&mut place.connect()).into_iter().collect();
    let committed = account.committed.into_inner().unwrap();
    let failed = account.failed.into_inner().unwrap();
    assert!(left.is_superset(&committed), "{left:?} {committed:?}");
    // The server may have stopped after the commit, and before its answer.
    let unanswered: BTreeSet<i32> = &left - &committed;
    assert!(unanswered.is_subset(&failed), "{unanswered:?} {failed:?}");
    assert!(failed.len() >= strikes(), "{failed:?}");
    eprintln!(
        "{NAME}: stopped {} times, {} loads committed, {} failed, {} of them unanswered",
        strikes(),
        committed.len(),
        failed.len(),
        unanswered.len()
    );
}
