//! What the marks of new rows need to know of them.

use crate::connection::Wrapped;
use crate::declare::columns::ColumnSet;
use crate::graph::ModelIndex;
use crate::session::Session;

pub(super) struct Needed {
    /// Whether setters of the model itself are due, or walks go on from the rows.
    pub(super) own: bool,
    /// The columns that tell: the key, if so, and the foreign keys that name the parents that are
    /// marked.
    pub(super) columns: ColumnSet,
}

impl Needed {
    pub(super) fn of<C: Wrapped>(session: &Session<'_, C>, model: ModelIndex) -> Self {
        let node = &session.catalog.graph.models[model];
        let mut needed = Self {
            own: false,
            columns: ColumnSet::NONE,
        };
        for wake in node.wakes.iter().filter(|wake| wake.on_insert) {
            match wake.up {
                None => needed.own = true,
                Some(relation) => {
                    needed.columns |= ColumnSet::of(node.meta.relations[relation].column);
                }
            }
        }
        if needed.own {
            needed.columns |= node.meta.key_columns();
        }
        needed
    }
}
