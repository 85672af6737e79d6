//! Random operations on few hot rows, from many connections at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use maintained::Isolation;
use maintained::operations;

use super::super::{Conn, HAS_ROW_LOCKS, Inner, LEVELS, NAME, Place};
use super::operation::{Keys, Operation, is_missed};
use super::shop::{self, stale};
use super::tally::{Effect, Tally};
use crate::models::{Cart, Folder, Line, Owner, Product, Shelf};
use crate::random::Random;
use crate::setting;

/// How many connections write.
const WRITERS: u64 = 8;
/// How often all pause, to see whether anything is stale: a later write may bring up to date what an earlier one did not.
const ROUNDS: u64 = 10;
/// How often one scope may be refused before something is wrong with more than the luck of the draw.
const MOST_REFUSALS: usize = 1_000;

/// Whether rows are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Locking {
    On,
    Off,
}

/// What a run came to.
#[derive(Debug)]
struct Figures {
    committed: usize,
    refused: usize,
    missed: usize,
    stale: Vec<String>,
    lost: Vec<String>,
}

fn operations() -> usize {
    setting("STRESS_OPERATIONS", 2_000)
}

#[test]
fn random_writers_leave_nothing_stale_and_lose_nothing() {
    for &level in LEVELS {
        let figures = run(level, Locking::On, operations(), None);
        assert_eq!(figures.stale, Vec::<String>::new(), "{level:?}");
        assert_eq!(figures.lost, Vec::<String>::new(), "{level:?}");
    }
}

/// The same writers without the locks: what the test above finds nothing of, it would find.
#[test]
fn row_locks_are_what_keeps_random_writers_right() {
    let figures = run(LEVELS[0], Locking::Off, operations(), None);
    assert_eq!(
        figures.stale.is_empty(),
        !HAS_ROW_LOCKS,
        "{:?}",
        figures.stale
    );
}

/// A check raises no false alarm while others write, and a rebuild finds nothing to write and takes nothing back.
#[test]
fn checks_and_rebuilds_beside_random_writers_find_nothing() {
    for &level in LEVELS {
        let figures = run(
            level,
            Locking::On,
            operations() / 2,
            Some(look_for_differences),
        );
        assert_eq!(figures.stale, Vec::<String>::new(), "{level:?}");
        assert_eq!(figures.lost, Vec::<String>::new(), "{level:?}");
    }
}

/// Looks for differences until the writers have ended, and once more.
fn look_for_differences(conn: &mut Conn, has_ended: &AtomicBool) {
    fn all(operation: operations::Operation<Inner>) -> operations::Operation<Inner> {
        let first = operation.model::<Owner>().model::<Cart>().model::<Line>();
        let more = first.model::<Product>().model::<Shelf>();
        more.model::<Folder>().batch(3)
    }
    let (mut seen, mut retries) = (0, 0);
    loop {
        let is_last = has_ended.load(Ordering::Relaxed);
        for operation in [operations::check(), operations::rebuild()] {
            let report = all(operation).run(conn).unwrap();
            assert!(report.is_clean(), "{report:#?}");
            seen += report.seen;
            retries += report.retries;
        }
        if is_last {
            eprintln!("{NAME}: {seen} rows seen beside the writers, {retries} batches run again");
            return;
        }
    }
}

