//! Several connections at once leave no total of totals stale.

use std::sync::Barrier;
use std::thread;

use maintained::Error;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::super::{Conn, Place};
use super::program::{Step, act, step};
use super::{stale, stock};

const WRITERS: usize = 4;
const STEPS: usize = 60;

/// Runs again what the database refuses, and lets go of rows that others have deleted meanwhile.
fn until_done(conn: &mut Conn, step: &Step) {
    loop {
        match act(conn, step) {
            Err(error) if error.is_retryable() => {}
            Ok(()) | Err(Error::NotFound { .. } | Error::Database(_)) => return,
            Err(error) => panic!("{error} in {step:?}"),
        }
    }
}

#[test]
fn concurrent_writers_leave_totals_of_totals_right() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let mut runner = TestRunner::deterministic();
    let mut program = || {
        let steps = prop::collection::vec(step(), STEPS);
        steps.new_tree(&mut runner).unwrap().current()
    };
    let programs: Vec<Vec<Step>> = (0..WRITERS).map(|_| program()).collect();
    let start = Barrier::new(WRITERS);
    thread::scope(|threads| {
        for program in &programs {
            let (place, start) = (&place, &start);
            threads.spawn(move || {
                let mut conn = place.connect();
                start.wait();
                for step in program {
                    until_done(&mut conn, step);
                }
            });
        }
    });
    assert_eq!(stale(&mut conn), Vec::<&str>::new());
}
