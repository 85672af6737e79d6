//! Which setters are due for which rows of a batch.

use crate::declare::arena::Id;
use crate::declare::positions::LayerIndex;
use crate::declare::setter_set::SetterSet;
use crate::graph::{Graph, Unit};
use crate::marks::pending::Pending;

/// Which setters are due for which row: a set of setters for each.
#[derive(Debug, Default)]
pub(crate) struct Due {
    /// By the marks of all choices together.
    pub(crate) any: Vec<SetterSet>,
    /// By the marks of each choice of labels.
    pub(crate) choices: Vec<DueByChoice>,
}

/// Which setters are due for which row, by the writes of one choice of labels.
#[derive(Debug)]
pub(crate) struct DueByChoice {
    /// The choice, by its layer of the pending marks.
    pub(crate) choice: LayerIndex,
    /// The setters of the model that were chosen.
    pub(crate) chosen: SetterSet,
    pub(crate) due: Vec<SetterSet>,
}

impl Due {
    /// The same setters for each of so many rows.
    pub(crate) fn all(setters: SetterSet, rows: usize) -> Self {
        let due = vec![setters; rows];
        Self {
            any: due.clone(),
            choices: vec![DueByChoice {
                choice: LayerIndex::default(),
                chosen: setters,
                due,
            }],
        }
    }

    /// Adds what rows are due for by other marks; `places` says where these have each row.
    pub(crate) fn add(&mut self, other: &Self, places: &[usize]) {
        for (at, &place) in places.iter().enumerate() {
            self.any[at] |= other.any[place];
            // Both list the choices by their layers.
            for (choice, other) in self.choices.iter_mut().zip(&other.choices) {
                choice.due[at] |= other.due[place];
            }
        }
    }

    /// Takes the marks of some of the unit's setters off the rows: those by a known difference, or
    /// the others.
    pub(crate) fn take(
        graph: &Graph,
        pending: &mut Pending,
        (unit, setters): (&Unit, SetterSet),
        ids: &[Id],
        by_difference: bool,
    ) -> Self {
        let node = &graph.models[unit.model];
        let mut slots = graph.due_slots(unit.at);
        slots.retain(|&slot| {
            let slot = &node.slots[slot];
            slot.by_difference == by_difference && setters.contains(slot.target.1)
        });
        let mut due = Self {
            any: vec![SetterSet::NONE; ids.len()],
            choices: Vec::new(),
        };
        for layer in pending.layers() {
            let mut taken = vec![SetterSet::NONE; ids.len()];
            for (setters, &id) in taken.iter_mut().zip(ids) {
                for &slot in &slots {
                    if pending.take(layer, unit.model, id, slot) {
                        *setters = setters.with(node.slots[slot].target.1);
                    }
                }
            }
            let any = due.any.iter_mut().zip(&taken);
            any.for_each(|(any, taken)| *any |= *taken);
            due.choices.push(DueByChoice {
                choice: layer,
                chosen: pending.chosen(layer, unit.model),
                due: taken,
            });
        }
        due
    }
}
