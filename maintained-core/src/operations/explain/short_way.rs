//! Writes from which nothing follows but additions.

use super::written::{Kind, Written};
use crate::declare::columns::ColumnSet;
use crate::engine::declared;
use crate::graph::{Additions, Change, Graph};
use crate::sql::Dialect;

/// What a write adds by short ways, if that is all that follows from it.
pub(super) fn additions<'g>(graph: &'g Graph, written: &Written) -> Option<&'g Additions> {
    let node = &graph.models[written.model];
    let (change, set) = match written.kind {
        Kind::Insert => (Change::Inserted, ColumnSet::NONE),
        Kind::Update(columns) => (Change::Updated(columns), columns),
        Kind::Delete => (Change::Deleted, ColumnSet::NONE),
        Kind::Touch => return None,
    };
    let mut relations = node.meta.relations.iter();
    let is_moved = relations.any(|relation| set.contains(relation.column));
    let goes_alone = change != Change::Deleted || node.dependents.is_empty();
    let additions = graph.additions_of(written.model, change);
    additions.filter(|_| !is_moved && goes_alone)
}

/// Whether a write and what follows from it are one statement.
pub(super) fn are_one<DB: Dialect>(graph: &Graph, written: &Written) -> bool {
    let change = match written.changes()[..] {
        // Of an update it is not known what it will change.
        [Change::Updated(_)] => Change::Updated(ColumnSet::ALL),
        [change] => change,
        _ => return false,
    };
    additions(graph, written).is_some()
        && declared::additions::<DB>(graph, written.model, change).is_some()
}
