//! Random failures before, between and after commits.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::fleet::{Fleet, Many, Outcome, Partly, add, get, send};
use super::{BREAK_COMMIT, Inner, KILL, ROUNDS};
use crate::board::AtCommit;
use crate::models::{Cart, Owner};
use crate::random::Random;
use crate::schema::{carts, owners};
use crate::{KEYS, rounds};

/// What goes wrong in a scope, and on which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Nothing,
    // Before the commits.
    Unreachable,
    BodyFails,
    BodyPanics,
    StatementFails,
    SetterFails,
    HookFails,
    HookPanics,
    ConnectionLost,
    // Between them.
    CommitFails,
    CommitPanics,
    LostAtCommit,
    // After them.
    LostAfterwards,
}

const FAULTS: [Fault; 13] = [
    Fault::Nothing,
    Fault::Unreachable,
    Fault::BodyFails,
    Fault::BodyPanics,
    Fault::StatementFails,
    Fault::SetterFails,
    Fault::HookFails,
    Fault::HookPanics,
    Fault::ConnectionLost,
    Fault::CommitFails,
    Fault::CommitPanics,
    Fault::LostAtCommit,
    Fault::LostAfterwards,
];

/// What a scope came to, with how often.
#[derive(Debug, Default)]
struct Tally {
    committed: usize,
    undone: usize,
    partly: usize,
    unknown: usize,
    panicked: usize,
}

/// A scope that is run once.
struct Round<'f> {
    fleet: &'f Fleet,
    /// What its line is worth on each database.
    cents: i64,
    /// The databases that are used, in this order.
    keys: Vec<&'static str>,
    fault: Fault,
    /// The one that is struck.
    struck: &'static str,
}

impl<'f> Round<'f> {
    fn new(fleet: &'f Fleet, number: usize, random: &mut Random) -> Self {
        let mut left = KEYS.to_vec();
        let mut keys = Vec::new();
        for _ in 0..=random.below(5) {
            let at = usize::try_from(random.below(left.len() as u64)).unwrap();
            keys.push(left.remove(at));
        }
        Self {
            fleet,
            cents: 1_000 + i64::try_from(number).unwrap(),
            struck: random.pick(&keys).unwrap(),
            keys,
            fault: random.pick(&FAULTS).unwrap(),
        }
    }

    /// Sets what is to go wrong outside of the body.
    fn set(&self) {
        let board = &self.fleet.board;
        match (self.fault, KILL) {
            (Fault::Unreachable, _) => board.close(self.struck),
            (Fault::CommitPanics, _) => board.at_commit(self.struck, AtCommit::Panic),
            (Fault::LostAtCommit, Some(kill)) => {
                let url = self.fleet.place(self.struck).url();
                let (known, struck) = (Arc::clone(board), self.struck);
                let kill = move || kill(&url, known.number_of(struck));
                board.at_commit(self.struck, AtCommit::Run(Arc::new(kill)));
            }
            _ => {}
        }
    }

    fn run(&self, databases: &mut Many) -> Outcome {
        let (fault, struck) = (self.fault, self.struck);
        let number = self.cents;
        let scope = Scope::<Inner>::buffered().after_flush(move |conn, _| {
            let name: String = owners::table.find(2).select(owners::name).first(conn)?;
            match fault {
                Fault::HookFails if name == format!("{struck}{number}") => {
                    Err(Error::other("the hook fails"))
                }
                Fault::HookPanics if name == format!("{struck}{number}") => {
                    std::panic::resume_unwind(Box::new("the hook panics"))
                }
                _ => Ok(()),
            }
        });
        let retried = scope.retries(2);
        databases.run_retried(retried, |databases| {
            for &key in &self.keys {
                self.write(databases, key)?;
            }
            match fault {
                Fault::BodyFails => Err(Error::other("the body fails")),
                Fault::BodyPanics => std::panic::resume_unwind(Box::new("the body panics")),
                _ => Ok(()),
            }
        })
    }

    fn write(&self, databases: &mut Many, key: &str) -> Outcome {
        add(databases, key, self.cents)?;
        let conn = get(databases, key)?;
        let name = format!("{key}{}", self.cents);
        Owner::update(conn, 2, owners::name.eq(name))?;
        if key != self.struck {
            return Ok(());
        }
        match (self.fault, BREAK_COMMIT, KILL) {
            (Fault::StatementFails, ..) => add(databases, key, 1_000_000),
            (Fault::SetterFails, ..) => Cart::update(conn, 1, carts::note.eq("refused")).map(drop),
            (Fault::ConnectionLost, _, Some(_)) => {
                self.fleet.kill(key);
                Ok(())
            }
            (Fault::CommitFails, Some(break_commit), _) => send(databases, key, break_commit),
            _ => Ok(()),
        }
    }

    /// Compares what was said with what is there.
    fn compare(&self, result: Result<Outcome, ()>, databases: &mut Many, tally: &mut Tally) {
        let committed = self.fleet.with_line(self.cents);
        let all: BTreeSet<String> = self.keys.iter().map(|&key| key.to_owned()).collect();
        let what = format!(
            "{:?} on {} of {:?}: {result:?}, and committed are {committed:?}",
            self.fault, self.struck, self.keys
        );
        let error = match result {
            Ok(Ok(())) => {
                assert_eq!(committed, all, "{what}");
                tally.committed += 1;
                return;
            }
            Ok(Err(error)) => Some(error),
            Err(()) => {
                tally.panicked += 1;
                // Nobody could be told: the next call is.
                get(databases, "at").map(drop).err()
            }
        };
        if let Some(said) = error.as_ref().and_then(Partly::of) {
            tally.partly += 1;
            tally.unknown += usize::from(!said.unknown.is_empty());
            said.assert_true(&self.keys, &committed);
        } else {
            tally.undone += 1;
            assert!(committed.is_empty(), "{what}");
        }
    }
}

#[test]
fn never_is_one_committed_and_another_not_without_the_error_that_says_so() {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let mut random = Random::new(20);
    let mut tally = Tally::default();
    let count = rounds(ROUNDS);
    for number in 0..count {
        if number % 50 == 49 {
            databases = fleet.databases();
        }
        let round = Round::new(&fleet, number, &mut random);
        round.set();
        let result = catch_unwind(AssertUnwindSafe(|| round.run(&mut databases)));
        fleet.board.mend();
        round.compare(result.map_err(drop), &mut databases, &mut tally);
        if round.fault == Fault::LostAfterwards && KILL.is_some() {
            fleet.kill(round.struck);
            assert_eq!(fleet.with_line(round.cents).len(), round.keys.len());
        }
        if round.fault != Fault::Nothing {
            // Whatever it was, the next scope works.
            let next = databases.buffer_autoupdates(|databases| {
                KEYS.iter()
                    .try_for_each(|key| add(databases, key, 100_000 + round.cents))
            });
            next.unwrap();
            assert_eq!(fleet.with_line(100_000 + round.cents).len(), KEYS.len());
        }
        if number % 25 == 24 {
            fleet.clear();
        }
    }
    eprintln!("{count} scopes: {tally:?}");
    assert!(
        tally.committed > count / 20 && tally.undone > count / 4,
        "{tally:?}"
    );
    assert!(
        tally.partly > count / 20 && tally.panicked > count / 20,
        "{tally:?}"
    );
}
