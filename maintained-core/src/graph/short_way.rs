//! Short ways: numbers that a change reaches by additions alone.
//!
//! A count of rows, or a sum of a column, changes by an amount that the change itself tells. A sum
//! of such numbers changes by the same amount. Where nothing else follows from a field, the
//! database can add the amount level after level, and nobody has to read in between.

use std::collections::BTreeMap;

use super::{
    Change, Difference, Graph, ModelIndex, RelationIndex, SetterIndex, SlotIndex, Unit, UnitIndex,
    Wake,
};
use crate::declare::columns::ColumnSet;
use crate::declare::rule::Rule;

/// More amounts than this are no short way. A write and its flush have to agree about that, or
/// what the write has added would be added once more.
pub(crate) const MOST: usize = 8;

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
    pub(crate) setter: SetterIndex,
    /// Its unit's place in the order of computing.
    pub(crate) unit: UnitIndex,
    /// The place, on the way, of the number that it sums up, and the relation by which that
    /// number's row names this one's. The first field has none.
    pub(crate) below: Option<(usize, RelationIndex)>,
}

/// A row that is written once, with all that is added to its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grown<Start, Amount> {
    pub(crate) model: ModelIndex,
    pub(crate) found: Found<Start>,
    pub(crate) fields: Vec<(Adding, Amount)>,
}

/// How a row is found to which something is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found<Start> {
    /// A way begins at it.
    At(Start),
    /// By the relation by which another of the rows names it.
    Named {
        below: usize,
        relation: RelationIndex,
    },
}

impl ShortWay {
    /// Adds the rows that the way leads to, and says whether each of them is still written once.
    /// Two rows of one model may be the same row, which no statement writes twice.
    pub(crate) fn gather<Start: Copy + PartialEq, Amount: Copy>(
        &self,
        rows: &mut Vec<Grown<Start, Amount>>,
        start: Start,
        amount: Amount,
    ) -> bool {
        let mut places = Vec::with_capacity(self.fields.len());
        for &field in &self.fields {
            let found = match field.below {
                None => Found::At(start),
                Some((below, relation)) => Found::Named {
                    below: places[below],
                    relation,
                },
            };
            let known = rows.iter().position(|row| row.model == field.model);
            let at = match known {
                Some(at) if rows[at].found == found => at,
                Some(_) => return false,
                None => {
                    rows.push(Grown {
                        model: field.model,
                        found,
                        fields: Vec::new(),
                    });
                    rows.len() - 1
                }
            };
            rows[at].fields.push((field, amount));
            places.push(at);
        }
        true
    }
}

/// All that follows from a change to one row, where that is additions by short ways.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Additions {
    /// What the row's columns say is added.
    pub(crate) amounts: Vec<Difference>,
    /// A way begins at the parent that a relation names; an amount is told by its place.
    pub(crate) rows: Vec<Grown<RelationIndex, usize>>,
    /// The relations by which a parent only counts the row. Nothing is added there by an update,
    /// unless the row comes to another parent.
    pub(crate) counted: Vec<RelationIndex>,
}

impl Additions {
    /// The rows that are written, where it is known at which row the way of each relation begins and
    /// what the amounts are: not those to which nothing is added.
    pub(crate) fn known<Start: Copy>(
        &self,
        start: impl Fn(RelationIndex) -> Option<Start>,
        amounts: &[i64],
    ) -> Vec<Grown<Start, i64>> {
        let mut known: Vec<Grown<Start, i64>> = Vec::with_capacity(self.rows.len());
        let mut places = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let found = match row.found {
                Found::At(relation) => start(relation).map(Found::At),
                Found::Named { below, relation } => {
                    let below: Option<usize> = places[below];
                    below.map(|below| Found::Named { below, relation })
                }
            };
            let fields = row.fields.iter().map(|&(it, amount)| (it, amounts[amount]));
            let fields: Vec<_> = fields.filter(|&(_, by)| by != 0).collect();
            let found = found.filter(|_| !fields.is_empty());
            places.push(found.map(|_| known.len()));
            known.extend(found.map(|found| Grown {
                model: row.model,
                found,
                fields,
            }));
        }
        known
    }
}

/// The order in which rows are written: as a flush of unit after unit would come to them. That is
/// also the order of locks.
pub(crate) fn in_order<Start, Amount>(rows: &[Grown<Start, Amount>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|&at| rows[at].fields.iter().map(|(field, _)| field.unit).min());
    order
}

/// The short ways of a graph.
#[derive(Debug, Default)]
pub(super) struct ShortWays {
    /// By the model and the setter that they begin at.
    ways: BTreeMap<(ModelIndex, SetterIndex), ShortWay>,
    /// By the model, for each kind of change in turn, the last being a move.
    additions: BTreeMap<ModelIndex, [Option<Additions>; 4]>,
}

