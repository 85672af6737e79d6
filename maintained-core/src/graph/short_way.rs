//! Short ways: numbers that a change reaches by additions alone.
//!
//! A count of rows, or a sum of a column, changes by an amount that the change itself tells. A sum
//! of such numbers changes by the same amount. Where nothing else follows from a field, the
//! database can add the amount level after level, and nobody has to read in between.

use std::collections::BTreeMap;

use super::{Change, Graph, ModelIndex, SlotIndex, Unit, Wake};
use crate::declare::columns::ColumnSet;
use crate::declare::rule::Rule;

/// All fields that change by the amount by which the first of them does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ShortWay {
    /// The mark of a row whose field changes by a known amount.
    pub(crate) slot: SlotIndex,
    /// Each after the one that it sums up.
    pub(crate) fields: Vec<Adding>,
}

/// A field to which an amount is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Adding {
    pub(crate) model: ModelIndex,
    pub(crate) setter: usize,
    /// Its unit's place in the order of computing.
    pub(crate) unit: usize,
    /// The place, on the way, of the number that it sums up, and the relation by which that
    /// number's row names this one's. The first field has none.
    pub(crate) below: Option<(usize, usize)>,
}

/// The short ways of a graph, by the model and the setter that they begin at.
pub(super) type ShortWays = BTreeMap<(ModelIndex, usize), ShortWay>;

impl Graph {
    /// The way from a field that changes by a known amount, if it is a short one.
    pub(crate) fn short_way(&self, model: ModelIndex, setter: usize) -> Option<&ShortWay> {
        self.short_ways.get(&(model, setter))
    }

    /// Finds them.
    pub(super) fn find_short_ways(&mut self) {
        let mut found = ShortWays::new();
        for (model, node) in self.models.iter().enumerate() {
            for (slot, it) in node.slots.iter().enumerate() {
                if it.by_difference
                    && it.walk.is_none()
                    && let Some(fields) = self.additions(model, it.target.1)
                {
                    let way = ShortWay { slot, fields };
                    found.insert((model, it.target.1), way);
                }
            }
        }
        self.short_ways = found;
    }

    /// The fields on the way from one that changes by an amount; none, where something else
    /// follows from one of them.
    fn additions(&self, model: ModelIndex, setter: usize) -> Option<Vec<Adding>> {
        let mut fields = vec![self.adding((model, setter), None)?];
        let mut at = 0;
        while at < fields.len() {
            let Adding {
                model,
                setter,
                unit,
                ..
            } = fields[at];
            let node = &self.models[model];
            let column = node.declared(setter)?.field();
            let changed = Change::Updated(ColumnSet::of(column));
            let is_next =
                |wake: &&Wake| changed.leaves(wake) && wake.within.is_none_or(|it| it != unit);
            for wake in node.wakes.iter().filter(is_next) {
                let (relation, difference) = (wake.up?, wake.difference?);
                let parent = node.parents[relation];
                let is_sum = difference.rule == Rule::Sum
                    && difference.value == Some(column)
                    && difference.filter.is_none();
                if !is_sum || !self.models[parent].keys_have_one_spelling {
                    return None;
                }
                let (_, sum) = self.models[parent].slots[difference.slot].target;
                let next = self.adding((parent, sum), Some((at, relation)))?;
                // A row that is reached in two ways would be written twice.
                let is_met = |known: &Adding| {
                    let way =
                        |it: &Adding| it.below.map(|(at, relation)| (fields[at].model, relation));
                    known.model == parent && way(known) != way(&next)
                };
                if fields.iter().any(is_met) {
                    return None;
                }
                fields.push(next);
            }
            at += 1;
        }
        Some(fields)
    }

    /// A field to which an amount can be added without a look at it.
    fn adding(
        &self,
        (model, setter): (ModelIndex, usize),
        below: Option<(usize, usize)>,
    ) -> Option<Adding> {
        let declared = self.models[model].declared(setter)?;
        let keeps = |unit: &&Unit| unit.model == model && unit.order.contains(&setter);
        let unit = self.units.iter().find(keeps)?;
        let adds = matches!(declared.rule, Rule::Count | Rule::Sum) && unit.tree.is_none();
        adds.then_some(Adding {
            model,
            setter,
            unit: unit.at,
            below,
        })
    }
}
