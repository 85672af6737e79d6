//! From the images of a row before and after a write to the marks that the write leaves.

use crate::arena::{Arenas, Id};
use crate::backend::Database;
use crate::columns::ColumnSet;
use crate::graph::{Graph, ModelIndex, Wake};
use crate::pending::Pending;
use crate::rows::Image;

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Inserted,
    Updated(ColumnSet),
    Deleted,
}

impl Change {
    fn leaves(self, wake: &Wake) -> bool {
        match self {
            Self::Inserted => wake.on_insert,
            Self::Updated(columns) => wake.columns.intersects(columns),
            Self::Deleted => wake.on_delete,
        }
    }
}

/// Where the marks of a change go.
pub(crate) struct Recorder<'r> {
    pub(crate) graph: &'r Graph,
    pub(crate) arenas: &'r mut Arenas,
    pub(crate) pending: &'r mut Pending,
    pub(crate) layer: usize,
    /// The unit that is being computed, if the change is its own.
    pub(crate) unit: Option<usize>,
}

impl Recorder<'_> {
    /// Leaves the marks of a write, from the images that there are.
    pub(crate) fn record<C: Database>(
        &mut self,
        model: ModelIndex,
        before: Option<Image<'_, C>>,
        after: Option<Image<'_, C>>,
    ) {
        let change = match (before, after) {
            (Some(before), Some(after)) => {
                let columns = before.set.differences(before.row, after.set, after.row);
                if columns.is_empty() {
                    return;
                }
                Change::Updated(columns)
            }
            (None, Some(_)) => Change::Inserted,
            (Some(_), None) => Change::Deleted,
            (None, None) => return,
        };
        let Some(image) = after.or(before) else {
            return;
        };
        let id = image.set.id(image.row, self.arenas.get_mut(model));
        self.change(model, id, change, |relation, parents| {
            [before, after].map(|image| {
                let image = image?;
                image.set.parent_id(image.row, relation, parents)
            })
        });
    }

    /// Leaves the marks of a row that was changed, nobody knows how.
    pub(crate) fn touch<C: Database>(&mut self, model: ModelIndex, row: Image<'_, C>) {
        let id = row.set.id(row.row, self.arenas.get_mut(model));
        for change in Change::TOUCHED {
            self.change(model, id, change, |relation, parents| {
                [row.set.parent_id(row.row, relation, parents), None]
            });
        }
    }

    /// Leaves the marks of a change to a row, given the parents that a relation named before and names after.
    pub(crate) fn change(
        &mut self,
        model: ModelIndex,
        id: Id,
        change: Change,
        sides: impl Fn(usize, &mut (dyn crate::arena::AnyArena + 'static)) -> [Option<Id>; 2],
    ) {
        let graph = self.graph;
        let node = &graph.models[model];
        for wake in &node.wakes {
            if !change.leaves(wake) || wake.within.is_some() && wake.within == self.unit {
                continue;
            }
            match wake.up {
                None => self.pending.mark(self.layer, model, id, wake.slot),
                Some(relation) => {
                    let parent = node.parents[relation];
                    for id in sides(relation, self.arenas.get_mut(parent))
                        .into_iter()
                        .flatten()
                    {
                        self.pending.mark(self.layer, parent, id, wake.slot);
                    }
                }
            }
        }
    }
}
