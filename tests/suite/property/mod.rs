//! Any program of writes, scopes, failures and panics leaves no stale field. Rule 3, for everything at once.

pub mod world;

mod adds;
mod program;
mod run;
mod writes;

use maintained::prelude::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};

use self::program::{Step, debts, program, right_program};
use self::run::Runner;
use super::support::oracle::{assert_right, rows, stale};
use super::support::shop;
use super::support::statements::{looks_again, recorded};
use crate::Conn;

const KEPT: &str = "proptest-regressions/programs.txt";

/// `PROPTEST_CASES` sets another number of cases. What fails is kept in a file, and tried first by
/// all tests that name the file.
pub(super) fn config(kept: &'static str, cases: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(cases);
    Config {
        cases,
        max_shrink_iters: 4000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(kept))),
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config(KEPT, 160))]

    #[test]
    fn no_program_leaves_a_stale_field(program in program()) {
        let mut conn = shop::reopen();
        for step in &program {
            outermost(&mut conn, step)?;
        }
    }
}

proptest! {
    #![proptest_config(config(KEPT, 120))]

    #[test]
    fn a_program_gives_the_same_data_in_buffered_and_in_immediate_mode(program in right_program()) {
        let mut buffered = shop::reopen();
        let mut immediate = shop::reopen();
        Scope::buffered()
            .run(&mut buffered, |conn| -> Result<(), maintained::Error> {
                for step in &program {
                    let _swallowed = Runner::buffered().attempt_inside(conn, step);
                }
                Ok(())
            })
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        for step in &program {
            let _swallowed = Runner::immediate().attempt(&mut immediate, step);
            prop_assert_eq!(stale(&mut immediate), vec![], "in immediate mode, after {:?}", step);
        }
        prop_assert_eq!(stale(&mut buffered), vec![], "in buffered mode");
        prop_assert_eq!(rows(&mut buffered).text(), rows(&mut immediate).text());
    }
}

proptest! {
    #![proptest_config(config(KEPT, 40))]

    /// Rule 16: nothing of a hash's or a thread's order takes part.
    #[test]
    fn a_program_gives_the_same_statements_in_the_same_order_twice(program in program()) {
        let statements = || {
            let mut conn = shop::reopen();
            let run = |conn: &mut Conn| {
                for step in &program {
                    let _swallowed = Runner::as_written().attempt(conn, step);
                }
            };
            let mut statements = recorded(&mut conn, run).1;
            statements.retain(|statement| !looks_again(statement));
            statements
        };
        prop_assert_eq!(statements(), statements());
    }
}

/// Runs a step outside of any scope, then holds the database and the connection to the rules.
fn outermost(conn: &mut Conn, step: &Step) -> Result<(), TestCaseError> {
    if let Step::BaseMode(mode) = step {
        conn.set_base_mode(*mode);
        return Ok(());
    }
    let base = conn.mode();
    let before = rows(conn).text();
    let result = Runner::as_written().attempt(conn, step);
    prop_assert_eq!(conn.mode(), base, "the stack is restored");
    if let Err(failure) = &result {
        prop_assert_eq!(
            rows(conn).text(),
            before,
            "a step that failed left something: {}",
            failure
        );
    }
    prop_assert!(
        conn.pending().unwrap().is_empty(),
        "marks are left: {:?}",
        conn.pending().unwrap()
    );
    let debts = debts(step, base);
    let stale = stale(conn);
    let owed = stale.iter().all(|stale| debts.contains(&stale.field));
    prop_assert!(owed, "stale, and no debt: {:#?}", stale);
    if !stale.is_empty() {
        world::cure(conn).unwrap();
        Scope::immediate()
            .run(conn, world::touch_everything)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        assert_right(conn);
    }
    Ok(())
}
