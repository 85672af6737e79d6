//! Setters that run together.

use typed_index_collections::{TiSlice, TiVec};

use crate::declare::columns::ColumnSet;
use crate::declare::setter::{Direction, InputMeta, SetterMeta};
use crate::declare::setter_set::SetterSet;
use crate::graph::tree::Tree;
use crate::graph::{ModelIndex, Node, SetterIndex, UnitIndex};

/// Setters of one model that run together: one read of their rows and one write serve them all.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Its place in the order of computing.
    pub(crate) at: UnitIndex,
    pub(crate) model: ModelIndex,
    /// The setters, each after those whose field it reads of its own row.
    pub(crate) order: Vec<SetterIndex>,
    /// The columns that they keep.
    pub(crate) fields: ColumnSet,
    /// For each setter of the model, those of the unit that may become due when it runs, itself
    /// included.
    reach: TiVec<SetterIndex, SetterSet>,
    /// Whether the database computes and writes it: a unit of one declared field.
    pub(crate) is_declared: bool,
    /// The declared fields that are read beside the inputs of the unit's functions, and written
    /// along with what those return.
    pub(crate) joined: Vec<SetterIndex>,
    /// The columns of the own row that each setter of the order reads.
    own: Vec<(SetterIndex, ColumnSet)>,
    /// How the unit's rows depend on one another, where the unit follows a self reference.
    pub(crate) tree: Option<Tree>,
}

impl Unit {
    /// The unit of some setters of a model, at a place in the order.
    pub(super) fn new(
        models: &TiSlice<ModelIndex, Node>,
        (at, model): (UnitIndex, ModelIndex),
        mut setters: Vec<SetterIndex>,
        is_tree: bool,
    ) -> Self {
        let metas = &models[model].setters;
        setters.sort_unstable();
        let mut order: Vec<SetterIndex> = Vec::with_capacity(setters.len());
        while order.len() < setters.len() {
            let waits = |at: SetterIndex| {
                setters.iter().any(|&other| {
                    other != at
                        && !order.contains(&other)
                        && metas[at].own.intersects(metas[other].fields)
                })
            };
            let free = setters
                .iter()
                .copied()
                .find(|&at| !order.contains(&at) && !waits(at));
            order.push(free.expect("the circle check has left no circle among a row's own fields"));
        }
        let mut reach: TiVec<SetterIndex, SetterSet> = metas.keys().map(SetterSet::of).collect();
        // From the last to the first: what a reader reaches is known before its keeper's turn.
        for &keeper in order.iter().rev() {
            for &reader in &order {
                if reader != keeper && metas[reader].own.intersects(metas[keeper].fields) {
                    let beyond = reach[reader];
                    reach[keeper] |= beyond;
                }
            }
        }
        let is_declared = |&at: &SetterIndex| models[model].declared(at).is_some();
        let declared: Vec<SetterIndex> = order.iter().copied().filter(is_declared).collect();
        let all_declared = declared.len() == order.len();
        Self {
            at,
            model,
            fields: order
                .iter()
                .fold(ColumnSet::NONE, |fields, &at| fields | metas[at].fields),
            own: order.iter().map(|&at| (at, metas[at].own)).collect(),
            reach,
            is_declared: all_declared,
            joined: if all_declared { Vec::new() } else { declared },
            order,
            tree: is_tree.then(Tree::default),
        }
    }

    /// The setters that may run where some are due.
    pub(crate) fn reach(&self, due: SetterSet) -> SetterSet {
        let reach = self.reach.iter_enumerated();
        let reached = reach.filter(|(setter, _)| due.contains(*setter));
        reached.map(|(_, reach)| *reach).collect()
    }

    /// Whether a function of the unit reads children, of which there may be many.
    pub(crate) fn reads_children(&self, setters: &TiSlice<SetterIndex, SetterMeta>) -> bool {
        fn any(inputs: &[InputMeta]) -> bool {
            inputs
                .iter()
                .any(|input| input.direction == Direction::Children || any(input.inner))
        }
        let mut functions = self.order.iter().filter(|it| !self.joined.contains(it));
        functions.any(|&setter| any(setters[setter].inputs))
    }

    /// The setters of the unit that read one of these columns of their own row.
    pub(crate) fn readers(&self, changed: ColumnSet) -> SetterSet {
        let reads = |(_, own): &&(SetterIndex, ColumnSet)| own.intersects(changed);
        let readers = self.own.iter().filter(reads);
        readers.map(|(setter, _)| *setter).collect()
    }
}
