//! Writes from which nothing follows but additions.

use super::written::{Kind, Written};
use crate::engine::declared;
use crate::graph::{Additions, Change, Graph};
use crate::sql::Dialect;

/// What a write adds by short ways, if that is all that follows from it, and to how many rows on each
/// level: an update that sets a foreign key may bring the row from one parent to another.
pub(super) fn additions<'g>(graph: &'g Graph, written: &Written) -> Option<(&'g Additions, usize)> {
    let node = &graph.models[written.model];
    let change = match written.kind {
        Kind::Insert => Change::Inserted,
        Kind::Update(columns) => {
            if graph.may_move(written.model, columns) {
                return graph.additions_of_move(written.model).map(|it| (it, 2));
            }
            Change::Updated(columns)
        }
        Kind::Delete if node.dependents.is_empty() => Change::Deleted,
        Kind::Delete | Kind::Touch => return None,
    };
    graph.additions_of(written.model, change).map(|it| (it, 1))
}

/// Whether a write and what follows from it are one statement.
pub(super) fn are_one<DB: Dialect>(graph: &Graph, written: &Written) -> bool {
    let [change] = written.changes()[..] else {
        return false;
    };
    additions(graph, written).is_some()
        && declared::additions::<DB>(graph, written.model, change).is_some()
}
