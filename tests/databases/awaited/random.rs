//! Random failures, and scopes that are dropped at random.

use maintained::Error;
use maintained::prelude::*;

use super::{BREAK_COMMIT, Fleet, Many, Outcome, Partly, add, awaited, dropped_at_commit, send};
use crate::polled::polled;
use crate::random::Random;
use crate::{KEYS, rounds};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    BodyFails,
    StatementFails,
    CommitFails,
    ConnectionLost,
    Dropped,
    DroppedAtCommit,
}

const FAULTS: [Fault; 7] = [
    Fault::Nothing,
    Fault::BodyFails,
    Fault::StatementFails,
    Fault::CommitFails,
    Fault::ConnectionLost,
    Fault::Dropped,
    Fault::DroppedAtCommit,
];

async fn run(
    fleet: &Fleet,
    databases: &mut Many,
    (fault, struck, cents): (Fault, &'static str, i64),
) -> Outcome {
    let body = async move |databases: &mut Many| {
        for key in KEYS {
            add(databases, key, cents).await?;
        }
        match (fault, BREAK_COMMIT) {
            (Fault::BodyFails, _) => Err(Error::other("the body fails")),
            (Fault::StatementFails, _) => add(databases, struck, 1_000_000).await,
            (Fault::CommitFails, Some(break_commit)) => send(databases, struck, break_commit).await,
            (Fault::ConnectionLost, _) => {
                fleet.kill(struck);
                Ok(())
            }
            _ => Ok(()),
        }
    };
    databases.run_async(Scope::buffered(), body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_is_one_committed_and_another_not_without_the_error_that_says_so() {
    let fleet = Fleet::new();
    let mut databases = awaited(&fleet);
    let mut random = Random::new(21);
    let (mut whole, mut undone, mut partly) = (0, 0, 0);
    let count = rounds(150);
    for number in 0..count {
        let fault = random.pick(&FAULTS).unwrap();
        let struck = random.pick(&KEYS).unwrap();
        let cents = 1_000 + i64::try_from(number).unwrap();
        let times = match fault {
            Fault::Dropped => usize::try_from(random.below(120)).unwrap(),
            _ => usize::MAX,
        };
        let scope = run(&fleet, &mut databases, (fault, struck, cents));
        let result = match fault {
            Fault::DroppedAtCommit => dropped_at_commit(&fleet, struck, scope).await,
            _ => polled(scope, times).await,
        };
        fleet.board.mend();
        let error = match result {
            Some(result) => result.map(|()| true),
            None => databases.get(&struck.to_owned()).await.map(|_| false),
        };
        let committed = fleet.with_line(cents);
        match error {
            Ok(true) => {
                whole += 1;
                assert_eq!(committed.len(), KEYS.len());
            }
            Ok(false) => {
                undone += 1;
                assert!(committed.is_empty(), "{fault:?}: {committed:?}");
            }
            Err(error) => {
                if let Some(said) = Partly::of(&error) {
                    partly += 1;
                    said.assert_true(&KEYS, &committed);
                } else {
                    undone += 1;
                    assert!(committed.is_empty(), "{fault:?}: {error:?}, {committed:?}");
                }
            }
        }
        if number % 25 == 24 {
            fleet.clear();
        }
    }
    eprintln!("{count} scopes: {whole} committed, {undone} undone, {partly} partly committed");
    assert!(whole > count / 20 && undone > count / 5 && partly > 0);
}
