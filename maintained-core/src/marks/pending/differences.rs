//! By how much one write changes the numbers that rows keep.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::Pending;
use crate::declare::arena::Id;
use crate::graph::{ModelIndex, SetterIndex, Sides};

/// What a write's own statement has added to rows of each model, where it has added the differences.
pub(crate) type Written = Vec<(ModelIndex, Wrote)>;

/// What a statement has done to the rows of a model: one, or two where a row has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wrote {
    /// How many it has changed.
    pub(crate) changed: usize,
    /// What it has missed.
    pub(crate) missed: Sides,
    /// The first of two rows at which ways begin, where that is known: the row's old parent.
    pub(crate) first: Option<Id>,
}

impl Wrote {
    /// A row that a statement has changed so often; none, if it has missed the row.
    pub(crate) fn once(changed: Option<usize>) -> Self {
        Self {
            changed: changed.unwrap_or_default(),
            missed: changed.map_or(Sides::BOTH, |_| Sides::NONE),
            first: None,
        }
    }
}

/// By how much the writes since the last flush change numbers that rows keep: by model, row and
/// setter.
pub(crate) type Differences = HashMap<(ModelIndex, Id, SetterIndex), Adjustment>;

/// How a number changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adjustment {
    /// By so much.
    By(i64),
    /// A least or greatest value: to `came`, where that is further out. If `went` is as far out as
    /// the value, the value has to be computed anew.
    Toward {
        came: Option<i64>,
        went: Option<i64>,
    },
}

impl Pending {
    /// Says whether differences are noted from now on, and drops those noted so far: they belong to
    /// a single write, which is worked off at its end.
    pub(crate) fn note_differences(&mut self, wanted: bool) {
        self.differences = wanted.then(HashMap::new);
        self.written = None;
    }

    /// Whether differences are noted, and nothing has been marked yet.
    pub(crate) fn notes_first_differences(&self) -> bool {
        self.differences.as_ref().is_some_and(HashMap::is_empty) && self.is_empty()
    }

    /// Notes that the write itself has added all differences that it leaves, as far as it knows.
    pub(crate) fn note_written(&mut self, written: Written) {
        self.written = Some(written);
    }

    /// What [`note_written`](Self::note_written) has noted, which is told only once.
    pub(crate) fn take_written(&mut self) -> Option<Written> {
        self.written.take()
    }

    /// The differences noted so far, where they are wanted.
    pub(crate) fn differences(&mut self) -> Option<&mut Differences> {
        self.differences.as_mut()
    }

    /// The differences, in the order of rows and setters. `None` where there are none, or more than
    /// `most`; where there are other marks; and where any was left under a choice of labels.
    pub(crate) fn only_differences(
        &self,
        most: usize,
    ) -> Option<BTreeMap<(ModelIndex, Id, SetterIndex), Adjustment>> {
        let differences = self.differences.as_ref()?;
        if differences.is_empty() || differences.len() > most {
            return None;
        }
        let mut marks = 0;
        for layer in &self.layers {
            let counts = layer.models.iter().flat_map(|marks| &marks.counts);
            let count: usize = counts.map(|&count| count as usize).sum();
            if count > 0 && layer.choice.is_some() {
                return None;
            }
            marks += count;
        }
        // Each difference has a mark of its own.
        let differences = differences.iter().map(|(row, by)| (*row, *by));
        (marks == differences.len()).then(|| differences.collect())
    }
}
