//! Two writers, of which one stops before one of its statements while the other runs: every such interleaving in turn.
//!
//! A writer that runs until it has ended or waits for the one that has stopped, and only then the other goes on: no
//! outcome depends on a clock.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use maintained::Isolation;

use super::super::{Conn, HAS_ROW_LOCKS, LEVELS, NAME, Place, is_waiting, number};
use super::operation::is_missed;
use super::shop::Outcome;
use super::tables;
use crate::bare::schema::{CREATE, STALE, STOCK, TABLES};
use crate::setting;

/// What a writer does.
pub type Act = fn(&mut Conn) -> Outcome;

/// How often it looks whether a writer waits.
const GLANCE: Duration = Duration::from_millis(1);

/// Two writers who are after the same rows.
#[derive(Debug, Clone, Copy)]
pub struct Race {
    acts: [Act; 2],
    never_refused: bool,
}

/// What all interleavings of a race came to.
#[derive(Debug, Default)]
struct Summary {
    interleavings: usize,
    /// In how many of them one waited for the other.
    waited: usize,
    /// How often the database refused a writer.
    refused: usize,
}

/// A race between two writers.
pub fn race(first: Act, second: Act) -> Race {
    Race {
        acts: [first, second],
        never_refused: false,
    }
}

impl Race {
    /// The order of locks keeps the two from waiting for one another, so that the database never refuses one of them.
    pub fn never_refused(mut self) -> Self {
        self.never_refused = true;
        self
    }

    /// Runs every interleaving at every isolation level. Whoever is refused runs again, and in the end nothing is stale.
    pub fn run(self) {
        for &level in LEVELS {
            let summary = self.run_at(level);
            eprintln!("{NAME} {level:?}: {summary:?}");
            assert!(summary.interleavings > 4, "{summary:?}");
            if HAS_ROW_LOCKS && level == Isolation::ReadCommitted {
                assert!(summary.waited > 0, "no lock keeps the two apart");
                assert!(
                    !self.never_refused || summary.refused == 0,
                    "{level:?}: {summary:?}"
                );
            }
        }
    }

    fn run_at(self, level: Isolation) -> Summary {
        let place = tables::create(CREATE);
        let stage = || {
            let mut conn = place.connect();
            conn.set_isolation(level).unwrap();
            Some(conn)
        };
        let mut cast = Cast {
            writers: [stage(), stage()],
            observer: place.connect(),
        };
        let mut summary = Summary::default();
        let [first, second] = self.acts;
        for [held, free] in [[first, second], [second, first]] {
            for stop in 1.. {
                if !interleavings(&mut cast, &mut summary, [held, free], stop) {
                    break;
                }
            }
        }
        drop(cast);
        summary
    }
}

/// The connections of a race.
struct Cast {
    writers: [Option<Conn>; 2],
    observer: Conn,
}

/// Runs the interleavings in which the first writer stops before its statement of that number, and says whether it has
/// so many. With `STRESS_RACES=1` the second stops, too, before each of its statements.
fn interleavings(cast: &mut Cast, summary: &mut Summary, acts: [Act; 2], stop: usize) -> bool {
    if !interleave(cast, summary, acts, [stop, usize::MAX]).0 {
        return false;
    }
    if setting("STRESS_RACES", 0) > 0 {
        (1..).find(|&other| !interleave(cast, summary, acts, [stop, other]).1);
    }
    true
}

/// Runs one interleaving, and says who of the two stopped.
fn interleave(
    cast: &mut Cast,
    summary: &mut Summary,
    acts: [Act; 2],
    stops: [usize; 2],
) -> (bool, bool) {
    stock(&mut cast.observer);
    let numbers = [0, 1].map(|at| number(cast.writers[at].as_mut().unwrap()));
    let observer = &mut cast.observer;
    let [held, free] = [0, 1].map(|at| {
        let conn = cast.writers[at].take().unwrap();
        Player::start(conn, acts[at], stops[at])
    });
    held.go();
    let held_stopped = held.until_it_stops(|| false) == Pause::Stopped;
    let mut free_stopped = false;
    if held_stopped {
        free.go();
        match free.until_it_stops(|| is_waiting(observer, numbers[1])) {
            Pause::Stopped => {
                free_stopped = true;
                held.go();
                held.until_it_stops(|| is_waiting(observer, numbers[0]));
            }
            Pause::Waiting => summary.waited += 1,
            Pause::Ended => {}
        }
    }
    for player in [&held, &free] {
        player.go();
    }
    for (at, player) in [held, free].into_iter().enumerate() {
        let (conn, refusals) = player.end();
        cast.writers[at] = Some(conn);
        summary.refused += refusals;
    }
    summary.interleavings += 1;
    assert_eq!(
        tables::stale(&mut cast.observer, STALE),
        Vec::<String>::new(),
        "{NAME}: stopped before {stops:?}"
    );
    (held_stopped, free_stopped)
}

/// Makes the rows what they are in the beginning.
fn stock(conn: &mut Conn) {
    let old = TABLES.iter().map(|table| format!("DELETE FROM {table}"));
    let new = STOCK.iter().map(|&statement| statement.to_owned());
    let statements = old.chain(new).collect::<Vec<_>>().join("; ");
    conn.inner_mut()
        .batch_execute(&format!("BEGIN; {statements}; COMMIT"))
        .unwrap();
}

/// Why a writer is not running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pause {
    Stopped,
    Waiting,
    Ended,
}

/// A writer in a thread of its own.
struct Player {
    pauses: Receiver<Pause>,
    go: Sender<()>,
    thread: thread::JoinHandle<(Conn, usize)>,
}

impl Player {
    /// A writer that waits to be told to go, now and before its statement of that number.
    fn start(mut conn: Conn, act: Act, stop: usize) -> Self {
        let (go, told) = channel();
        let (paused, pauses) = channel();
        let thread = thread::spawn(move || {
            let ended = Ended(paused.clone());
            told.recv().ok();
            let mut count = 0;
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { .. } = event {
                    count += 1;
                    if count == stop {
                        paused.send(Pause::Stopped).ok();
                        told.recv().ok();
                    }
                }
            });
            let refusals = until_done(&mut conn, act);
            conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
            drop(ended);
            (conn, refusals)
        });
        Self { pauses, go, thread }
    }

    fn go(&self) {
        self.go.send(()).ok();
    }

    /// Waits until the writer stops, ends, or waits for another one.
    fn until_it_stops(&self, mut is_waiting: impl FnMut() -> bool) -> Pause {
        loop {
            match self.pauses.recv_timeout(GLANCE) {
                Ok(pause) => return pause,
                Err(RecvTimeoutError::Disconnected) => return Pause::Ended,
                Err(RecvTimeoutError::Timeout) if is_waiting() => return Pause::Waiting,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// The writer's connection, and how often it was refused.
    fn end(self) -> (Conn, usize) {
        self.thread.join().unwrap()
    }
}

/// Says that a writer has ended, even if it panics.
struct Ended(Sender<Pause>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.send(Pause::Ended).ok();
    }
}

/// Acts until the database does not refuse it, and says how often it did. Whoever comes too late has nothing to do.
fn until_done(conn: &mut Conn, act: Act) -> usize {
    for refusals in 0..100 {
        match act(conn) {
            Err(error) if error.is_retryable() => {}
            Err(error) if is_missed(&error) => return refusals,
            done => {
                done.unwrap();
                return refusals;
            }
        }
    }
    panic!("the database refuses a writer that runs beside one other again and again")
}
