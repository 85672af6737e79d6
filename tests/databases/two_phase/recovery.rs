//! Recovery: by another program, beside scopes that run, and of what is not its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use diesel::result::Error as DieselError;
use maintained::Error;

use super::{Outcome, PREPARE, Ready, add, keys, load};
use crate::board::AtCommit;

/// A scope that is held up at a statement of a database, until it may go on.
struct Held {
    is_there: Arc<AtomicBool>,
    may_go: Arc<AtomicBool>,
}

impl Held {
    fn at(ready: &Ready, key: &str, words: &'static str) -> Self {
        let held = Self {
            is_there: Arc::default(),
            may_go: Arc::default(),
        };
        let (is_there, may_go) = (Arc::clone(&held.is_there), Arc::clone(&held.may_go));
        let wait = move || {
            is_there.store(true, Ordering::SeqCst);
            while !may_go.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(2));
            }
        };
        let wait = AtCommit::Run(Arc::new(wait));
        match words {
            "COMMIT" => ready.board.at_commit(key, wait),
            _ => ready.board.at_statement(key, words, wait),
        }
        held
    }

    /// Waits until it is held up, does something, and lets it go on.
    fn meanwhile<T>(&self, does: impl FnOnce() -> T) -> T {
        while !self.is_there.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(2));
        }
        let done = does();
        self.may_go.store(true, Ordering::SeqCst);
        done
    }
}

#[test]
fn a_scope_that_is_under_way_is_left_to_its_own_program() {
    let ready = Ready::new();
    let used = ["at", "ch", "de"];
    for (cents, key, words) in [(1_007, "de", PREPARE[0]), (1_008, "at", "COMMIT")] {
        let held = Held::at(&ready, key, words);
        let recovered = thread::scope(|threads| {
            let running = threads.spawn(|| load(&mut ready.program(), &used, cents));
            let recovered = held.meanwhile(|| {
                let plain = ready.databases_at(ready.urls());
                plain.two_phase().recover(keys()).unwrap()
            });
            running.join().unwrap().unwrap();
            recovered
        });
        assert!(recovered.committed.is_empty(), "{recovered:?}");
        assert!(recovered.undone.is_empty(), "{recovered:?}");
        let left: Vec<&str> = recovered.left.iter().map(|(key, _)| &**key).collect();
        assert!(left.contains(&"ch"), "{recovered:?}");
        let is_refusal = |(_, error): &(String, Error)| error.is_retryable();
        assert!(recovered.left.iter().all(is_refusal), "{recovered:?}");
        ready.assert_line(cents, &used);
        ready.assert_nothing_left();
    }
}

#[test]
fn a_scope_that_is_committed_may_be_ended_by_another_program() {
    let ready = Ready::new();
    let used = ["at", "ch", "de"];
    let held = Held::at(&ready, "ch", PREPARE[1]);
    thread::scope(|threads| {
        let running = threads.spawn(|| load(&mut ready.program(), &used, 7));
        held.meanwhile(|| ready.databases_at(ready.urls()).two_phase().recover(keys()))
            .unwrap();
        running.join().unwrap().unwrap();
    });
    ready.assert_line(7, &used);
    ready.assert_nothing_left();
}

#[test]
fn scopes_and_recoveries_of_several_programs_do_not_disturb_one_another() {
    let ready = Ready::new();
    let is_over = AtomicBool::new(false);
    thread::scope(|threads| {
        let recovering = threads.spawn(|| {
            let mut databases = ready.program();
            while !is_over.load(Ordering::SeqCst) {
                databases.recover(keys()).unwrap();
            }
        });
        let writers: Vec<_> = [["at", "ch", "de"], ["at", "de", "pe"]]
            .into_iter()
            .enumerate()
            .map(|(at, used)| {
                let ready = &ready;
                threads.spawn(move || {
                    let mut databases = ready.program();
                    for number in 0..15 {
                        let cents = 1_000 + 100 * i64::try_from(at).unwrap() + number;
                        load(&mut databases, &used, cents).unwrap();
                    }
                })
            })
            .collect();
        let written: Vec<_> = writers
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        is_over.store(true, Ordering::SeqCst);
        recovering.join().unwrap();
        for result in written {
            result.unwrap();
        }
    });
    for number in 0..15 {
        ready.assert_line(1_000 + number, &["at", "ch", "de"]);
        ready.assert_line(1_100 + number, &["at", "de", "pe"]);
    }
    ready.assert_nothing_left();
}

