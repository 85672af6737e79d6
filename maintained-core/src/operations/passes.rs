//! Over which tables an operation goes, in which order, and for which fields.

use crate::catalog::Catalog;
use crate::connection::Wrapped;
use crate::declare::positions::ColumnIndex;
use crate::declare::setter_set::SetterSet;
use crate::error::Error;
use crate::graph::{Chosen, Graph, ModelIndex, UnitIndex};

use super::{Named, Operation};

/// One way through a model's rows.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) model: ModelIndex,
    /// The units of the pass, each with those of its setters that are meant.
    pub(super) units: Vec<(UnitIndex, SetterSet)>,
}

impl Pass {
    /// The setters that are meant.
    pub(super) fn setters(&self) -> SetterSet {
        self.units.iter().map(|(_, setters)| *setters).collect()
    }

    /// The columns that they keep.
    pub(super) fn columns(&self, graph: &Graph) -> Vec<ColumnIndex> {
        let setters = &graph.models[self.model].setters;
        let meant = self.setters();
        meant
            .iter()
            .flat_map(|at| setters[at].fields.iter())
            .collect()
    }
}

impl Named {
    /// Whether this model is meant.
    pub(super) fn means(&self, graph: &Graph, model: ModelIndex) -> bool {
        match self {
            Self::By(name) => name == graph.models[model].meta.name,
            Self::Exactly(of) => graph.index_of(*of) == Some(model),
        }
    }
}

impl<C: Wrapped> Operation<C> {
    /// The passes of the operation: the order of computing, so that a field comes after those that
    /// it follows from.
    pub(super) fn passes(&self, catalog: &Catalog<C::Db>) -> Result<Vec<Pass>, Error> {
        let graph = &catalog.graph;
        let conditions = self.conditions.iter().map(|it| &it.model);
        for named in self.models.iter().chain(conditions) {
            match named {
                Named::By(name) => graph.check_name(name)?,
                Named::Exactly(_) => {}
            }
        }
        let mut choice = None;
        for selection in &self.selections {
            choice = Some(std::sync::Arc::new(selection.within(graph, &choice)?));
        }
        let mut passes: Vec<Pass> = Vec::new();
        for (at, unit) in graph.units.iter_enumerated() {
            let node = &graph.models[unit.model];
            let is_meant = |named: &Named| named.means(graph, unit.model);
            if !self.models.is_empty() && !self.models.iter().any(is_meant) {
                continue;
            }
            let slots = graph.due_slots(at).into_iter();
            let all: SetterSet = slots.map(|slot| node.slots[slot].target.1).collect();
            let chosen = choice
                .as_deref()
                .map_or(SetterSet::ALL, |it: &Chosen| it.of(unit.model));
            let setters = all & chosen;
            if setters.is_empty() {
                continue;
            }
            match passes.last_mut() {
                Some(last) if last.model == unit.model => last.units.push((at, setters)),
                _ => passes.push(Pass {
                    model: unit.model,
                    units: vec![(at, setters)],
                }),
            }
        }
        Ok(passes)
    }
}
