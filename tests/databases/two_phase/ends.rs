//! How a scope ends where nothing goes wrong, and where its body fails.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use diesel::connection::TransactionManager;
use maintained::{Error, ErrorKind, Levels, Scope};

use super::super::REFUSE;
use super::super::text::fleet::send;
use super::{DECIDE, Outcome, Ready, add, get, load};
use crate::KEYS;
use crate::board::AtCommit;

#[test]
fn the_first_that_is_used_decides_and_is_committed_when_all_others_are_prepared() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    load(&mut databases, &["de", "pe", "at"], 1_007)?;
    let steps = [
        "de decide",
        "at prepare",
        "pe prepare",
        "de commit",
        "at commit prepared",
        "pe commit prepared",
        "de forget",
    ];
    assert_eq!(ready.board.steps(), steps);
    ready.assert_line(1_007, &["at", "de", "pe"]);
    ready.assert_nothing_left();
    // The next scope is another one, and another database decides.
    ready.board.steps();
    load(&mut databases, &["pe", "at"], 1_008)?;
    let steps = [
        "pe decide",
        "at prepare",
        "pe commit",
        "at commit prepared",
        "pe forget",
    ];
    assert_eq!(ready.board.steps(), steps);
    ready.assert_line(1_008, &["at", "pe"]);
    ready.assert_nothing_left();
    Ok(())
}

#[test]
fn a_scope_with_one_database_prepares_nothing() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    load(&mut databases, &["pe"], 7)?;
    add(&mut databases, "at", 7)?;
    assert_eq!(ready.board.steps(), ["pe commit", "at commit"]);
    ready.assert_line(7, &["at", "pe"]);
    Ok(())
}

#[test]
fn scopes_inside_are_savepoints_on_databases_that_are_prepared_later() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    databases.buffer_autoupdates(|databases| {
        add(databases, "at", 7)?;
        let failed = databases.buffer_autoupdates(|databases| {
            add(databases, "ch", 8)?;
            databases.buffer_autoupdates(|databases| add(databases, "de", 8))?;
            add(databases, "ch", 1_000_000)
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::CheckViolation);
        add(databases, "ch", 7)
    })?;
    ready.assert_line(7, &["at", "ch"]);
    ready.assert_line(8, &[]);
    ready.assert_nothing_left();
    Ok(())
}

#[test]
fn a_body_that_fails_undoes_all_and_leaves_the_connections_as_they_were() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    for cents in [7, 8] {
        let failed = databases.buffer_autoupdates(|databases| {
            for key in KEYS {
                add(databases, key, cents)?;
            }
            add(databases, "de", 1_000_000)
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::CheckViolation);
        ready.assert_line(cents, &[]);
        // What is done outside of a scope is committed, and not prepared.
        for key in KEYS {
            add(&mut databases, key, 100 + cents)?;
        }
        ready.assert_line(100 + cents, &KEYS);
    }
    assert_eq!(ready.board.opened(), KEYS);
    ready.assert_nothing_left();
    Ok(())
}

#[test]
fn a_panic_at_any_moment_of_the_end_leaves_all_or_nothing() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    let (mut committed, mut undone) = (0, 0);
    for nth in 1.. {
        let cents = 1_000 + nth;
        for key in KEYS {
            get(&mut databases, key)?;
        }
        let board = Arc::clone(&ready.board);
        let arm = move || board.at_event(nth, AtCommit::Panic);
        let arm = AtCommit::Run(Arc::new(arm));
        ready.board.at_statement("at", DECIDE, arm);
        let result = catch_unwind(AssertUnwindSafe(|| {
            load(&mut databases, &["at", "ch", "de"], cents)
        }));
        ready.board.mend();
        if let Ok(result) = result {
            result?;
            break;
        }
        // At once, and not by the next call.
        let is_committed = ready.is_committed(cents, &["at", "ch", "de"]);
        *if is_committed {
            &mut committed
        } else {
            &mut undone
        } += 1;
        match get(&mut databases, "pe") {
            Ok(_) => assert!(!is_committed),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::InDoubt);
                // The end of the database that decides is not known after a panic in it.
                assert!(is_committed || super::doubt(&error).unwrap().0.is_empty());
            }
        }
        ready.assert_nothing_left();
    }
    assert!(committed > 2 && undone > 2, "{committed} {undone}");
    Ok(())
}

#[test]
fn a_database_that_is_not_set_up_cannot_join() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    ready.place("ch").plain("DROP TABLE maintained_commits");
    for keys in [["at", "ch"], ["ch", "at"]] {
        let error = load(&mut databases, &keys, 7).unwrap_err();
        assert!(matches!(&error, Error::CannotPrepare { database, .. } if database == "\"ch\""));
        assert!(error.to_string().contains("set_up"), "{error}");
        ready.assert_line(7, &[]);
    }
    // Alone it may be used, and as soon as it is set up with others.
    load(&mut databases, &["ch"], 8)?;
    maintained::operations::set_up(get(&mut databases, "ch")?)?;
    load(&mut databases, &["ch", "at"], 7)?;
    ready.assert_line(7, &["at", "ch"]);
    Ok(())
}

#[test]
fn a_database_whose_first_use_fails_does_not_decide() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    Levels::begin_transaction(get(&mut databases, "at")?)?;
    databases.buffer_autoupdates(|databases| {
        assert!(get(databases, "at").is_err());
        add(databases, "pe", 1_007)?;
        assert!(get(databases, "at").is_err());
        add(databases, "ch", 1_007)
    })?;
    assert_eq!(ready.board.steps()[0], "pe decide");
    Levels::rollback_transaction(get(&mut databases, "at")?)?;
    ready.assert_line(1_007, &["ch", "pe"]);
    ready.assert_nothing_left();
    Ok(())
}

#[test]
fn a_scope_that_one_database_refuses_is_run_again_on_all() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    let mut times = 0;
    databases.run_retried(Scope::buffered().retries(3), |databases| {
        times += 1;
        for key in ["at", "ch", "pe"] {
            add(databases, key, 7)?;
        }
        if times <= 2 {
            let key = ["at", "pe"][times - 1];
            send(databases, key, REFUSE)?;
        }
        Ok::<_, Error>(())
    })?;
    assert_eq!(times, 3);
    ready.assert_line(7, &["at", "ch", "pe"]);
    ready.assert_nothing_left();
    Ok(())
}
