//! Random links between few rows, each a write of its own in immediate mode: how many are refused,
//! beside the same with rows locked by hand.

mod net;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{Connection, InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;

use self::net::{FOLLOWING, LABELLING, Net};
use super::super::{Conn, HAS_ROW_LOCKS, NAME};
use super::operation::is_missed;
use super::script::stock;
use super::shop::Outcome;
use super::tables;
use crate::random::Random;
use crate::refusal::is_refusal;
use crate::setting;

/// How many connections write.
const WRITERS: u64 = 4;
/// How many rows there are on each side.
const ROWS: i32 = 6;
/// Of so many writes one may be refused.
const WRITES_FOR_A_REFUSAL: usize = 1_000;
/// How often one write may be refused before something is wrong with more than the luck of the
/// draw.
const MOST_REFUSALS: usize = 1_000;

#[test]
fn random_links_of_a_model_with_itself_are_hardly_ever_refused() {
    assert_hardly_ever_refused(FOLLOWING);
}

#[test]
fn random_links_between_fields_on_both_sides_are_hardly_ever_refused() {
    assert_hardly_ever_refused(LABELLING);
}

fn assert_hardly_ever_refused(net: Net) {
    let writes = setting("STRESS_LINKS", 1_000);
    let [both, all] = [Locking::BothRows, Locking::AllRows].map(|it| run(net, it, writes / 4));
    let library = run(net, Locking::ByLibrary, writes);
    for figures in [&both, &all, &library] {
        assert_eq!(figures.stale, Vec::<String>::new());
    }
    // Locks in one order are all that it takes.
    assert_eq!(all.refused, 0, "{all:?}");
    // Fewer writes may have one as well.
    assert!(
        library.refused <= library.written.div_ceil(WRITES_FOR_A_REFUSAL),
        "{library:?}, by hand {all:?}"
    );
}

/// Who locks the rows that a write will compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Locking {
    ByLibrary,
    /// One by hand before the write: those that a link names. Their fields read others, which the
    /// library locks, too.
    BothRows,
    /// One by hand before the write: every row that there is, table after table, in the order of
    /// the keys.
    AllRows,
}

/// What a run came to.
#[derive(Debug)]
struct Figures {
    written: usize,
    /// How many statements the database has refused.
    refused: usize,
    took: Duration,
    stale: Vec<String>,
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            written, refused, ..
        } = self;
        write!(
            formatter,
            "{written} writes, {refused} refused ({} of 1,000), {:.1} ms a write, stale: {:?}",
            refused * 1_000 / written,
            self.took.as_secs_f64() * 1_000.0 / f64::from(u32::try_from(*written).unwrap()),
            self.stale
        )
    }
}

/// Writes links until enough are written.
fn run(net: Net, locking: Locking, wanted: usize) -> Figures {
    let place = tables::create(net.stage.create);
    let mut conn = place.connect();
    stock(&mut conn, net.stage);
    let (written, refused) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    let begin = Instant::now();
    thread::scope(|threads| {
        for seed in 1..=WRITERS {
            let mut conn = place.connect();
            count_refusals(&mut conn, &refused);
            let mut writer = Writer {
                net,
                locking,
                conn,
                random: Random::new(seed),
            };
            let written = &written;
            threads.spawn(move || {
                while written.load(Ordering::Relaxed) < wanted {
                    written.fetch_add(writer.write(), Ordering::Relaxed);
                }
            });
        }
    });
    let figures = Figures {
        written: written.load(Ordering::Relaxed),
        refused: refused.load(Ordering::Relaxed),
        took: begin.elapsed(),
        stale: tables::stale(&mut conn, net.stage.stale),
    };
    eprintln!("{NAME}, {}, {locking:?}: {figures}", net.name);
    figures
}

/// Counts the statements that are refused, whoever runs them again.
fn count_refusals(conn: &mut Conn, refused: &Arc<AtomicUsize>) {
    let refused = refused.clone();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::FinishQuery {
            error: Some(error), ..
        } = event
            && is_refusal(error)
        {
            refused.fetch_add(1, Ordering::Relaxed);
        }
    });
}

/// A write.
#[derive(Debug, Clone, Copy)]
enum Choice {
    Link([i32; 2]),
    Unlink([i32; 2]),
    Rename(usize, i32, u64),
}

/// One of the connections.
struct Writer {
    net: Net,
    locking: Locking,
    conn: Conn,
    random: Random,
}

impl Writer {
    /// Writes once, again and again until it is not refused, and says whether it came in time.
    fn write(&mut self) -> usize {
        let choice = self.choose();
        for _ in 0..MOST_REFUSALS {
            let done = match self.locking {
                Locking::ByLibrary => perform(self.net, choice, &mut self.conn),
                Locking::BothRows | Locking::AllRows => self.perform_locked(choice),
            };
            match done {
                Ok(()) => return 1,
                Err(error) if error.is_retryable() => {}
                Err(error) if is_missed(&error) || is_duplicate(&error) => return 0,
                Err(error) => panic!("{choice:?}: {error} ({error:?})"),
            }
        }
        panic!("{choice:?} was refused {MOST_REFUSALS} times")
    }

    /// A link that is not there, or one that is; or a name.
    fn choose(&mut self) -> Choice {
        let keys: Vec<i32> = (1..=ROWS).collect();
        let mut key = || self.random.pick(&keys).unwrap();
        let keys = [key(), key()];
        if self.random.below(5) == 0 {
            let side = usize::try_from(self.random.below(2)).unwrap();
            return Choice::Rename(side, keys[side], self.random.below(100));
        }
        if (self.net.is_linked)(&mut self.conn, keys).unwrap() {
            Choice::Unlink(keys)
        } else {
            Choice::Link(keys)
        }
    }

    fn perform_locked(&mut self, choice: Choice) -> Outcome {
        let net = self.net;
        let keys = match choice {
            Choice::Link(keys) | Choice::Unlink(keys) if self.locking == Locking::BothRows => {
                keys.map(|key| vec![key])
            }
            _ => [0, 1].map(|_| (1..=ROWS).collect()),
        };
        self.conn.transaction(|conn| {
            if HAS_ROW_LOCKS {
                lock(net, keys, conn)?;
            }
            perform(net, choice, conn)
        })
    }
}

fn perform(net: Net, choice: Choice, conn: &mut Conn) -> Outcome {
    match choice {
        Choice::Link(keys) => (net.link)(conn, keys),
        Choice::Unlink(keys) => (net.unlink)(conn, keys),
        Choice::Rename(side, key, name) => (net.rename)(conn, side, key, &format!("n{name}")),
    }
}

/// Locks rows on both sides, in the order of their keys.
fn lock(net: Net, keys: [Vec<i32>; 2], conn: &mut Conn) -> QueryResult<()> {
    let [one, other] = net.sides;
    let [mut of_one, mut of_other] = keys;
    if one == other {
        of_one.append(&mut of_other);
        of_one.sort_unstable();
        of_one.dedup();
    }
    for (table, keys) in [(one, of_one), (other, of_other)] {
        for key in keys {
            conn.batch_execute(&format!(
                "SELECT id FROM {table} WHERE id = {key} FOR UPDATE"
            ))?;
        }
    }
    Ok(())
}

/// Whether another writer has made the same link.
fn is_duplicate(error: &maintained::Error) -> bool {
    use diesel::result::{DatabaseErrorKind::UniqueViolation, Error};
    matches!(
        error.database(),
        Some(Error::DatabaseError(UniqueViolation, _))
    )
}
