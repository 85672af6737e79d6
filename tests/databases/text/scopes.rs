//! Scopes inside one another, their modes, labels, values and retries: as on one database.

use std::collections::BTreeSet;

use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, ErrorKind, Mode};

use super::fleet::{Fleet, Outcome, add, get, send};
use super::{Inner, REFUSE};
use crate::board::AtCommit;
use crate::models::{Cart, Owner};
use crate::schema::owners;

#[test]
fn a_scope_inside_that_fails_is_undone_alone_on_all_databases() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    databases.buffer_autoupdates(|databases| {
        add(databases, "at", 7)?;
        let failed = databases.buffer_autoupdates(|databases| {
            add(databases, "at", 8)?;
            // It is used for the first time, and so enters both scopes.
            add(databases, "ch", 8)?;
            let failed = databases.immediate_autoupdates(|databases| {
                add(databases, "de", 9)?;
                add(databases, "at", 1_000_000)
            });
            assert_eq!(failed.unwrap_err().kind(), ErrorKind::CheckViolation);
            Err::<(), _>(Error::other("given up"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "given up");
        add(databases, "de", 7)?;
        databases.buffer_autoupdates(|databases| add(databases, "fr", 7))
    })?;
    fleet.assert_line(7, &["at", "de", "fr"]);
    fleet.assert_line(8, &[]);
    fleet.assert_line(9, &[]);
    let commits = fleet
        .board
        .sent()
        .into_iter()
        .filter(|it| it.ends_with("COMMIT"));
    let committed: Vec<String> = commits.collect();
    assert_eq!(
        committed,
        ["at COMMIT", "ch COMMIT", "de COMMIT", "fr COMMIT"]
    );
    Ok(())
}

#[test]
fn an_outer_scope_that_fails_undoes_what_scopes_inside_have_done() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let failed = databases.buffer_autoupdates(|databases| {
        databases.buffer_autoupdates(|databases| {
            add(databases, "at", 7)?;
            add(databases, "ch", 7)
        })?;
        Err::<(), _>(Error::other("given up"))
    });
    failed.unwrap_err();
    fleet.assert_line(7, &[]);
    add(&mut databases, "ch", 8)?;
    fleet.assert_line(8, &["ch"]);
    Ok(())
}

#[test]
fn a_scope_inside_that_panics_is_undone_alone() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    databases.buffer_autoupdates(|databases| {
        add(databases, "at", 7)?;
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            databases.buffer_autoupdates(|databases| {
                add(databases, "at", 8)?;
                add(databases, "ch", 8)?;
                std::panic::resume_unwind(Box::new("asked to panic"));
                #[expect(unreachable_code, reason = "the type of the body")]
                Ok::<(), Error>(())
            })
        }));
        assert!(panicked.is_err());
        add(databases, "ch", 7)
    })?;
    fleet.assert_line(7, &["at", "ch"]);
    fleet.assert_line(8, &[]);
    Ok(())
}

#[test]
fn a_panic_in_the_body_undoes_all() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        databases.buffer_autoupdates(|databases| {
            add(databases, "at", 7)?;
            databases.buffer_autoupdates(|databases| {
                add(databases, "ch", 7)?;
                std::panic::resume_unwind(Box::new("asked to panic"));
                #[expect(unreachable_code, reason = "the type of the body")]
                Ok::<(), Error>(())
            })
        })
    }));
    assert!(panicked.is_err());
    // They are undone at once, and not when they are used again.
    fleet.place("at").plain("UPDATE owners SET name = name");
    fleet.assert_line(7, &[]);
    for key in ["at", "ch"] {
        let conn = get(&mut databases, key)?;
        assert_eq!(conn.mode(), Mode::Immediate);
        assert!(conn.pending()?.is_empty());
    }
    add(&mut databases, "at", 8)
}

#[test]
fn the_mode_of_a_scope_holds_on_each_database() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    databases.buffer_autoupdates(|databases| {
        add(databases, "at", 7)?;
        assert!(!get(databases, "at")?.pending()?.is_empty());
        databases.immediate_autoupdates(|databases| {
            assert_eq!(get(databases, "ch")?.mode(), Mode::Buffered);
            Ok::<_, Error>(())
        })
    })?;
    databases.immediate_autoupdates(|databases| {
        add(databases, "at", 7)?;
        assert!(get(databases, "at")?.pending()?.is_empty());
        Ok::<_, Error>(())
    })?;
    databases.disable_autoupdates(|databases| {
        for key in ["de", "fr"] {
            add(databases, key, 7)?;
        }
        databases.buffer_autoupdates(|databases| {
            assert_eq!(get(databases, "pe")?.mode(), Mode::Disabled);
            Ok::<_, Error>(())
        })
    })?;
    for key in ["at", "ch", "pe"] {
        fleet.place(key).seen().right();
    }
    for key in ["de", "fr"] {
        assert!(fleet.place(key).seen().stale.contains("Cart::total"));
        assert_eq!(get(&mut databases, key)?.mode(), Mode::Immediate);
        Cart::touch(get(&mut databases, key)?, &[1])?;
    }
    fleet.assert_line(7, &["at", "de", "fr"]);
    Ok(())
}

