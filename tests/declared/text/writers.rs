//! Several connections at once leave nothing stale, whether they keep fields by differences or compute them anew.

use std::sync::Barrier;
use std::thread;

use diesel::prelude::*;
use maintained::prelude::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::check::stale;
use super::program::{Step, run, write};
use super::{Conn, Place};
use crate::models::schema::{crates, depots};
use crate::models::{Crate, Depot};

const WRITERS: usize = 4;
const STEPS: usize = 30;

/// Runs again what the database refuses, and lets go of rows that others have deleted meanwhile.
fn until_done(conn: &mut Conn, step: &Step) {
    loop {
        match run(conn, step) {
            Err(error) if error.is_retryable() => {}
            Ok(()) | Err(maintained::Error::NotFound { .. } | maintained::Error::Database(_)) => {
                return;
            }
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
    let mut runner = TestRunner::deterministic();
    let programs: Vec<Vec<Step>> = (0..WRITERS)
        .map(|_| {
            prop::collection::vec(write(), STEPS)
                .new_tree(&mut runner)
                .unwrap()
                .current()
        })
        .collect();
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
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}
