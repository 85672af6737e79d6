//! A writer: a connection in a thread of its own, which can be held before each of its statements.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{Connection, InstrumentationEvent};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::BigInt;
use maintained::Error;

use super::super::{Conn, GLANCES, NUMBER};
use super::gate::{Gate, Progress};
use super::writes::{Act, Outcome, Write};

/// How often one looks whether a writer waits.
const GLANCE: Duration = Duration::from_micros(500);
/// How long a writer may take. No lock is waited for as long as this.
const PATIENCE: Duration = Duration::from_secs(30);

/// A writer.
pub struct Player {
    /// The number by which the database knows its connection.
    pub number: i64,
    gate: Gate,
    acts: Option<Sender<Act>>,
    pauses: Receiver<Pause>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Why a writer is not running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pause {
    /// At its gate.
    Held,
    /// For a lock of the other writer.
    Waiting,
    Ended(End),
}

/// How a write has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Done,
    /// The database has refused it.
    Refused,
    /// It came too late: a row that it is about has gone, or has come already.
    Missed,
    /// With an error that it should not have had.
    Failed(String),
}

impl Player {
    /// A writer on a connection. It keeps the texts of its statements where somebody asks for them.
    pub fn new(mut conn: Conn, keeps_texts: bool) -> Self {
        let number = diesel::select(diesel::dsl::sql::<BigInt>(NUMBER))
            .get_result(&mut conn)
            .unwrap();
        let gate = Gate::default();
        let (acts, told) = channel::<Act>();
        let (says, pauses) = channel();
        let held = says.clone();
        let own = gate.clone();
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            own.pass(&event, keeps_texts, || held.send(Pause::Held).unwrap_or(()));
        });
        let thread = thread::spawn(move || {
            for act in told {
                let end = ended(act(&mut conn));
                says.send(Pause::Ended(end)).ok();
            }
        });
        Self {
            number,
            gate,
            acts: Some(acts),
            pauses,
            thread: Some(thread),
        }
    }

    /// Begins a write, to be held before its statement of that number.
    pub fn begin(&self, write: &Write, stop: Option<usize>) {
        self.gate.set(stop);
        let acts = self.acts.as_ref().unwrap();
        acts.send(write.act).unwrap();
    }

    /// Lets the writer go on to its end.
    pub fn go(&self) {
        self.gate.open();
    }

    /// Waits until the writer is held, has ended, or waits for the other one.
    ///
    /// Whoever is seen at another statement than a glance ago does not wait, and the database is
    /// not asked.
    pub fn until_it_pauses(&self, mut is_waiting: impl FnMut(i64) -> bool) -> Pause {
        let begin = Instant::now();
        let (mut statement, mut glances) = (0, 0);
        loop {
            match self.pauses.recv_timeout(GLANCE) {
                Ok(pause) => return pause,
                Err(RecvTimeoutError::Disconnected) => panic!("a writer has panicked"),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = self.gate.statements();
            let waits = now == statement && is_waiting(self.number);
            glances = if waits { glances + 1 } else { 0 };
            statement = now;
            if glances == GLANCES {
                return Pause::Waiting;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "a writer hangs: {:?}",
                self.progress()
            );
        }
    }

    /// Waits until the writer, whom nobody holds any more, has ended.
    pub fn end(&self) -> End {
        loop {
            if let Pause::Ended(end) = self.until_it_pauses(|_| false) {
                return end;
            }
        }
    }

    /// What the writer has sent since it began.
    pub fn progress(&self) -> Progress {
        self.gate.progress()
    }
}

/// A connection is closed before the process ends: the databases' libraries clean up then, and must not do so twice. After a
/// panic the writer may wait for one that is still held.
impl Drop for Player {
    fn drop(&mut self) {
        self.acts = None;
        self.gate.open();
        if let Some(thread) = self.thread.take().filter(|_| !thread::panicking()) {
            thread.join().unwrap();
        }
    }
}

/// How a write has ended.
fn ended(outcome: Outcome) -> End {
    let Err(error) = outcome else {
        return End::Done;
    };
    if error.is_retryable() {
        return End::Refused;
    }
    let is_of_rows = matches!(
        error.database(),
        Some(DieselError::DatabaseError(
            DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::UniqueViolation,
            _
        ))
    );
    if is_of_rows || matches!(error, Error::NotFound { .. } | Error::Loop { .. }) {
        return End::Missed;
    }
    End::Failed(format!("{error} ({error:?})"))
}