#[test]
fn the_labels_of_a_scope_choose_on_each_database() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    databases.run(Scope::buffered().except(["names"]), |databases| {
        for key in ["at", "pe"] {
            Owner::update(get(databases, key)?, 1, owners::name.eq("Eve"))?;
        }
        Ok::<_, Error>(())
    })?;
    for key in ["at", "pe"] {
        let stale = fleet.place(key).seen().stale;
        assert_eq!(stale, BTreeSet::from(["Cart::label".to_owned()]));
    }
    let unknown = databases.run(Scope::buffered().only(["nmaes"]), |_| Ok::<_, Error>(()));
    assert!(
        matches!(unknown, Err(Error::UnknownLabel { .. })),
        "{unknown:?}"
    );
    Ok(())
}

#[test]
fn the_values_of_a_scope_are_there_on_each_database_and_gone_with_it() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    databases.run(Scope::buffered().with(7_i32).with("outer"), |databases| {
        databases.run(Scope::buffered().with(8_i32), |databases| {
            for key in ["at", "pe"] {
                let conn = get(databases, key)?;
                assert_eq!((conn.value(), conn.value()), (Some(&8_i32), Some(&"outer")));
            }
            Ok::<_, Error>(())
        })?;
        for key in ["at", "ch"] {
            assert_eq!(get(databases, key)?.value(), Some(&7_i32));
        }
        Ok::<_, Error>(())
    })?;
    for key in ["at", "ch", "pe"] {
        assert_eq!(get(&mut databases, key)?.value::<i32>(), None);
    }
    Ok(())
}

#[test]
fn a_scope_that_one_database_refuses_is_run_again_on_all() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let mut times = 0;
    databases.run_retried(Scope::buffered().retries(3), |databases| {
        times += 1;
        add(databases, "at", 7)?;
        add(databases, "pe", 7)?;
        if times <= 2 {
            send(databases, "pe", REFUSE)?;
        }
        Ok::<_, Error>(())
    })?;
    assert_eq!(times, 3);
    for key in ["at", "pe"] {
        let rows = fleet.place(key).seen().right();
        assert_eq!(rows.iter().filter(|it| *it == "line a 7").count(), 1);
        let report = get(&mut databases, key)?.last_flush().unwrap();
        assert_eq!(report.retries, 2);
    }
    // As often as is allowed, and only the outermost scope.
    let mut times = 0;
    let failed = databases.run_retried(Scope::buffered().retries(1), |databases| {
        databases.run_retried(Scope::buffered().retries(9), |databases| {
            times += 1;
            send(databases, "at", REFUSE)
        })
    });
    assert!(failed.unwrap_err().is_retryable());
    assert_eq!(times, 2);
    // What is no refusal is not run again, though the scope before was refused.
    let mut times = 0;
    let failed = databases.run_retried(Scope::buffered().retries(9), |databases| {
        times += 1;
        add(databases, "at", 1_000_000)
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::CheckViolation);
    assert_eq!(times, 1);
    Ok(())
}

#[test]
fn a_scope_inside_that_ends_on_some_databases_only_cannot_be_kept() {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let board = std::sync::Arc::clone(&fleet.board);
    let failed = databases.buffer_autoupdates(|databases| {
        add(databases, "at", 7)?;
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            databases.buffer_autoupdates(|databases| {
                add(databases, "at", 8)?;
                add(databases, "ch", 8)?;
                board.at_end("ch", 2, AtCommit::Panic);
                Ok::<_, Error>(())
            })
        }));
        assert!(panicked.is_err());
        // The body goes on as if nothing had been.
        Ok::<_, Error>(())
    });
    assert!(failed.unwrap_err().to_string().contains("has panicked"));
    fleet.assert_line(7, &[]);
    fleet.assert_line(8, &[]);
    databases
        .buffer_autoupdates(|databases| add(databases, "at", 9))
        .unwrap();
    fleet.assert_line(9, &["at"]);
}

#[test]
fn a_database_on_which_a_transaction_is_open_cannot_join() -> Outcome {
    use diesel::connection::TransactionManager;
    use maintained::Levels;

    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    Levels::begin_transaction(get(&mut databases, "at")?)?;
    let failed = databases.buffer_autoupdates(|databases| {
        add(databases, "ch", 7)?;
        add(databases, "at", 7)
    });
    let error = failed.unwrap_err();
    assert!(
        matches!(
            error.database(),
            Some(diesel::result::Error::AlreadyInTransaction)
        ),
        "{error:?}"
    );
    Levels::rollback_transaction(get(&mut databases, "at")?)?;
    fleet.assert_line(7, &[]);
    databases.buffer_autoupdates(|databases| add(databases, "at", 7))?;
    fleet.assert_line(7, &["at"]);
    Ok(())
}

#[test]
fn what_is_done_on_a_database_outside_of_a_scope_is_done_at_once() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    add(&mut databases, "at", 7)?;
    fleet.assert_line(7, &["at"]);
    let conn = get(&mut databases, "at")?;
    conn.buffer_autoupdates(|conn| {
        crate::models::Line::insert(conn, crate::models::line(1, 8)).map(drop)
    })?;
    fleet.assert_line(8, &["at"]);
    send(&mut databases, "at", "UPDATE owners SET name = name")?;
    let keys: Vec<&String> = databases.keys().collect();
    assert_eq!(keys, ["at"]);
    let _: &maintained::Databases<String, Inner> = &databases;
    Ok(())
}
