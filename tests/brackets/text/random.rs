//! Any program leaves every field right: after each step outside of all scopes, and after each flush inside.

use std::time::Instant;

use maintained::prelude::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};

use super::oracle::stale;
use super::program::{Step, program};
use super::run::Runner;
use super::{Conn, OPERATIONS, Place, empty, stock};

#[test]
fn no_program_around_and_in_brackets_leaves_a_stale_field() {
    let place = Place::new();
    let wanted = std::env::var("BRACKET_OPERATIONS")
        .ok()
        .and_then(|operations| operations.parse().ok())
        .unwrap_or(OPERATIONS);
    let conn = std::cell::RefCell::new(place.connect());
    let operations = std::cell::Cell::new(0);
    let has_failed = std::cell::Cell::new(false);
    let begin = Instant::now();
    while operations.get() < wanted {
        let mut runner = TestRunner::new(Config {
            cases: 32,
            max_shrink_iters: 20_000,
            failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
                "proptest-regressions/brackets.txt",
            ))),
            ..Config::default()
        });
        let ran = runner.run(&program(), |program| {
            let (done, count) = run(&mut conn.borrow_mut(), &program);
            // After a failure the program is made shorter, which is no search.
            if !has_failed.get() {
                operations.set(operations.get() + count);
            }
            has_failed.set(has_failed.get() || done.is_err());
            done
        });
        if let Err(failure) = ran {
            panic!("after {} operations: {failure}", operations.get());
        }
    }
    eprintln!(
        "{} operations in {:?}, none stale",
        operations.get(),
        begin.elapsed()
    );
}

/// Runs a program on the rows with which every test begins, and says how many operations it took.
fn run(conn: &mut Conn, program: &[(bool, Step)]) -> (Result<(), TestCaseError>, u64) {
    empty(conn);
    stock(conn).unwrap();
    let mut runner = Runner::default();
    for (buffered, step) in program {
        let done = outermost(&mut runner, conn, *buffered, step);
        if done.is_err() {
            conn.set_base_mode(Mode::Immediate);
            return (done, runner.operations);
        }
    }
    conn.set_base_mode(Mode::Immediate);
    (Ok(()), runner.operations)
}

/// Runs a step outside of any scope, then holds the database and the connection to the rules.
fn outermost(
    runner: &mut Runner,
    conn: &mut Conn,
    buffered: bool,
    step: &Step,
) -> Result<(), TestCaseError> {
    let mode = if buffered {
        Mode::Buffered
    } else {
        Mode::Immediate
    };
    conn.set_base_mode(mode);
    if let Err(error) = runner.step(conn, step) {
        return Err(TestCaseError::fail(format!("{step:?}: {error}")));
    }
    prop_assert_eq!(conn.mode(), mode);
    prop_assert!(conn.pending().unwrap().is_empty(), "marks are left");
    prop_assert_eq!(stale(conn), Vec::<String>::new(), "after {:?}", step);
    Ok(())
}
