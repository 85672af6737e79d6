//! Connections that a server ends.

use std::sync::Arc;

use maintained::{Error, ErrorKind, Scope};

use super::KILL;
use super::text::fleet::{Fleet, Outcome, Partly, add};
use crate::KEYS;
use crate::board::AtCommit;
use crate::proxy::Proxy;

#[test]
fn a_connection_that_is_lost_in_a_scope_undoes_all_and_is_opened_again() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let failed = databases.buffer_autoupdates(|databases| {
        for key in KEYS {
            add(databases, key, 7)?;
        }
        fleet.kill("de");
        // The body goes on, and sees no error.
        add(databases, "pe", 8)
    });
    let error = failed.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error:?}");
    fleet.assert_line(7, &[]);
    fleet.board.opened();
    databases.buffer_autoupdates(|databases| {
        for key in KEYS {
            add(databases, key, 9)?;
        }
        Ok::<_, Error>(())
    })?;
    fleet.assert_line(9, &KEYS);
    assert_eq!(fleet.board.opened(), ["de"]);
    Ok(())
}

#[test]
fn a_connection_that_is_lost_between_scopes_is_opened_again_when_a_scope_begins_on_it() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    add(&mut databases, "de", 6)?;
    fleet.board.opened();
    fleet.kill("de");
    databases.buffer_autoupdates(|databases| add(databases, "de", 7))?;
    assert_eq!(fleet.board.opened(), ["de"]);
    // Outside of a scope a statement finds it out, and the next `get` opens it.
    fleet.kill("de");
    let error = add(&mut databases, "de", 8).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error:?}");
    add(&mut databases, "de", 9)?;
    assert_eq!(fleet.board.opened(), ["de"]);
    fleet.assert_line(7, &["de"]);
    fleet.assert_line(8, &[]);
    fleet.assert_line(9, &["de"]);
    // Where it cannot be opened again, the error says so, and nothing is open.
    fleet.kill("de");
    fleet.board.close("de");
    let failed = databases.buffer_autoupdates(|databases| {
        add(databases, "at", 11)?;
        add(databases, "de", 11)
    });
    assert!(matches!(failed, Err(Error::Open { .. })), "{failed:?}");
    fleet.assert_line(11, &[]);
    Ok(())
}

#[test]
fn a_commit_whose_answer_does_not_come_is_told_as_unknown() {
    for is_committed in [false, true] {
        for (at, key) in KEYS.iter().enumerate() {
            let fleet = Fleet::new();
            let mut urls = fleet.urls();
            let proxy = Proxy::before(&urls[*key]);
            urls.insert((*key).to_owned(), proxy.url());
            let mut databases = fleet.databases_at(urls);
            if is_committed {
                proxy.lose_the_answer_to_a_commit();
            } else {
                let (url, board) = (fleet.place(key).url(), Arc::clone(&fleet.board));
                let kill = move || KILL.unwrap()(&url, board.number_of(key));
                fleet.board.at_commit(key, AtCommit::Run(Arc::new(kill)));
            }
            let mut times = 0;
            let failed = databases.run_retried(Scope::buffered().retries(3), |databases| {
                times += 1;
                for key in KEYS {
                    add(databases, key, 7)?;
                }
                Ok::<_, Error>(())
            });
            let error = failed.unwrap_err();
            assert_eq!(times, 1);
            let said = Partly::of(&error).unwrap_or_else(|| panic!("{error:?}"));
            assert_eq!(said, Partly::new(&KEYS[..at], &KEYS[at + 1..], &[key]));
            fleet.assert_line(7, &KEYS[..at + usize::from(is_committed)]);
            assert_eq!(error.kind(), ErrorKind::PartlyCommitted);
            // The connection is opened again.
            let next = databases.buffer_autoupdates(|databases| {
                KEYS.iter().try_for_each(|key| add(databases, key, 8))
            });
            next.unwrap();
            fleet.assert_line(8, &KEYS);
        }
    }
}

#[test]
fn the_commit_of_a_single_database_whose_answer_does_not_come_is_told_as_unknown() {
    let fleet = Fleet::new();
    let mut urls = fleet.urls();
    let proxy = Proxy::before(&urls["at"]);
    urls.insert("at".to_owned(), proxy.url());
    let mut databases = fleet.databases_at(urls);
    proxy.lose_the_answer_to_a_commit();
    let failed = databases.buffer_autoupdates(|databases| add(databases, "at", 7));
    let said = Partly::of(&failed.unwrap_err()).unwrap();
    assert_eq!(said, Partly::new(&[], &[], &["at"]));
    fleet.assert_line(7, &["at"]);
}