impl Graph {
    /// The way from a field that changes by a known amount, if it is a short one.
    pub(crate) fn short_way(&self, model: ModelIndex, setter: SetterIndex) -> Option<&ShortWay> {
        self.short_ways.ways.get(&(model, setter))
    }

    /// What follows from a change to a row of a model that leaves its parents, if all of it is
    /// additions by short ways. For an update the answer is that of one of all columns.
    pub(crate) fn additions_of(&self, model: ModelIndex, change: Change) -> Option<&Additions> {
        let [inserted, updated, deleted, _] = self.short_ways.additions.get(&model)?;
        match change {
            Change::Inserted => inserted.as_ref(),
            Change::Updated(_) => updated.as_ref(),
            Change::Deleted => deleted.as_ref(),
        }
    }

    /// The same for an update that may bring a row to other parents: what the row was adds, taken
    /// off there, and what it is.
    pub(crate) fn additions_of_move(&self, model: ModelIndex) -> Option<&Additions> {
        let [.., moved] = self.short_ways.additions.get(&model)?;
        moved.as_ref()
    }

    /// Whether an update of some columns may bring the row to other parents.
    pub(crate) fn may_move(&self, model: ModelIndex, set: ColumnSet) -> bool {
        let mut relations = self.models[model].meta.relations.iter();
        relations.any(|relation| set.contains(relation.column))
    }

    /// Finds the short ways, and the changes that are additions by them.
    pub(super) fn find_short_ways(&mut self) {
        let mut found = BTreeMap::new();
        for (model, node) in self.models.iter_enumerated() {
            for (slot, it) in node.slots.iter_enumerated() {
                if it.by_difference
                    && it.walk.is_none()
                    && let Some(fields) = self.additions(model, it.target.1)
                {
                    let way = ShortWay { slot, fields };
                    found.insert((model, it.target.1), way);
                }
            }
        }
        self.short_ways.ways = found;
        let updated = Change::Updated(ColumnSet::ALL);
        let models = self.models.keys();
        let all = models.map(|model| {
            // A move leaves twice as many marks.
            let moved = self.find_additions(model, updated, true);
            let moved = moved.filter(|it| 2 * it.amounts.len() <= MOST);
            let changes = [Change::Inserted, updated, Change::Deleted];
            let [inserted, updated, deleted] =
                changes.map(|change| self.find_additions(model, change, false));
            (model, [inserted, updated, deleted, moved])
        });
        self.short_ways.additions = all.collect();
    }

    fn find_additions(
        &self,
        model: ModelIndex,
        change: Change,
        is_move: bool,
    ) -> Option<Additions> {
        let node = &self.models[model];
        let (mut amounts, mut rows) = (Vec::new(), Vec::new());
        let mut counted = Vec::new();
        for wake in node.wakes.iter().filter(|wake| change.leaves(wake)) {
            let (relation, difference) = (wake.up?, wake.difference?);
            let parent = &self.models[node.parents[relation]];
            let (_, setter) = parent.slots[difference.slot].target;
            let way = self.short_way(node.parents[relation], setter)?;
            // A row that counts as one goes on to do so, whatever changes in it.
            let is_constant = difference.value.is_none() && difference.filter.is_none();
            if matches!(change, Change::Updated(_)) && !is_move && is_constant {
                if !counted.contains(&relation) {
                    counted.push(relation);
                }
                continue;
            }
            let is_sound = parent.keys_have_one_spelling
                && way.slot == difference.slot
                && way.gather(&mut rows, relation, amounts.len());
            if !is_sound {
                return None;
            }
            amounts.push(difference);
        }
        let is_named_by_one =
            |row: &Grown<RelationIndex, usize>| self.models[row.model].meta.key.len() == 1;
        let is_short =
            !rows.is_empty() && amounts.len() <= MOST && rows.iter().all(is_named_by_one);
        let is_start = |relation: &RelationIndex| {
            let mut rows = rows.iter();
            rows.any(|row: &Grown<RelationIndex, usize>| row.found == Found::At(*relation))
        };
        counted.retain(|relation| !is_start(relation));
        is_short.then_some(Additions {
            amounts,
            rows,
            counted,
        })
    }

    /// The fields on the way from one that changes by an amount; none, where something else
    /// follows from one of them.
    fn additions(&self, model: ModelIndex, setter: SetterIndex) -> Option<Vec<Adding>> {
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
        (model, setter): (ModelIndex, SetterIndex),
        below: Option<(usize, RelationIndex)>,
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
