//! What to do next: a state machine that knows marks and the graph, and no database.
//!
//! The driver asks for the next [`Job`], does it, and tells the plan what came of it. Units are
//! worked in the order of the graph, so that each (row, setter) is computed once, after everything
//! that it reads. Before a unit, every walk that may end at it is walked to its end.

mod tree;

use hashbrown::HashSet;
use typed_index_collections::TiVec;

use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::positions::LayerIndex;
use crate::graph::{Graph, ModelIndex, SlotIndex, Step, UnitIndex};
use crate::marks::aside::{Mark, Unable};
use crate::marks::pending::Pending;
use crate::plan::tree::Order;

/// What the driver is to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Find the rows that one step reaches from these rows, as (from, to), and tell
    /// [`Plan::reached`].
    Walk {
        model: ModelIndex,
        step: Step,
        ids: Vec<Id>,
        /// Whether some of these rows may not be locked yet.
        unlocked: bool,
    },
    /// Run the unit's setters for these rows, and tell [`Plan::computed`].
    Compute { unit: UnitIndex, ids: Vec<Id> },
    /// Nothing is left.
    Done,
}

/// A loop in the data of a tree: its model and its rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Circular {
    /// The unit that is the tree.
    pub(crate) unit: UnitIndex,
    pub(crate) model: ModelIndex,
    pub(crate) ids: Vec<Id>,
}

/// A row that a unit has changed, by the writes of one choice of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) layer: LayerIndex,
    pub(crate) id: Id,
    pub(crate) columns: ColumnSet,
}

/// The plan of one flush.
#[derive(Debug)]
pub(crate) struct Plan<'g> {
    graph: &'g Graph,
    /// Whether each unit is to be worked.
    wanted: TiVec<UnitIndex, bool>,
    state: State,
    /// The rows that are left out of units.
    aside: HashSet<Unable>,
    /// The marks that were found on them.
    left: Vec<Mark>,
}

#[derive(Debug)]
enum State {
    Free,
    /// Waiting to be told where one step of these marks' walks leads: (layer, row, its slot).
    Walking {
        from: ModelIndex,
        step: Step,
        marks: Vec<(LayerIndex, Id, SlotIndex)>,
    },
    /// Finding the order of a tree's rows.
    Ordering {
        unit: UnitIndex,
        order: Order,
    },
    /// Computing a tree's rows in that order.
    Climbing {
        unit: UnitIndex,
        order: Order,
    },
}

impl<'g> Plan<'g> {
    /// A plan for all marks, or for those on which the fields of one model depend.
    pub(crate) fn new(graph: &'g Graph, target: Option<ModelIndex>) -> Self {
        let wanted = target.map_or_else(
            || graph.units.iter().map(|_| true).collect(),
            |model| graph.units_before(model),
        );
        Self {
            graph,
            wanted,
            state: State::Free,
            aside: HashSet::new(),
            left: Vec::new(),
        }
    }

    /// Leaves rows out, which cannot be computed.
    pub(crate) fn set_aside(&mut self, rows: HashSet<Unable>) {
        self.aside = rows;
    }

    /// The marks of the rows that were left out.
    pub(crate) fn left(self) -> Vec<Mark> {
        self.left
    }

    /// The next job.
    ///
    /// # Errors
    /// When the rows of a tree are in a loop.
    pub(crate) fn next(&mut self, pending: &mut Pending) -> Result<Job, Circular> {
        loop {
            match std::mem::replace(&mut self.state, State::Free) {
                State::Free => {
                    let Some(unit) = self.first_unit(pending) else {
                        return Ok(Job::Done);
                    };
                    if let Some(job) = self.walk_to(unit, pending) {
                        return Ok(job);
                    }
                    let ids = self.due(unit, pending);
                    // All of its rows were left out, and their marks are off now.
                    if ids.is_empty() {
                        continue;
                    }
                    if self.graph.units[unit].tree.is_none() {
                        return Ok(Job::Compute { unit, ids });
                    }
                    let aside = self.aside.iter().filter(|(of, _)| *of == unit);
                    let order = Order::new(ids, aside.map(|&(_, id)| id).collect());
                    self.state = State::Ordering { unit, order };
                }
                State::Ordering { unit, mut order } => {
                    let routes = self.routes(unit);
                    if let Some((step, ids)) = order.next_walk(routes) {
                        // Nobody has locked the rows further down the tree.
                        self.state = State::Ordering { unit, order };
                        return Ok(Job::Walk {
                            model: self.graph.units[unit].model,
                            step,
                            ids,
                            unlocked: true,
                        });
                    }
                    let model = self.graph.units[unit].model;
                    let sorted = order.sort();
                    sorted.map_err(|ids| Circular { unit, model, ids })?;
                    self.state = State::Climbing { unit, order };
                }
                State::Climbing { unit, mut order } => {
                    // Asked anew at each level: what one level changes marks rows of the next.
                    let due =
                        pending.marked(self.graph.units[unit].model, &self.graph.due_slots(unit));
                    let Some(ids) = order.next_level(&due) else {
                        continue;
                    };
                    self.state = State::Climbing { unit, order };
                    return Ok(Job::Compute { unit, ids });
                }
                State::Walking { .. } => {
                    unreachable!("the driver answers a walk before it asks for the next job")
                }
            }
        }
    }

