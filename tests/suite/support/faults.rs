//! Faults on demand: the database refuses the n-th row that is written, or the n-th statement panics.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use diesel::connection::{Connection, InstrumentationEvent};

use super::schema::TABLES;
use super::statements::of_rows;
use crate::{Conn, Countdown, Strike, install_faults};

/// The switch of a connection whose writes fail on demand.
pub struct Faults {
    countdown: Countdown,
}

impl Faults {
    /// Prepares the connection; no fault is set yet.
    pub fn install(conn: &mut Conn, strike: Strike) -> Self {
        Self::on(&TABLES, conn, strike)
    }

    /// The same for the rows of some tables.
    pub fn on(tables: &[&str], conn: &mut Conn, strike: Strike) -> Self {
        Self {
            countdown: install_faults(conn, strike, tables),
        }
    }

    /// The `nth` row that is written from now on fails, once. A strike at the transaction needs one that has written.
    pub fn strike_at(&self, nth: i64) {
        self.countdown.set(nth);
    }

    /// Takes the fault back; returns whether it had struck.
    pub fn stop(&self) -> bool {
        let rows = self.countdown.get();
        self.countdown.set(0);
        rows <= 0
    }

    /// A connection on which one can go on after a strike at the transaction.
    pub fn reconnect(&self, conn: Conn) -> Conn {
        self.countdown.reconnect(conn)
    }
}

/// The `nth` event of the connection from now on panics, once; returns how to learn whether it has.
///
/// Events are the start of each query, the end of each that opens or closes no transaction, and the begin and the commit
/// of each transaction and savepoint.
pub fn panic_at(conn: &mut Conn, nth: i64) -> impl Fn() -> bool + use<> {
    let countdown = Arc::new(AtomicI64::new(nth));
    let seen = Arc::clone(&countdown);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        let counts = match &event {
            InstrumentationEvent::FinishQuery { query, .. } => {
                !of_rows(&[query.to_string()]).is_empty()
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                crate::LEVELS_SURVIVE_PANICS || !is_of_a_level(&query.to_string())
            }
            InstrumentationEvent::BeginTransaction { .. }
            | InstrumentationEvent::CommitTransaction { .. } => crate::LEVELS_SURVIVE_PANICS,
            _ => false,
        };
        if counts && countdown.fetch_sub(1, Ordering::Relaxed) == 1 {
            std::panic::resume_unwind(Box::new(format!("asked to panic at {event:?}")));
        }
    });
    move || seen.load(Ordering::Relaxed) <= 0
}

/// Whether a statement begins or ends a level.
fn is_of_a_level(sql: &str) -> bool {
    const LEVELS: [&str; 5] = ["BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "COMMIT"];
    LEVELS.iter().any(|level| sql.contains(level))
}
