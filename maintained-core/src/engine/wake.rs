//! Waking the readers of rows that a flush has changed.

use std::collections::BTreeSet;

use crate::declare::arena::{AnyArena, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::positions::{ColumnIndex, LayerIndex};
use crate::graph::{Change, RelationIndex, Unit};
use crate::marks::change::{Numbers, Recorder};
use crate::marks::pending::Pending;
use crate::plan::Changed;
use crate::rows::RowSet;
use crate::session::Session;
use crate::wire::Wire;

/// A row that a unit has changed.
pub(crate) struct Woken<'w> {
    pub(crate) id: Id,
    pub(crate) columns: ColumnSet,
    /// Its numbers before and after, where they are known.
    pub(crate) numbers: Option<Numbers<'w>>,
}

impl Woken<'_> {
    pub(crate) fn changed(&self, layer: LayerIndex) -> Changed {
        Changed {
            layer,
            id: self.id,
            columns: self.columns,
        }
    }
}

/// Marks the readers of a row that a unit has changed, by the writes of one choice of labels.
pub(crate) fn wake_readers<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    layer: LayerIndex,
    woken: &Woken<'_>,
    sides: impl Fn(RelationIndex, &mut (dyn AnyArena + 'static)) -> [Option<Id>; 2],
) {
    let graph = &session.catalog.graph;
    let mut recorder = Recorder {
        graph,
        arenas: session.arenas,
        pending,
        layer,
        unit: Some(unit.at),
    };
    let change = Change::Updated(woken.columns);
    recorder.change(unit.model, woken.id, change, woken.numbers, sides);
}

/// What rows were before the unit computes them: of its fields those that are foreign keys, and the
/// numbers whose differences are noted.
pub(crate) struct Before {
    /// By relation, the parent of each row.
    parents: Vec<(RelationIndex, Vec<Option<Id>>)>,
    /// By column, the number of each row.
    numbers: Vec<(ColumnIndex, Vec<Option<i64>>)>,
}

impl Before {
    pub(crate) fn of<C: Wire>(
        session: &mut Session<'_, C>,
        pending: &mut Pending,
        unit: &Unit,
        rows: &dyn RowSet<C::Db>,
    ) -> Self {
        let node = &session.catalog.graph.models[unit.model];
        let moves = |at: RelationIndex| unit.fields.contains(node.meta.relations[at].column);
        let parents = node.parents.iter_enumerated();
        let parents = parents.filter(|&(relation, _)| moves(relation));
        let parents = parents.map(|(relation, &parent)| {
            let parents = session.arenas.get_mut(parent);
            let named = (0..rows.len()).map(|row| rows.parent_id(row, relation, parents));
            (relation, named.collect())
        });
        let differences = node.wakes.iter().filter_map(|wake| wake.difference);
        let counted = differences.flat_map(|it| it.value.into_iter().chain(it.filter));
        let counted: BTreeSet<ColumnIndex> = if pending.differences().is_some() {
            counted.filter(|&it| unit.fields.contains(it)).collect()
        } else {
            BTreeSet::new()
        };
        let numbers = counted.into_iter().map(|column| {
            let numbers = (0..rows.len()).map(|row| rows.integer(row, column));
            (column, numbers.collect())
        });
        Self {
            parents: parents.collect(),
            numbers: numbers.collect(),
        }
    }

    /// The parents that a relation of a row names, before and now.
    pub(crate) fn sides(
        &self,
        relation: RelationIndex,
        at: usize,
        now: Option<Id>,
    ) -> [Option<Id>; 2] {
        let known = self.parents.iter().find(|(known, _)| *known == relation);
        [known.map_or(now, |(_, parents)| parents[at]), now]
    }

    /// The number in a column of a row, before and now.
    pub(crate) fn numbers(
        &self,
        column: ColumnIndex,
        at: usize,
        now: Option<i64>,
    ) -> [Option<i64>; 2] {
        let known = self.numbers.iter().find(|(known, _)| *known == column);
        [known.map_or(now, |(_, numbers)| numbers[at]), now]
    }
}
