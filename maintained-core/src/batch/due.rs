//! Which setters are due for which rows of a batch.

use crate::arena::Id;
use crate::graph::Unit;
use crate::pending::Pending;
use crate::session::Session;
use crate::wire::Wire;

/// Which setters are due for which row: bit masks of setters, a row each.
#[derive(Debug, Default)]
pub(crate) struct Due {
    /// By any write.
    pub(crate) any: Vec<u64>,
    /// By the writes of one choice of labels.
    pub(crate) choices: Vec<DueByChoice>,
}

/// Which setters are due for which row, by the writes of one choice of labels.
#[derive(Debug)]
pub(crate) struct DueByChoice {
    pub(crate) choice: usize,
    /// The setters of the model that were chosen.
    pub(crate) chosen: u64,
    pub(crate) due: Vec<u64>,
}

impl Due {
    /// The same setters for each of so many rows.
    pub(crate) fn all(setters: u64, rows: usize) -> Self {
        let due = vec![setters; rows];
        Self {
            any: due.clone(),
            choices: vec![DueByChoice {
                choice: 0,
                chosen: setters,
                due,
            }],
        }
    }

    /// Adds what rows are due for by other marks; `places` says where these have each row.
    pub(crate) fn add(&mut self, other: &Self, places: &[usize]) {
        for (at, &place) in places.iter().enumerate() {
            self.any[at] |= other.any[place];
            for (choice, other) in self.choices.iter_mut().zip(&other.choices) {
                choice.due[at] |= other.due[place];
            }
        }
    }

    /// Takes the marks of some of the unit's setters off the rows: those by a known difference, or the others.
    pub(crate) fn take(
        session: &Session<'_, impl Wire>,
        pending: &mut Pending,
        (unit, setters): (&Unit, u64),
        ids: &[Id],
        by_difference: bool,
    ) -> Self {
        let graph = &session.catalog.graph;
        let node = &graph.models[unit.model];
        let mut slots = graph.due_slots(graph.position(unit));
        slots.retain(|&slot| {
            let slot = &node.slots[slot];
            slot.by_difference == by_difference && setters >> slot.target.1 & 1 == 1
        });
        let mut due = Self {
            any: vec![0; ids.len()],
            choices: Vec::new(),
        };
        for layer in pending.layers() {
            let mut masks = vec![0u64; ids.len()];
            for (mask, &id) in masks.iter_mut().zip(ids) {
                for &slot in &slots {
                    if pending.take(layer, unit.model, id, slot) {
                        *mask |= 1 << graph.models[unit.model].slots[slot].target.1;
                    }
                }
            }
            due.any
                .iter_mut()
                .zip(&masks)
                .for_each(|(any, mask)| *any |= mask);
            due.choices.push(DueByChoice {
                choice: layer,
                chosen: pending.chosen(layer, unit.model),
                due: masks,
            });
        }
        due
    }
}