/// Leaves a scope over three databases prepared on two of them.
fn abandoned(ready: &Ready, cents: i64) {
    let mut databases = ready.program();
    let panic = AtCommit::Run(Arc::new({
        let (urls, board) = (ready.urls(), Arc::clone(&ready.board));
        move || {
            // All connections are lost at once, as those of a program that is killed.
            for key in ["at", "ch", "de"] {
                super::KILL.unwrap()(&urls[key], board.number_of(key));
            }
        }
    }));
    ready.board.at_commit("at", panic);
    load(&mut databases, &["at", "ch", "de"], cents).unwrap_err();
}

#[test]
fn what_is_prepared_waits_for_the_database_that_decides() {
    let ready = Ready::new();
    abandoned(&ready, 1_007);
    let recovered = ready
        .program()
        .recover(["ch", "de", "pe"].map(str::to_owned));
    let recovered = recovered.unwrap();
    let left: Vec<&str> = recovered.left.iter().map(|(key, _)| &**key).collect();
    assert_eq!(
        (left.len(), recovered.undone.len()),
        (2, 0),
        "{recovered:?}"
    );
    ready.board.close("at");
    let recovered = ready.program().recover(keys()).unwrap();
    assert!(matches!(&recovered.left[0], (key, Error::Open { .. }) if key == "at"));
    assert_eq!((recovered.left.len(), recovered.undone.len()), (3, 0));
    ready.board.mend();
    let mut undone = ready.recover().undone;
    undone.sort_unstable();
    assert_eq!(undone, ["ch", "de"]);
    ready.assert_line(1_007, &[]);
    ready.assert_nothing_left();
}

#[test]
fn a_row_stays_as_long_as_one_of_its_databases_was_not_looked_at() {
    let ready = Ready::new();
    let lose = AtCommit::Run(Arc::new({
        let (urls, board) = (ready.urls(), Arc::clone(&ready.board));
        move || {
            for key in ["at", "ch", "de"] {
                super::KILL.unwrap()(&urls[key], board.number_of(key));
            }
        }
    }));
    ready.board.at_statement("ch", PREPARE[1], lose);
    let error = load(&mut ready.program(), &["at", "ch", "de"], 1_007).unwrap_err();
    assert!(error.to_string().contains("is committed"), "{error}");
    let recovered = ready
        .program()
        .recover(["at", "ch"].map(str::to_owned))
        .unwrap();
    assert_eq!(recovered.committed, ["ch"], "{recovered:?}");
    assert_eq!(ready.rows("at"), 2);
    assert_eq!(ready.recover().committed, ["de"]);
    ready.assert_line(1_007, &["at", "ch", "de"]);
    ready.assert_nothing_left();
}

#[test]
fn what_another_program_has_prepared_on_the_same_server_is_left_alone() {
    let (ready, other) = (Ready::new(), Ready::new());
    abandoned(&ready, 1_007);
    // Its keys are the same.
    other.assert_nothing_left();
    assert_eq!(ready.recover().undone.len(), 2);
    ready.assert_line(1_007, &[]);
}

#[test]
fn a_scope_recovers_nothing() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    databases.buffer_autoupdates(|databases| {
        add(databases, "at", 7)?;
        let error = databases.recover(keys()).unwrap_err();
        assert!(matches!(
            error.database(),
            Some(DieselError::AlreadyInTransaction)
        ));
        Ok::<_, Error>(())
    })?;
    ready.assert_line(7, &["at"]);
    Ok(())
}
