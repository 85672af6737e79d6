//! Panics at any moment: at each event of any of the connections.

use std::panic::{AssertUnwindSafe, catch_unwind};

use maintained::Error;
use maintained::prelude::*;

use super::Inner;
use super::text::fleet::{Fleet, Many, Outcome, Partly, add, get};

/// The databases that are used.
const USED: [&str; 3] = ["at", "ch", "de"];

/// A scope with another one inside, and a hook that writes.
fn load(databases: &mut Many, cents: i64) -> Outcome {
    let scope = Scope::<Inner>::buffered().after_flush(|conn, _| {
        use crate::models::{Line, line};
        Line::insert(conn, line(2, 8)).map(drop)
    });
    databases.run(scope, |databases| {
        add(databases, "ch", cents)?;
        databases.immediate_autoupdates(|databases| {
            add(databases, "at", cents)?;
            add(databases, "de", cents)
        })
    })
}

#[test]
fn a_panic_at_any_moment_leaves_nothing_or_the_next_call_says_what_is_committed() {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    for key in USED {
        get(&mut databases, key).unwrap();
    }
    let (mut undone, mut partly) = (0, 0);
    for nth in 1.. {
        let cents = 1_000 + nth;
        fleet.board.panic_at_event(nth);
        let result = catch_unwind(AssertUnwindSafe(|| load(&mut databases, cents)));
        fleet.board.mend();
        let committed = fleet.with_line(cents);
        match result {
            Ok(result) => {
                result.unwrap();
                assert_eq!(committed.len(), USED.len());
                break;
            }
            Err(_) => match get(&mut databases, "at").map(drop) {
                Ok(()) => {
                    undone += 1;
                    assert!(committed.is_empty(), "{nth}: {committed:?}");
                }
                Err(error) => {
                    partly += 1;
                    let said = Partly::of(&error).unwrap();
                    said.assert_true(&USED, &committed);
                }
            },
        }
        // The connections are as good as new.
        let next = databases.buffer_autoupdates(|databases| {
            USED.iter()
                .try_for_each(|key| add(databases, key, 100_000 + nth))
        });
        next.unwrap_or_else(|error: Error| panic!("{nth}: {error}"));
        assert_eq!(fleet.with_line(100_000 + nth).len(), USED.len());
    }
    eprintln!("{undone} undone, {partly} partly committed");
    assert!(undone > 30 && partly >= USED.len(), "{undone}, {partly}");
    assert_eq!(fleet.board.opened(), USED, "none is opened again");
}
