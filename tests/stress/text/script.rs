//! Two writers, of which one stops before one of its statements while the other runs: every such interleaving in turn.
//!
//! A writer that runs until it has ended or waits for the one that has stopped, and only then the other goes on: no
//! outcome depends on a clock.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use maintained::Isolation;

use super::super::{Conn, HAS_ROW_LOCKS, LEVELS, NAME, is_waiting, number};
use super::operation::is_missed;
use super::shop::Outcome;
use super::tables;
use crate::bare::{Stage, schema};
use crate::places::places;
use crate::setting;

/// What a writer does.
pub type Act = fn(&mut Conn) -> Outcome;

/// A writer has fewer statements than this.
const MOST_STATEMENTS: usize = 200;
/// How often one looks whether a writer waits.
const GLANCE: Duration = Duration::from_millis(1);

/// Two writers who are after the same rows.
#[derive(Debug, Clone, Copy)]
pub struct Race {
    acts: [Act; 2],
    stage: &'static Stage,
    never_refused: bool,
    in_transactions: bool,
}

/// What all interleavings of a race came to.
#[derive(Debug, Default)]
pub struct Summary {
    interleavings: usize,
    /// In how many of them one waited for the other.
    waited: usize,
    /// How often the database refused a writer.
    refused: usize,
    /// What was stale, and after which interleaving.
    pub stale: Vec<String>,
}

/// A race between two writers.
pub fn race(first: Act, second: Act) -> Race {
    Race {
        acts: [first, second],
        stage: &schema::STAGE,
        never_refused: false,
        in_transactions: false,
    }
}

impl Race {
    /// On tables of its own.
    pub fn on(mut self, stage: &'static Stage) -> Self {
        self.stage = stage;
        self
    }

    /// The order of locks keeps the two from waiting for one another, so that the database never refuses one of them.
    pub fn never_refused(mut self) -> Self {
        self.never_refused = true;
        self
    }

    /// Each in a transaction: a write may be a single statement otherwise, between which nobody can stop.
    pub fn in_transactions(mut self) -> Self {
        self.in_transactions = true;
        self
    }

    /// Runs every interleaving at every isolation level. Whoever is refused runs again, and in the end nothing is stale.
    pub fn run(self) {
        for &level in LEVELS {
            let summary = self.run_at([level, level]);
            eprintln!("{NAME} {level:?}: {summary:?}");
            assert_eq!(summary.stale, Vec::<String>::new(), "{level:?}");
            // Where they do not stop everywhere, those who wait may do so elsewhere.
            let is_whole = setting("PLACES_STEP", 1) == 1;
            assert!(!is_whole || summary.interleavings > 4, "{summary:?}");
            if HAS_ROW_LOCKS && level == Isolation::ReadCommitted {
                let waited = !is_whole || summary.waited > 0;
                assert!(waited, "no lock keeps the two apart");
                assert!(
                    !self.never_refused || summary.refused == 0,
                    "{level:?}: {summary:?}"
                );
            }
        }
    }

    /// Runs every interleaving, each writer at a level of its own.
    pub fn run_at(self, levels: [Isolation; 2]) -> Summary {
        let place = tables::create(self.stage.create);
        let stage = |level| {
            let mut conn = place.connect();
            conn.set_isolation(level).unwrap();
            conn.set_retries(0);
            Some(conn)
        };
        let mut cast = Cast {
            writers: levels.map(stage),
            observer: place.connect(),
        };
        let mut summary = Summary::default();
        for order in [[0, 1], [1, 0]] {
            let mut stops = places(1).take_while(|&stop| stop < MOST_STATEMENTS);
            while let Some(stop) = stops.next()
                && self.interleavings(&mut cast, &mut summary, order, stop)
            {}
        }
        drop(cast);
        summary
    }

    /// Runs the interleavings in which one writer stops before its statement of that number, and says whether it has so
    /// many. With `STRESS_RACES=1` the other one stops, too, before each of its statements.
    fn interleavings(
        self,
        cast: &mut Cast,
        summary: &mut Summary,
        order: [usize; 2],
        stop: usize,
    ) -> bool {
        let held_stops = self.interleave(cast, summary, order, [stop, usize::MAX]).0;
        if held_stops && setting("STRESS_RACES", 0) > 0 {
            let mut stops = 1..MOST_STATEMENTS;
            while let Some(other) = stops.next()
                && self.interleave(cast, summary, order, [stop, other]).1
            {}
        }
        held_stops
    }

    /// Runs one interleaving, and says who of the two stopped.
    fn interleave(
        self,
        cast: &mut Cast,
        summary: &mut Summary,
        order: [usize; 2],
        stops: [usize; 2],
    ) -> (bool, bool) {
        stock(&mut cast.observer, self.stage);
        let numbers = order.map(|at| number(cast.writers[at].as_mut().unwrap()));
        let observer = &mut cast.observer;
        let [held, free] = [0, 1].map(|place| {
            let conn = cast.writers[order[place]].take().unwrap();
            let act = (self.acts[order[place]], self.in_transactions);
            Player::start(conn, act, stops[place])
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
        for (at, player) in order.into_iter().zip([held, free]) {
            let (conn, refusals) = player.end();
            cast.writers[at] = Some(conn);
            summary.refused += refusals;
        }
        summary.interleavings += 1;
        for stale in tables::stale(&mut cast.observer, self.stage.stale) {
            let note = format!("{stale}, when {order:?} stopped before {stops:?}");
            summary.stale.push(note);
        }
        (held_stopped, free_stopped)
    }
}

/// The connections of a race.
struct Cast {
    writers: [Option<Conn>; 2],
    observer: Conn,
}

/// Makes the rows what they are in the beginning.
pub fn stock(conn: &mut Conn, stage: &Stage) {
    let old = stage
        .tables
        .iter()
        .map(|table| format!("DELETE FROM {table}"));
    let new = stage.stock.iter().map(|&statement| statement.to_owned());
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
    fn start(mut conn: Conn, act: (Act, bool), stop: usize) -> Self {
        let (go, told) = channel();
        let (says, pauses) = channel();
        let thread = thread::spawn(move || {
            let ended = Ended(says.clone());
            told.recv().ok();
            let mut count = 0;
            conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if let InstrumentationEvent::StartQuery { .. } = event {
                    count += 1;
                    if count == stop {
                        says.send(Pause::Stopped).ok();
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
fn until_done(conn: &mut Conn, (act, in_transaction): (Act, bool)) -> usize {
    for refusals in 0..100 {
        let done = if in_transaction {
            conn.transaction(act)
        } else {
            act(conn)
        };
        match done {
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
