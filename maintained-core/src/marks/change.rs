//! From the images of a row before and after a write to the marks that the write leaves.

use crate::declare::arena::{AnyArena, Arenas, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::positions::{ColumnIndex, LayerIndex};
use crate::declare::rule::Rule;
use crate::graph::{Change, Difference, Graph, ModelIndex, RelationIndex, UnitIndex};
use crate::marks::pending::{Adjustment, Pending};
use crate::rows::Image;
use crate::sql::Dialect;

/// Where the marks of a change go.
pub(crate) struct Recorder<'r> {
    pub(crate) graph: &'r Graph,
    pub(crate) arenas: &'r mut Arenas,
    pub(crate) pending: &'r mut Pending,
    /// The layer of `pending` that gets the marks.
    pub(crate) layer: LayerIndex,
    /// The unit that has made the change, if a flush has.
    pub(crate) unit: Option<UnitIndex>,
}

impl Recorder<'_> {
    /// Leaves the marks of a write: without an image before it is an insert, without one after it a
    /// delete.
    pub(crate) fn record<DB: Dialect>(
        &mut self,
        model: ModelIndex,
        before: Option<Image<'_, DB>>,
        after: Option<Image<'_, DB>>,
    ) {
        self.record_but(model, before, after, |_, _| false);
    }

    /// The same, but for marks on parents that are gone.
    pub(crate) fn record_but<DB: Dialect>(
        &mut self,
        model: ModelIndex,
        before: Option<Image<'_, DB>>,
        after: Option<Image<'_, DB>>,
        is_gone: impl Fn(ModelIndex, Id) -> bool,
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
        let numbers = |column| {
            [before, after].map(|image| image.and_then(|it| it.set.integer(it.row, column)))
        };
        let numbers = Numbers {
            were: before.is_some(),
            are: after.is_some(),
            known: ColumnSet::ALL,
            of: &numbers,
        };
        let parents_of = &self.graph.models[model].parents;
        self.change(model, id, change, Some(numbers), |relation, parents| {
            [before, after].map(|image| {
                let image = image?;
                let named = image.set.parent_id(image.row, relation, parents);
                named.filter(|&named| !is_gone(parents_of[relation], named))
            })
        });
    }

    /// Leaves the marks of a row that has changed, where it is not known how.
    pub(crate) fn touch<DB: Dialect>(&mut self, model: ModelIndex, row: Image<'_, DB>) {
        let id = row.set.id(row.row, self.arenas.get_mut(model));
        for change in Change::TOUCHED {
            self.change(model, id, change, None, |relation, parents| {
                // Without numbers it does not matter which side a parent is on.
                [row.set.parent_id(row.row, relation, parents), None]
            });
        }
    }

    /// Leaves the marks of a change to a row. `sides` gives the parents that a relation names
    /// before and after the change, and `numbers` the row's numbers, where they are known.
    pub(crate) fn change(
        &mut self,
        model: ModelIndex,
        id: Id,
        change: Change,
        numbers: Option<Numbers<'_>>,
        sides: impl Fn(RelationIndex, &mut (dyn AnyArena + 'static)) -> [Option<Id>; 2],
    ) {
        let graph = self.graph;
        let node = &graph.models[model];
        for wake in &node.wakes {
            // A unit sees to its own setters by itself, in the batch or along its tree.
            if !change.leaves(wake) || wake.within.is_some() && wake.within == self.unit {
                continue;
            }
            let Some(relation) = wake.up else {
                self.pending.mark(self.layer, model, id, wake.slot);
                continue;
            };
            let parent = node.parents[relation];
            let sides = sides(relation, self.arenas.get_mut(parent));
            // A difference belongs to an id, and a key that can be spelled in two ways has two ids.
            if let (Some(difference), Some(numbers)) = (&wake.difference, &numbers)
                && numbers.tell(difference)
                && self.pending.differences().is_some()
                && graph.models[parent].keys_have_one_spelling
            {
                self.differ(parent, sides, difference, numbers);
                continue;
            }
            for id in sides.into_iter().flatten() {
                self.pending.mark(self.layer, parent, id, wake.slot);
            }
        }
    }

    /// Notes by how much a change to a child changes what its parents keep.
    fn differ(
        &mut self,
        parent: ModelIndex,
        [from, to]: [Option<Id>; 2],
        difference: &Difference,
        numbers: &Numbers<'_>,
    ) {
        let slot = &self.graph.models[parent].slots[difference.slot];
        let (setter, slot) = (slot.target.1, difference.slot);
        let [went, came] = numbers.that_count(difference);
        // The child counts for the same parent as before, and for as much.
        if from == to && went == came {
            return;
        }
        let sides = if from == to {
            vec![(to, went, came)]
        } else {
            vec![(from, went, None), (to, None, came)]
        };
        for (id, went, came) in sides {
            let (Some(id), true) = (id, went.is_some() || came.is_some()) else {
                continue;
            };
            let Some(differences) = self.pending.differences() else {
                continue;
            };
            let known = differences.remove(&(parent, id, setter));
            match difference.add(known, went, came) {
                Some(adjustment) => {
                    differences.insert((parent, id, setter), adjustment);
                    self.pending.mark(self.layer, parent, id, slot);
                }
                // No `i64` holds the difference: the database computes the number anew.
                None => self.pending.mark(self.layer, parent, id, difference.anew),
            }
        }
    }
}

/// The numbers of a row before and after a change.
#[derive(Clone, Copy)]
pub(crate) struct Numbers<'n> {
    /// Whether there was a row.
    pub(crate) were: bool,
    /// Whether there is a row.
    pub(crate) are: bool,
    /// The columns whose numbers are known.
    pub(crate) known: ColumnSet,
    /// The numbers in a column before and after; `None` for one that is null.
    pub(crate) of: &'n dyn Fn(ColumnIndex) -> [Option<i64>; 2],
}

