//! What has become of the databases of a scope that is being committed.

use std::fmt;

use crate::error::Error;
use crate::sql::Ending;

pub(super) struct Progress<K> {
    pub(super) committed: Vec<K>,
    pub(super) undone: Vec<K>,
    /// The database whose commit was begun, until its answer is there.
    pub(super) under_way: Option<K>,
    /// The databases that are prepared, where the one that is committed decides about all.
    pub(super) prepared: Option<Vec<K>>,
}

impl<K> Default for Progress<K> {
    fn default() -> Self {
        Self {
            committed: Vec::new(),
            undone: Vec::new(),
            under_way: None,
            prepared: None,
        }
    }
}

impl<K: Ord + Clone + fmt::Debug> Progress<K> {
    /// Whether a database is committed, or may be.
    pub(super) fn has_begun(&self) -> bool {
        !self.committed.is_empty() || self.under_way.is_some()
    }

    /// How all that is prepared is to end, where that is known.
    pub(super) fn ending(&self) -> Option<Ending> {
        match (&self.under_way, self.committed.is_empty()) {
            // The commit that is under way decides, and nobody knows whether it was made.
            (Some(_), true) => None,
            (_, false) => Some(Ending::Commit),
            (None, true) => Some(Ending::Undo),
        }
    }

    pub(super) fn note_undone(&mut self, key: &K) {
        if self.under_way.as_ref() != Some(key) {
            self.undone.push(key.clone());
        }
    }

    /// The error that says what has become of which database; nothing is known here afterwards.
    pub(super) fn error(&mut self, source: Error) -> Error {
        let Self {
            committed,
            undone,
            under_way,
            prepared,
        } = std::mem::take(self);
        let source = Box::new(source);
        match prepared {
            Some(prepared) => Error::InDoubt {
                committed: texts(committed),
                in_doubt: texts(under_way.into_iter().chain(prepared)),
                source,
            },
            None => Error::PartlyCommitted {
                committed: texts(committed),
                undone: texts(undone),
                unknown: texts(under_way),
                source,
            },
        }
    }
}

fn texts<K: fmt::Debug>(keys: impl IntoIterator<Item = K>) -> Vec<String> {
    keys.into_iter().map(|key| format!("{key:?}")).collect()
}
