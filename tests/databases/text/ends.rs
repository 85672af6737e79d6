//! How a scope ends: all are flushed, then all are committed; a failure before undoes all.

use maintained::prelude::*;
use maintained::{Error, ErrorKind, FlushReport};

use super::Inner;
use super::fleet::{Fleet, Outcome, Partly, add, get};
use crate::KEYS;
use crate::board::AtCommit;
use crate::models::{Cart, Line, line};
use crate::schema::carts;

#[test]
fn all_are_flushed_and_their_hooks_run_before_the_first_is_committed_in_key_order() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let scope = Scope::<Inner>::buffered().after_flush(|conn, _: &FlushReport| {
        // What a hook writes is flushed, too.
        Line::insert(conn, line(2, 8)).map(drop)
    });
    databases.run(scope, |databases| {
        for key in ["pe", "at", "de"] {
            add(databases, key, 7)?;
        }
        Ok::<_, Error>(())
    })?;
    let sent = fleet.board.sent();
    let first = sent.iter().position(|it| it.ends_with("COMMIT")).unwrap();
    assert_eq!(sent[first..], ["at COMMIT", "de COMMIT", "pe COMMIT"]);
    for key in ["at", "de", "pe"] {
        let of_flush = sent[..first]
            .iter()
            .filter(|it| **it == format!("{key} UPDATE"));
        assert!(of_flush.count() >= 2, "{sent:?}");
    }
    fleet.assert_line(7, &["at", "de", "pe"]);
    Ok(())
}

#[test]
fn a_body_that_fails_undoes_all() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let failed = databases.buffer_autoupdates(|databases| {
        for key in KEYS {
            add(databases, key, 7)?;
        }
        add(databases, "de", 1_000_000)
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::CheckViolation);
    fleet.assert_line(7, &[]);
    // The connections are as before.
    add(&mut databases, "de", 8)?;
    fleet.assert_line(8, &["de"]);
    assert_eq!(fleet.board.opened(), KEYS);
    Ok(())
}

#[test]
fn a_flush_or_a_hook_that_fails_on_the_last_undoes_all() {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let failed = databases.buffer_autoupdates(|databases| {
        for key in KEYS {
            add(databases, key, 7)?;
        }
        // Its label cannot be computed.
        let conn = get(databases, "pe")?;
        Cart::update(
            conn,
            1,
            diesel::ExpressionMethods::eq(carts::note, "refused"),
        )
        .map(drop)
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Setter);
    let scope = Scope::<Inner>::buffered().after_flush(|conn, _| {
        let is_last = conn.value() == Some(&"pe");
        if is_last {
            return Err(Error::other("the hook fails"));
        }
        Ok(())
    });
    let failed = databases.run(scope, |databases| {
        for key in KEYS {
            add(databases, key, 7)?;
        }
        databases.run(Scope::buffered().with("pe"), |databases| {
            get(databases, "pe")?;
            Ok::<_, Error>(())
        })
    });
    // The hook is that of the outer scope, and does not see the inner one's value.
    failed.unwrap();
    fleet.assert_line(7, &KEYS);
    let scope = Scope::<Inner>::buffered().after_flush(|_, _| Err(Error::other("the hook fails")));
    let failed = databases.buffer_autoupdates(|databases| {
        for key in KEYS {
            add(databases, key, 8)?;
        }
        databases.run(scope, |databases| {
            get(databases, "pe")?;
            Ok::<_, Error>(())
        })
    });
    assert_eq!(failed.unwrap_err().to_string(), "the hook fails");
    fleet.assert_line(8, &[]);
    assert!(
        fleet
            .board
            .sent()
            .iter()
            .filter(|it| it.ends_with("COMMIT"))
            .count()
            == KEYS.len()
    );
}

#[test]
fn a_commit_that_panics_after_another_is_told_by_the_next_call_once() -> Outcome {
    let fleet = Fleet::new();
    for (at, key) in KEYS.iter().enumerate() {
        let mut databases = fleet.databases();
        let cents = 700 + i64::try_from(at).unwrap();
        fleet.board.at_commit(key, AtCommit::Panic);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            databases.buffer_autoupdates(|databases| {
                for key in KEYS {
                    add(databases, key, cents)?;
                }
                Ok::<_, Error>(())
            })
        }));
        assert!(panicked.is_err());
        let error = match at % 2 {
            0 => get(&mut databases, "fr").map(drop).unwrap_err(),
            _ => databases
                .run_retried(Scope::buffered().retries(3), |_| Ok::<_, Error>(()))
                .unwrap_err(),
        };
        let said = Partly::of(&error).unwrap();
        assert_eq!(said, Partly::new(&KEYS[..at], &KEYS[at + 1..], &[key]));
        fleet.assert_line(cents, &KEYS[..at]);
        add(&mut databases, key, cents + 100)?;
        fleet.assert_line(cents + 100, &[key]);
    }
    Ok(())
}
