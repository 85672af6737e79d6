//! Rows that cannot be computed: set aside, so that all others can.
//!
//! A flush stops at the first of them. It is undone and run again without the rows that it named,
//! whose marks are kept.

use hashbrown::HashSet;

use crate::declare::arena::Id;
use crate::graph::{Choice, ModelIndex, SlotIndex, UnitIndex};

/// A mark: by which choice of labels, on which row, for which slot.
pub(crate) type Mark = (Choice, ModelIndex, Id, SlotIndex);

/// A row, and the unit that cannot be computed for it, by its position.
pub(crate) type Unable = (UnitIndex, Id);

/// What a flush sets aside.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    /// The rows that are left out.
    pub(crate) rows: HashSet<Unable>,
    /// The marks that were found on these rows.
    pub(crate) marks: Vec<Mark>,
    /// What could not be computed in this flush, which has failed for it.
    pub(crate) failed: Vec<Unable>,
}

impl Aside {
    /// Leaves out what has failed from now on, and says whether that is more than before.
    pub(crate) fn grow(&mut self) -> bool {
        self.marks.clear();
        let known = self.rows.len();
        self.rows.extend(self.failed.drain(..));
        self.rows.len() > known
    }
}
