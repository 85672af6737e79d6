//! Connections that are lost at each step of the end, before a statement is sent and after it was
//! run.

use std::sync::Arc;

use maintained::ErrorKind;

use super::{DECIDE, FORGET, KILL, PREPARE, Ready, doubt, load};
use crate::KEYS;
use crate::board::AtCommit;
use crate::proxy::Proxy;

const USED: [&str; 3] = ["at", "ch", "de"];

/// Loses the connection to a database at a statement, and gives what was said of the scope.
#[track_caller]
fn lose(ready: &Ready, (key, words): (&str, &'static str), is_run: bool, cents: i64) -> Said {
    let mut urls = ready.urls();
    let proxy = Proxy::before(&urls[key]);
    urls.insert(key.to_owned(), proxy.url());
    let mut databases = ready.program_at(urls);
    if is_run {
        proxy.lose_the_answer_to(words);
    } else {
        let (url, board, struck) = (
            ready.place(key).url(),
            Arc::clone(&ready.board),
            key.to_owned(),
        );
        let kill = move || KILL.unwrap()(&url, board.number_of(&struck));
        let kill = AtCommit::Run(Arc::new(kill));
        match words {
            "COMMIT" => ready.board.at_commit(key, kill),
            _ => ready.board.at_statement(key, words, kill),
        }
    }
    let result = load(&mut databases, &USED, cents);
    ready.board.mend();
    let said = match result {
        Ok(()) => Said::Committed,
        Err(error) => match doubt(&error) {
            Some((committed, _)) if !committed.is_empty() => Said::Committed,
            Some(_) => Said::Unknown,
            None => {
                assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error:?}");
                Said::Undone
            }
        },
    };
    // The next scope ends what is left, and works.
    load(&mut databases, &KEYS, 100_000 + cents).unwrap();
    ready.assert_line(100_000 + cents, &KEYS);
    said
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Said {
    Committed,
    Undone,
    Unknown,
}

#[test]
fn a_connection_that_is_lost_at_any_step_leaves_all_or_nothing_and_the_next_scope_ends_it() {
    let ready = Ready::new();
    let [prepare, commit] = PREPARE;
    let steps = [
        ("at", DECIDE, Said::Undone),
        ("ch", prepare, Said::Undone),
        ("de", prepare, Said::Undone),
        ("at", "COMMIT", Said::Unknown),
        ("ch", commit, Said::Committed),
        ("de", commit, Said::Committed),
        ("at", FORGET, Said::Committed),
    ];
    let mut cents = 1_000;
    for (key, words, expected) in steps {
        for is_run in [false, true] {
            cents += 1;
            let said = lose(&ready, (key, words), is_run, cents);
            let what = format!("{words} on {key}, run: {is_run}");
            assert_eq!(said, expected, "{what}");
            let is_committed = ready.is_committed(cents, &USED);
            let is_to_be = match said {
                Said::Committed => true,
                Said::Undone => false,
                Said::Unknown => is_run,
            };
            assert_eq!(is_committed, is_to_be, "{what}");
            ready.assert_nothing_left();
        }
    }
}
