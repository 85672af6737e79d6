//! Several connections at once leave nothing stale, whether they keep fields by differences or compute them anew.

use std::fmt::Debug;
use std::sync::Barrier;
use std::thread;

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::check::stale;
use super::program::{run, write};
use super::{Conn, Place};
use crate::models::schema::{crates, depots};
use crate::models::{Crate, Depot};

const WRITERS: usize = 4;
const STEPS: usize = 30;

/// Runs random programs beside one another, each on a connection of its own.
pub(super) fn run_beside<S: Strategy>(
    place: &Place,
    step: impl Fn() -> S,
    (writers, steps): (usize, usize),
    act: impl Fn(&mut Conn, &S::Value) -> Result<(), Error> + Sync,
) where
    S::Value: Sync + Send,
{
    let mut runner = TestRunner::deterministic();
    let mut program = || {
        let program = prop::collection::vec(step(), steps);
        program.new_tree(&mut runner).unwrap().current()
    };
    let programs: Vec<Vec<S::Value>> = (0..writers).map(|_| program()).collect();
    let start = Barrier::new(writers);
    thread::scope(|threads| {
        for program in &programs {
            let (start, act) = (&start, &act);
            threads.spawn(move || {
                let mut conn = place.connect();
                start.wait();
                for step in program {
                    until_done(&mut conn, step, act);
                }
            });
        }
    });
}

/// Runs again what the database refuses, and lets go of rows that others have deleted meanwhile.
fn until_done<S: Debug>(
    conn: &mut Conn,
    step: &S,
    act: impl Fn(&mut Conn, &S) -> Result<(), Error>,
) {
    loop {
        match act(conn, step) {
            Err(error) if error.is_retryable() => {}
            Ok(()) | Err(Error::NotFound { .. } | Error::Database(_)) => return,
            Err(error) => panic!("{error} in {step:?}"),
        }
    }
}

#[test]
fn concurrent_writers_leave_declared_fields_right() {
    let place = Place::new();
    let mut conn = place.connect();
    for name in ["a", "b"] {
        let depot = Depot::insert(&mut conn, depots::name.eq(name)).unwrap();
        for _ in 0..2 {
            Crate::insert(&mut conn, crates::depot_id.eq(depot.id)).unwrap();
        }
    }
    run_beside(&place, write, (WRITERS, STEPS), run);
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}