impl<'n> Numbers<'n> {
    /// Those of a row that was inserted, as far as they are known.
    pub(crate) fn of_new(
        known: ColumnSet,
        of: &'n dyn Fn(ColumnIndex) -> [Option<i64>; 2],
    ) -> Self {
        Self {
            were: false,
            are: true,
            known,
            of,
        }
    }

    /// Whether the numbers that make a difference are known.
    fn tell(&self, difference: &Difference) -> bool {
        let mut columns = difference.value.into_iter().chain(difference.filter);
        columns.all(|column| self.known.contains(column))
    }

    /// The number that the row adds to its parent's field, before and after; `None` where the row
    /// does not count.
    fn that_count(&self, difference: &Difference) -> [Option<i64>; 2] {
        let values = match difference.value {
            Some(column) => (self.of)(column),
            None => [Some(1); 2],
        };
        let counts = match difference.filter {
            Some(column) => (self.of)(column).map(|is| is == Some(1)),
            None => [true; 2],
        };
        [
            values[0].filter(|_| self.were && counts[0]),
            values[1].filter(|_| self.are && counts[1]),
        ]
    }
}

impl Difference {
    /// By how much a row that comes changes a count or a sum; none, where its numbers do not tell.
    pub(crate) fn of_new(&self, numbers: &Numbers<'_>) -> Option<i64> {
        let [_, came] = numbers.that_count(self);
        numbers.tell(self).then(|| came.unwrap_or(0))
    }

    /// Adds one more change to the known adjustment: `went` does not count any more, `came` does
    /// now. `None` where no number holds the result.
    fn add(
        &self,
        known: Option<Adjustment>,
        went: Option<i64>,
        came: Option<i64>,
    ) -> Option<Adjustment> {
        // Further out is the lesser number for a least value, and the greater one for a greatest.
        let further = |one: Option<i64>, other: Option<i64>| match self.rule {
            Rule::Min => one.into_iter().chain(other).min(),
            _ => one.into_iter().chain(other).max(),
        };
        match (self.rule, known) {
            (Rule::Min | Rule::Max, Some(Adjustment::Toward { came: c, went: w })) => {
                Some(Adjustment::Toward {
                    came: further(c, came),
                    went: further(w, went),
                })
            }
            (Rule::Min | Rule::Max, _) => Some(Adjustment::Toward { came, went }),
            (_, known) => {
                let by = match known {
                    Some(Adjustment::By(by)) => by,
                    _ => 0,
                };
                let by = by.checked_add(came.unwrap_or(0))?;
                Some(Adjustment::By(by.checked_sub(went.unwrap_or(0))?))
            }
        }
    }
}

#[cfg(test)]
mod tests;
