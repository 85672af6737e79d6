//! Scopes that are committed on all databases or on none, and are dropped before they are ready.

use std::sync::Arc;

use maintained::Error;
use maintained::prelude::*;

use super::super::two_phase::{DECIDE, FORGET, Ready, doubt, keys};
use super::super::{KILL, PREPARE};
use super::{Many, Outcome, add, awaited, dropped_at_commit, dropped_at_statement};
use crate::board::AtCommit;
use crate::places::places;
use crate::polled::polled;
use crate::random::Random;
use crate::{KEYS, rounds};

const USED: [&str; 3] = ["at", "ch", "de"];

fn program(ready: &Ready) -> Many {
    awaited(ready).two_phase()
}

async fn load(databases: &mut Many, used: &'static [&'static str], cents: i64) -> Outcome {
    let body = async move |databases: &mut Many| {
        for key in used {
            add(databases, key, cents).await?;
        }
        Ok::<_, Error>(())
    };
    databases.run_async(Scope::buffered(), body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_committed_or_none_and_recovery_is_awaited() {
    let ready = Ready::new();
    let mut databases = program(&ready);
    load(&mut databases, &KEYS, 7).await.unwrap();
    ready.assert_line(7, &KEYS);
    let recovered = databases.recover(keys()).await.unwrap();
    assert!(recovered.left.is_empty() && recovered.committed.is_empty());
    for key in KEYS {
        add(&mut databases, key, 8).await.unwrap();
    }
    ready.assert_line(8, &KEYS);
}

/// What a scope that was dropped has come to, once the next call has ended it.
async fn ended(ready: &Ready, databases: &mut Many, cents: i64) -> bool {
    let next = databases.get(&"pe".to_owned()).await.map(drop);
    let is_committed = ready.is_committed(cents, &USED);
    match next {
        Ok(()) => assert!(!is_committed, "nobody is told"),
        Err(error) => {
            let (known, _) = doubt(&error).unwrap();
            assert!(is_committed || known.is_empty(), "{error}");
        }
    }
    // It would wait for locks.
    load(databases, &USED, 100_000 + cents).await.unwrap();
    if cents % 5 == 0 {
        ready.assert_line(100_000 + cents, &USED);
        ready.assert_nothing_left();
    }
    is_committed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_is_dropped_at_any_await_is_ended_on_all_by_the_next_call() {
    let ready = Ready::new();
    let mut databases = program(&ready);
    let (mut finished, mut committed, mut undone) = (0, 0, 0);
    for times in (0..).step_by(2) {
        let cents = 1_000 + i64::try_from(times).unwrap();
        if let Some(result) = polled(load(&mut databases, &USED, cents), times).await {
            result.unwrap();
            ready.assert_line(cents, &USED);
            // How many awaits there are is not the same each time.
            finished += 1;
            if finished == 4 {
                break;
            }
        } else if ended(&ready, &mut databases, cents).await {
            committed += 1;
        } else {
            undone += 1;
        }
    }
    ready.assert_nothing_left();
    eprintln!("{committed} committed, {undone} undone");
    assert!(undone > 5, "{undone}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_is_dropped_at_a_step_of_its_end_is_ended_on_all_by_the_next_call() {
    let ready = Ready::new();
    let mut databases = program(&ready);
    let [prepare, commit] = PREPARE;
    let steps = [
        ("at", DECIDE, Some(false)),
        ("ch", prepare, Some(false)),
        ("de", prepare, Some(false)),
        ("at", "COMMIT", None),
        ("ch", commit, Some(true)),
        ("de", commit, Some(true)),
        ("at", FORGET, Some(true)),
    ];
    let mut cents = 1_000;
    for (key, words, expected) in steps {
        let mut is_dropped = false;
        // Where the answer is there at once, nothing is dropped, or a later step.
        for _ in 0..40 {
            cents += 1;
            let scope = load(&mut databases, &USED, cents);
            let result = match words {
                "COMMIT" => dropped_at_commit(&ready, key, scope).await,
                _ => dropped_at_statement(&ready, (key, words), scope).await,
            };
            ready.board.mend();
            if result.is_some() {
                continue;
            }
            let is_committed = ended(&ready, &mut databases, cents).await;
            if expected.is_none_or(|expected| expected == is_committed) {
                is_dropped = true;
                break;
            }
        }
        assert!(is_dropped, "{words} on {key} is never waited for");
        ready.assert_nothing_left();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_use_that_is_dropped_leaves_all_or_nothing() {
    let ready = Ready::new();
    let (mut kept, mut finished) = (0, 0);
    for times in places(0) {
        let cents = 1_000 + i64::try_from(times).unwrap();
        let mut databases = program(&ready);
        // The one that decides, and another one.
        let first = USED[times % 2];
        let body = async move |databases: &mut Many| {
            if first == USED[1] {
                add(databases, USED[0], cents).await?;
            }
            let is_finished = databases
                .buffer_autoupdates(async move |databases: &mut Many| {
                    let first = databases.get(&first.to_owned());
                    Ok::<_, Error>(polled(first, times / 2).await.is_some())
                })
                .await?;
            for key in USED {
                add(databases, key, cents + 500).await?;
            }
            if first != USED[1] {
                add(databases, USED[0], cents).await?;
            }
            Ok::<_, Error>(is_finished)
        };
        let result = databases.buffer_autoupdates(body).await;
        // Connections that are lost are given up by the next call.
        databases.get(&"pe".to_owned()).await.unwrap();
        let is_committed = ready.is_committed(cents + 500, &USED);
        assert_eq!(result.is_ok(), is_committed, "{times}: {result:?}");
        if times % 8 == 0 {
            ready.assert_nothing_left();
        }
        kept += usize::from(is_committed);
        finished += usize::from(result.unwrap_or_default());
        if finished == 4 {
            break;
        }
    }
    assert!(kept > 8, "{kept}");
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    BodyFails,
    LostAt(&'static str),
    Dropped(usize),
    DroppedAtCommit,
}

impl Fault {
    fn any(random: &mut Random) -> Self {
        let [prepare, commit] = PREPARE;
        let at = random.pick(&[DECIDE, prepare, "COMMIT", commit, FORGET]);
        match random.below(8) {
            0 => Self::Nothing,
            1 => Self::BodyFails,
            2..=4 => Self::LostAt(at.unwrap()),
            5 | 6 => Self::Dropped(usize::try_from(random.below(150)).unwrap()),
            _ => Self::DroppedAtCommit,
        }
    }

    fn set(self, ready: &Ready, struck: &str) {
        let Self::LostAt(words) = self else {
            return;
        };
        let (url, board) = (ready.place(struck).url(), Arc::clone(&ready.board));
        let key = struck.to_owned();
        let kill = move || KILL.unwrap()(&url, board.number_of(&key));
        let kill = AtCommit::Run(Arc::new(kill));
        match words {
            "COMMIT" => ready.board.at_commit(struck, kill),
            _ => ready.board.at_statement(struck, words, kill),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_is_one_committed_and_another_not() {
    let ready = Ready::new();
    let mut databases = program(&ready);
    let mut random = Random::new(23);
    let (mut committed, mut undone, mut doubted) = (0, 0, 0);
    let count = rounds(40);
    for number in 0..count {
        let cents = 1_000 + i64::try_from(number).unwrap();
        let fault = Fault::any(&mut random);
        let struck = match fault {
            Fault::LostAt(words) if PREPARE.contains(&words) => random.pick(&KEYS[1..]).unwrap(),
            _ => KEYS[0],
        };
        fault.set(&ready, struck);
        let body = async move |databases: &mut Many| {
            for key in KEYS {
                add(databases, key, cents).await?;
            }
            match fault {
                Fault::BodyFails => Err(Error::other("the body fails")),
                _ => Ok(()),
            }
        };
        let scope = databases.run_async(Scope::buffered(), body);
        let result = match fault {
            Fault::Dropped(times) => polled(scope, times).await,
            Fault::DroppedAtCommit => dropped_at_commit(&ready, struck, scope).await,
            _ => Some(scope.await),
        };
        ready.board.mend();
        let told = if random.below(2) == 0 || result.is_none() {
            databases.get(&"pe".to_owned()).await.map(drop).err()
        } else {
            databases = program(&ready);
            ready.recover();
            None
        };
        let is_committed = ready.is_committed(cents, &KEYS);
        *if is_committed {
            &mut committed
        } else {
            &mut undone
        } += 1;
        let what = format!("{fault:?} on {struck}: {result:?}, then {told:?}");
        let error = match result {
            Some(Ok(())) => {
                assert!(is_committed, "{what}");
                continue;
            }
            Some(Err(error)) => Some(error),
            None => told,
        };
        match error.as_ref().and_then(doubt) {
            Some((known, _)) => {
                doubted += 1;
                assert!(is_committed || known.is_empty(), "{what}");
            }
            None => assert!(!is_committed, "{what}"),
        }
        if number % 10 == 9 {
            ready.assert_nothing_left();
        }
    }
    drop(databases);
    ready.assert_nothing_left();
    eprintln!("{count} scopes: {committed} committed, {undone} undone, {doubted} in doubt");
    assert!(committed > count / 5 && undone > count / 5 && doubted > count / 20);
}