    /// The rows that are due for a unit, without those that are left out: their marks are taken off
    /// and kept.
    fn due(&mut self, unit: UnitIndex, pending: &mut Pending) -> Vec<Id> {
        let (model, slots) = (self.graph.units[unit].model, self.graph.due_slots(unit));
        let mut ids = pending.marked(model, &slots);
        if self.aside.is_empty() {
            return ids;
        }
        ids.retain(|&id| {
            let is_left_out = self.aside.contains(&(unit, id));
            for layer in pending.layers().filter(|_| is_left_out) {
                for &slot in &slots {
                    if pending.take(layer, model, id, slot) {
                        let choice = pending.choice(layer);
                        self.left.push((choice, model, id, slot));
                    }
                }
            }
            !is_left_out
        });
        ids
    }

    /// Where the walk of the last job led.
    pub(crate) fn reached(&mut self, pending: &mut Pending, pairs: &[(Id, Id)]) {
        match std::mem::replace(&mut self.state, State::Free) {
            State::Walking {
                from,
                step,
                mut marks,
            } => {
                let to = self.graph.reached_by(step);
                marks.sort_unstable_by_key(|&(_, id, _)| id);
                for &(id, reached) in pairs {
                    let start = marks.partition_point(|&(_, marked, _)| marked < id);
                    for &(layer, _, slot) in marks[start..]
                        .iter()
                        .take_while(|&&(_, marked, _)| marked == id)
                    {
                        if let Some((_, next)) = self.graph.models[from].slots[slot].walk {
                            pending.mark(layer, to, reached, next);
                        }
                    }
                }
            }
            State::Ordering { unit, mut order } => {
                order.reached(pairs);
                self.state = State::Ordering { unit, order };
            }
            other => self.state = other,
        }
    }

    /// What the computing of the last job changed.
    pub(crate) fn computed(&mut self, pending: &mut Pending, changed: &[Changed]) {
        // All readers but those along a tree have been marked by the driver.
        let State::Climbing { unit, order } = &self.state else {
            return;
        };
        let model = self.graph.units[*unit].model;
        for (at, route) in self.routes(*unit).iter().enumerate() {
            for change in changed {
                for &(columns, slot) in &route.readers {
                    if columns.intersects(change.columns) {
                        for &reader in order.readers(at, change.id) {
                            pending.mark(change.layer, model, reader, slot);
                        }
                    }
                }
            }
        }
    }

    fn routes(&self, unit: UnitIndex) -> &'g [crate::graph::Route] {
        self.graph.units[unit]
            .tree
            .as_ref()
            .map_or(&[], |tree| &tree.routes)
    }

    /// The first wanted unit for which any row is marked: one that is due, or one from which a walk
    /// to such a row has still to go on.
    fn first_unit(&self, pending: &Pending) -> Option<UnitIndex> {
        let models = self.graph.models.iter_enumerated();
        let slots = models.flat_map(|(model, node)| {
            node.slots
                .iter_enumerated()
                .map(move |(at, slot)| (model, at, slot.unit))
        });
        let wanted = slots.filter(|&(model, at, unit)| self.wanted[unit] && pending.any(model, at));
        wanted.map(|(_, _, unit)| unit).min()
    }

    /// The next walk that may end at the unit: the longest first, so that walks that meet go on as
    /// one. Other walks that begin with the same step are taken along.
    fn walk_to(&mut self, unit: UnitIndex, pending: &mut Pending) -> Option<Job> {
        let models = self.graph.models.iter_enumerated();
        let walks = models.flat_map(|(model, node)| {
            node.slots
                .iter_enumerated()
                .filter_map(move |(at, slot)| Some((model, at, slot, slot.walk?.0)))
        });
        let (_, model, step) = walks
            .filter(|&(model, at, slot, _)| slot.unit == unit && pending.any(model, at))
            .map(|(model, _, slot, step)| (std::cmp::Reverse(slot.steps), model, step))
            .min()?;
        let slots = self.graph.models[model].slots.iter_enumerated();
        let alike: Vec<SlotIndex> = slots
            .filter(|(_, slot)| slot.walk.is_some_and(|(first, _)| first == step))
            .map(|(at, _)| at)
            .collect();
        let ids = pending.marked(model, &alike);
        let mut marks = Vec::with_capacity(ids.len());
        for &id in &ids {
            for layer in pending.layers() {
                for &slot in &alike {
                    if pending.take(layer, model, id, slot) {
                        marks.push((layer, id, slot));
                    }
                }
            }
        }
        self.state = State::Walking {
            from: model,
            step,
            marks,
        };
        let node = &self.graph.models[model];
        let unlocked = alike.iter().any(|&slot| node.slots[slot].from_below);
        Some(Job::Walk {
            model,
            step,
            ids,
            unlocked,
        })
    }
}

#[cfg(test)]
mod tests;
