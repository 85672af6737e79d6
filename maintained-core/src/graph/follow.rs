//! Which changes to a model's rows some field follows from.

use crate::declare::columns::ColumnSet;
use crate::graph::Node;

impl Node {
    /// Whether a field follows from which rows there are, so that a new one matters.
    pub(crate) fn matters_when_inserted(&self) -> bool {
        self.wakes.iter().any(|wake| wake.on_insert)
    }

    /// Whether a row that goes matters, by itself or by what the database deletes or nulls along
    /// with it.
    pub(crate) fn matters_when_deleted(&self) -> bool {
        self.wakes.iter().any(|wake| wake.on_delete) || !self.dependents.is_empty()
    }

    /// The columns from which some field follows, and those that the library computes. A key is one
    /// of them where anything else matters: rows are known by it, and the database may change the
    /// foreign keys that name it.
    pub(crate) fn columns_that_matter(&self) -> ColumnSet {
        let woken = self.wakes.iter().map(|wake| wake.columns);
        let read = woken.fold(ColumnSet::NONE, ColumnSet::union);
        let own = read | self.meta.columns_where(true);
        if own.is_empty() && !self.matters_when_inserted() && !self.matters_when_deleted() {
            return own;
        }
        own | self.meta.key_columns()
    }
}
