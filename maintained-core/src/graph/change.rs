//! What may happen to a row.

use crate::declare::columns::ColumnSet;
use crate::graph::Wake;

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Change {
    Inserted,
    Updated(ColumnSet),
    Deleted,
}

impl Change {
    /// What counts as having happened to a row that was changed by other means: nobody knows what.
    pub(crate) const TOUCHED: [Self; 2] = [Self::Inserted, Self::Updated(ColumnSet::ALL)];

    /// Whether the change leaves the mark of a wake.
    pub(crate) fn leaves(self, wake: &Wake) -> bool {
        match self {
            Self::Inserted => wake.on_insert,
            Self::Updated(columns) => wake.columns.intersects(columns),
            Self::Deleted => wake.on_delete,
        }
    }
}