fn run(
    level: Isolation,
    locking: Locking,
    operations: usize,
    beside: Option<fn(&mut Conn, &AtomicBool)>,
) -> Figures {
    let place = shop::stocked();
    let mut conn = place.connect();
    let mut tally = Tally::of(&mut conn);
    let (committed, refused, missed) = <(AtomicUsize, AtomicUsize, AtomicUsize)>::default();
    let begin = Instant::now();
    let mut found = Vec::new();
    for round in 1..=ROUNDS {
        let has_ended = AtomicBool::new(false);
        thread::scope(|threads| {
            if let Some(beside) = beside {
                let mut conn = place.connect();
                conn.set_isolation(level).unwrap();
                let has_ended = &has_ended;
                threads.spawn(move || beside(&mut conn, has_ended));
            }
            let writers: Vec<_> = (1..=WRITERS)
                .map(|writer| {
                    let random = Random::new(round * WRITERS + writer);
                    let writer = Writer {
                        place: &place,
                        locking,
                        committed: &committed,
                        refused: &refused,
                        missed: &missed,
                        operations: operations * usize::try_from(round).unwrap()
                            / usize::try_from(ROUNDS).unwrap(),
                    };
                    threads.spawn(move || writer.write(level, random))
                })
                .collect();
            let written: Vec<_> = writers.into_iter().map(ScopedJoinHandle::join).collect();
            has_ended.store(true, Ordering::Relaxed);
            for effects in written {
                for effect in effects.unwrap() {
                    tally.add(effect);
                }
            }
        });
        found.extend(stale(&mut conn));
    }
    let figures = Figures {
        committed: committed.into_inner(),
        refused: refused.into_inner(),
        missed: missed.into_inner(),
        stale: found,
        lost: tally.lost(&mut conn),
    };
    eprintln!(
        "{NAME} {level:?}, locking {locking:?}, {:.1} s: {} operations committed, {} transactions refused and run again, \
         {} too late, {} operations lost, stale: {:?}",
        begin.elapsed().as_secs_f64(),
        figures.committed,
        figures.refused,
        figures.missed,
        figures.lost.len(),
        figures.stale,
    );
    figures
}

/// One of the connections.
struct Writer<'r> {
    place: &'r Place,
    locking: Locking,
    committed: &'r AtomicUsize,
    refused: &'r AtomicUsize,
    missed: &'r AtomicUsize,
    operations: usize,
}

impl Writer<'_> {
    /// Writes until enough is written, and returns what came of it.
    fn write(&self, level: Isolation, mut random: Random) -> Vec<Effect> {
        let mut conn = self.place.connect();
        conn.set_isolation(level).unwrap();
        if self.locking == Locking::Off {
            conn.switch_off_locks();
        }
        let mut effects = Vec::new();
        while self.committed.load(Ordering::Relaxed) < self.operations {
            let keys = Keys::read(&mut conn).unwrap();
            let several = random.pick(&[1, 1, 1, 2, 4]).unwrap_or(1);
            let chosen: Vec<Operation> = (0..several)
                .filter_map(|_| Operation::choose(&mut random, &keys))
                .collect();
            if let Some(done) = self.insist(&mut conn, &chosen, &mut random) {
                self.committed.fetch_add(chosen.len(), Ordering::Relaxed);
                effects.extend(done);
            }
        }
        effects
    }

    /// Runs operations until they are no longer refused. Nothing comes back when they came too late.
    fn insist(
        &self,
        conn: &mut Conn,
        chosen: &[Operation],
        random: &mut Random,
    ) -> Option<Vec<Effect>> {
        for refusals in 0..MOST_REFUSALS {
            let done = match chosen {
                [operation] => operation.perform(conn),
                _ => conn.buffer_autoupdates(|conn| {
                    let mut effects = Vec::new();
                    for operation in chosen {
                        effects.extend(operation.perform(conn)?);
                    }
                    Ok(effects)
                }),
            };
            match done {
                Ok(effects) => return Some(effects),
                Err(error) if error.is_retryable() => {
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(random.below(10 << refusals.min(6))));
                }
                // Without locks rows go while they are worked on, which shows in many ways.
                Err(error) if is_missed(&error) || self.locking == Locking::Off => {
                    self.missed.fetch_add(1, Ordering::Relaxed);
                    return None;
                }
                Err(error) => panic!("{chosen:?}: {error} ({error:?})"),
            }
        }
        panic!("{chosen:?} was refused {MOST_REFUSALS} times")
    }
}
