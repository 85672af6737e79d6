//! Which unique fields of a row follow from which of its other columns, be it by way of other rows.
//!
//! A unique value that is to be computed anew may be in the way of the write that makes it stale,
//! where it is unique together with a column that this write changes: the old position of an item
//! in a new list. So such a write sets it to NULL.

use typed_index_collections::TiVec;

use super::{Graph, ModelIndex, SetterIndex, Wake};
use crate::declare::columns::ColumnSet;
use crate::declare::positions::ColumnIndex;

/// A unique field that is set to NULL by a write that changes some columns of its row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unsettled {
    /// These columns.
    pub(crate) by: ColumnSet,
    /// The field's column.
    pub(crate) column: ColumnIndex,
    /// The setter that keeps it.
    pub(crate) setter: SetterIndex,
}

/// Finds the unsettled fields of each model.
pub(super) fn note(graph: &mut Graph) {
    for model in graph.models.keys() {
        let node = &graph.models[model];
        let is_unique = |&column: &ColumnIndex| {
            let column = &node.meta.columns[column];
            column.maintained && column.unique
        };
        let columns = node.meta.columns.keys().filter(is_unique);
        let unsettled = columns.filter_map(|column| {
            let setter = node
                .setters
                .position(|setter| setter.fields.contains(column))?;
            let by = graph.columns_before((model, setter));
            let own = node.setters[setter].fields;
            let by = by.iter().filter(|&column| !own.contains(column));
            Some(Unsettled {
                by: by.fold(ColumnSet::NONE, ColumnSet::with),
                column,
                setter,
            })
        });
        let unsettled = unsettled.collect();
        graph.models[model].unsettled = unsettled;
    }
}

impl Graph {
    /// The columns of a setter's own model from which its fields follow, be it by way of other
    /// fields.
    fn columns_before(&self, target: (ModelIndex, SetterIndex)) -> ColumnSet {
        let mut read: TiVec<ModelIndex, _> = vec![ColumnSet::NONE; self.models.len()].into();
        // Each round goes one field further back, until it adds nothing.
        loop {
            let before = read.clone();
            for (model, node) in self.models.iter_enumerated() {
                for wake in &node.wakes {
                    let (reader, setter) = self.target(model, wake);
                    let keeps = self.models[reader].setters[setter].fields;
                    if (reader, setter) == target || read[reader].intersects(keeps) {
                        read[model] |= wake.columns;
                    }
                }
            }
            if read == before {
                return read[target.0];
            }
        }
    }

    /// The setter that a wake of a model ends at.
    fn target(&self, model: ModelIndex, wake: &Wake) -> (ModelIndex, SetterIndex) {
        let marked = wake
            .up
            .map_or(model, |index| self.models[model].parents[index]);
        self.models[marked].slots[wake.slot].target
    }
}
