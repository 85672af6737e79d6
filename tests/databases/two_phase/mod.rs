//! Scopes that are committed on all databases or on none, whatever happens.

mod ends;
mod killed;
mod lost;
mod random;
mod recovery;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use maintained::{Error, Recovered, operations};

use super::text::fleet::{Fleet, Many, Outcome, add, get};
use super::{Inner, KILL, PREPARE, Place};
use crate::KEYS;

/// What comes before anything is prepared.
pub const DECIDE: &str = "INSERT INTO maintained_commits";
/// What comes after all is ended.
pub const FORGET: &str = "DELETE FROM maintained_commits";

/// Databases that prepare transactions.
pub struct Ready(Fleet);

impl Deref for Ready {
    type Target = Fleet;

    fn deref(&self) -> &Fleet {
        &self.0
    }
}

impl Ready {
    pub fn new() -> Self {
        let fleet = Fleet::of(Place::preparing);
        for place in fleet.places.values() {
            place.plain(&operations::schema::<Inner>());
        }
        Self(fleet)
    }

    /// A program that uses them.
    pub fn program(&self) -> Many {
        self.databases().two_phase()
    }

    /// The same by other addresses.
    pub fn program_at(&self, urls: BTreeMap<String, String>) -> Many {
        self.databases_at(urls).two_phase()
    }

    /// Has another program recover what is left.
    #[track_caller]
    pub fn recover(&self) -> Recovered<String> {
        let recovered = self.program().recover(keys()).unwrap();
        assert!(recovered.left.is_empty(), "{recovered:?}");
        recovered
    }

    /// Whether such a line is in all of these databases, or in none.
    #[track_caller]
    pub fn is_committed(&self, cents: i64, used: &[&str]) -> bool {
        let found = self.with_line(cents);
        let used: BTreeSet<String> = used.iter().map(|&key| key.to_owned()).collect();
        assert!(
            found.is_empty() || found == used,
            "one is committed and another not: {found:?} of {used:?}"
        );
        !found.is_empty()
    }

    /// Nothing is left: no transaction, no lock, no row.
    #[track_caller]
    pub fn assert_nothing_left(&self) {
        let recovered = self.recover();
        let ended = [recovered.committed, recovered.undone].concat();
        assert_eq!(ended, Vec::<String>::new());
        // It would wait for locks.
        self.clear();
        for key in KEYS {
            assert_eq!(self.rows(key), 1, "a row is left in {key}");
        }
    }

    /// The rows of the table of commits.
    pub fn rows(&self, key: &str) -> i64 {
        let rows = diesel::dsl::sql::<BigInt>("COUNT(*) FROM maintained_commits");
        let place = self.place(key);
        let rows = |conn: &mut Inner| diesel::select(rows).get_result(conn);
        place.aside.with(&place.url(), rows).unwrap()
    }
}

/// A transaction that is left prepared holds locks, be the test failed or not.
impl Drop for Ready {
    fn drop(&mut self) {
        self.board.mend();
        self.program().recover(keys()).ok();
    }
}

/// The keys of all databases.
pub fn keys() -> [String; 5] {
    KEYS.map(str::to_owned)
}

/// Inserts a line that is worth so much into each of them.
pub fn load(databases: &mut Many, keys: &[&str], cents: i64) -> Outcome {
    databases.buffer_autoupdates(|databases| {
        for key in keys {
            add(databases, key, cents)?;
        }
        Ok(())
    })
}

/// What an error says of a scope that is in doubt: the databases that have committed it, and those
/// that have not answered.
pub fn doubt(error: &Error) -> Option<(Vec<&str>, Vec<&str>)> {
    let bare = |keys: &'_ [String]| -> Vec<String> {
        let bare = keys.iter().map(|key| key.trim_matches('"').to_owned());
        bare.collect()
    };
    let known = |keys: Vec<String>| -> Vec<&'static str> {
        let keys = KEYS
            .into_iter()
            .filter(|key| keys.iter().any(|it| it == key));
        keys.collect()
    };
    match error {
        Error::InDoubt {
            committed,
            in_doubt,
            ..
        } => Some((known(bare(committed)), known(bare(in_doubt)))),
        _ => None,
    }
}
