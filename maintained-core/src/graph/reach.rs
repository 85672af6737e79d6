//! Which rows a change to one row may lock: its own, those that its flush computes, and those that
//! it reads while it does.
//!
//! A flush locks rows as it comes to them. Two that come to the same rows from two sides meet in
//! opposite orders, and the database refuses one of them. So a small write locks what it may come
//! to before it begins. The graph knows the ways there; this module finds them.

use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::setter::{Direction, InputMeta};
use crate::graph::{
    Change, Graph, ModelIndex, Relation, SetterIndex, SlotIndex, Step, UnitIndex, Wake,
};

/// Ways with more hops are not followed: what lies behind is locked when the flush comes to it.
const MOST_HOPS: usize = 8;
/// One cause has no more ways than this, for the same reason.
const MOST_WAYS: usize = 64;

/// Why rows are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Cause {
    /// A row is written.
    Change(Change),
    /// Whatever may happen to a row in a bracket.
    Bracket,
    /// A row is marked.
    Mark(SlotIndex),
}

/// How rows are reached from the row that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) hops: Vec<Hop>,
    /// The model of the rows.
    pub(crate) model: ModelIndex,
    pub(crate) lock: Lock,
    /// The unit for whose sake they are locked; the first for what the write itself locks.
    pub(super) unit: UnitIndex,
    /// Whether a setter reads them as parents.
    pub(super) is_input: bool,
    /// In which of a batch's waves of hops they are read; 0 for what is no input.
    pub(super) wave: usize,
}

/// A part of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hop {
    Once(Step),
    /// Any number of times, along the rows of a tree.
    Along(Step),
}

impl Graph {
    /// The ways from a row of a model to the rows that may be locked for a cause. Where a row is
    /// written that is there before, the first way is to the row itself.
    pub(super) fn ways(&self, model: ModelIndex, cause: Cause) -> Ways {
        let mut search = Search {
            graph: self,
            found: Ways::default(),
            open: Vec::new(),
            cascading: Vec::new(),
        };
        match cause {
            Cause::Change(change) => {
                let own = match change {
                    Change::Inserted => Lock::None,
                    Change::Updated(_) => self.strongest(model),
                    Change::Deleted => Lock::Update,
                };
                search.own(model, own);
                search.change(&[], model, change);
                if change == Change::Deleted {
                    search.cascade(&[], model, true);
                }
            }
            Cause::Bracket => {
                search.own(model, Lock::Update);
                search.change(&[], model, Change::Deleted);
                search.cascade(&[], model, false);
                search.change(&[], model, Change::Inserted);
                search.change(&[], model, Change::Updated(ColumnSet::ALL));
            }
            Cause::Mark(slot) => search.slot(&[], model, slot),
        }
        let mut found = search.found;
        let moves = |relation: Relation| match cause {
            Cause::Change(Change::Updated(columns)) => {
                columns.contains(self.models[relation.child].meta.relations[relation.index].column)
            }
            _ => true,
        };
        let siblings = found.ways.iter().filter_map(|way| way.past_siblings(moves));
        for way in siblings.collect::<Vec<_>>() {
            found.add(way);
        }
        if cause == Cause::Change(Change::Inserted) {
            // The row is not there yet: all that can be locked is found from its parents.
            let ways = &mut found.ways;
            ways.retain(|way| matches!(way.hops.first(), Some(Hop::Once(Step::Up(_)))));
        }
        found
    }

    /// How strongly a row of a model is locked whose fields are computed: a unique column needs
    /// more than another one.
    pub(crate) fn strongest(&self, model: ModelIndex) -> Lock {
        let mut columns = self.models[model].meta.columns.iter();
        if columns.any(|column| column.maintained && column.unique) {
            Lock::Update
        } else {
            Lock::NoKeyUpdate
        }
    }

    /// How strongly a parent is locked that a setter reads: at once as strongly as it will have to
    /// be, where it may be computed in the same flush.
    pub(crate) fn parent_lock(&self, model: ModelIndex) -> Lock {
        if self.models[model].setters.is_empty() {
            Lock::Share
        } else {
            Lock::NoKeyUpdate
        }
    }
}

impl Way {
    /// A way up to a parent and down to its children leads to the row's siblings. Where the change
    /// may set that foreign key, the row becomes one of them and is not found by the way yet: the
    /// rest of the way, from the row itself.
    fn past_siblings(&self, moves: impl Fn(Relation) -> bool) -> Option<Self> {
        match self.hops.as_slice() {
            [
                Hop::Once(Step::Up(up)),
                Hop::Once(Step::Down(down)),
                rest @ ..,
            ] if up == down && !rest.is_empty() && moves(*up) => Some(Self {
                hops: rest.to_vec(),
                ..self.clone()
            }),
            _ => None,
        }
    }
}

/// The ways that were found.
#[derive(Debug, Default)]
pub(super) struct Ways {
    pub(super) ways: Vec<Way>,
    /// Whether some were not followed to their ends.
    pub(super) is_cut: bool,
}

impl Ways {
    /// Adds a way; of two to the same rows the stronger lock counts.
    fn add(&mut self, way: Way) {
        let is_full = self.ways.len() >= MOST_WAYS;
        match self.ways.iter_mut().find(|known| known.hops == way.hops) {
            Some(known) => {
                known.lock = known.lock.max(way.lock);
                known.is_input |= way.is_input;
            }
            None if !is_full => self.ways.push(way),
            None => self.is_cut = true,
        }
    }
}

struct Search<'g> {
    graph: &'g Graph,
    found: Ways,
    /// The setters that are being followed: none is followed within itself.
    open: Vec<(ModelIndex, SetterIndex)>,
    /// The relations of a cascade, likewise.
    cascading: Vec<Relation>,
}

impl Search<'_> {
    /// Locks the row itself.
    fn own(&mut self, model: ModelIndex, lock: Lock) {
        if lock != Lock::None {
            self.lock(&[], model, lock, UnitIndex::default());
        }
    }

    fn lock(&mut self, hops: &[Hop], model: ModelIndex, lock: Lock, unit: UnitIndex) {
        let way = Way {
            hops: hops.to_vec(),
            model,
            lock,
            unit,
            is_input: false,
            wave: 0,
        };
        self.found.add(way);
    }

    /// Follows a change to the rows that some hops lead to.
    fn change(&mut self, hops: &[Hop], model: ModelIndex, change: Change) {
        let graph = self.graph;
        let wakes = graph.models[model].wakes.iter();
        for wake in wakes.filter(|wake| change.leaves(wake)) {
            self.wake(hops, model, wake);
        }
    }

    /// Follows rows that some hops lead to, and that may be deleted, to what hangs on them. Where
    /// the first of them are sure to go, no way leads back: of a row on the way that goes nothing
    /// is left, and one that stays, with its foreign key nulled, keeps what hangs on it.
    fn cascade(&mut self, hops: &[Hop], model: ModelIndex, are_gone: bool) {
        let graph = self.graph;
        for &relation in &graph.models[model].dependents {
            if self.cascading.contains(&relation) {
                continue;
            }
            if hops.len() >= MOST_HOPS {
                self.found.is_cut = true;
                continue;
            }
            self.cascading.push(relation);
            let child = relation.child;
            let below = onward(hops, Step::Down(relation));
            self.lock(&below, child, Lock::Update, UnitIndex::default());
            let leads_back = |wake: &Wake| wake.up == Some(relation.index);
            for wake in &graph.models[child].wakes {
                if Change::Deleted.leaves(wake) && !(are_gone && leads_back(wake)) {
                    self.wake(&below, child, wake);
                }
            }
            self.cascade(&below, child, are_gone);
            self.cascading.pop();
        }
    }

    /// Follows a wake to the setter that it leads to.
    fn wake(&mut self, hops: &[Hop], model: ModelIndex, wake: &Wake) {
        let graph = self.graph;
        let (mut hops, mut model) = (hops.to_vec(), model);
        if let Some(index) = wake.up {
            let child = model;
            hops = onward(&hops, Step::Up(Relation { child, index }));
            model = graph.models[child].parents[index];
        }
        self.slot(&hops, model, wake.slot);
    }

    /// Follows a mark to its setter.
    fn slot(&mut self, hops: &[Hop], model: ModelIndex, slot: SlotIndex) {
        let graph = self.graph;
        let (mut hops, mut model) = (hops.to_vec(), model);
        let mut slot = &graph.models[model].slots[slot];
        let unit = slot.unit;
        while let Some((step, next)) = slot.walk {
            // A row's foreign key is read under a lock, and a row that was marked from below may
            // not be locked yet.
            if matches!(step, Step::Up(_)) || slot.from_below {
                self.lock(&hops, model, Lock::NoKeyUpdate, unit);
            }
            hops = onward(&hops, step);
            model = graph.reached_by(step);
            slot = &graph.models[model].slots[next];
        }
        if hops.len() <= MOST_HOPS {
            self.target(&hops, slot.target);
        } else {
            self.found.is_cut = true;
        }
    }

    /// Follows a setter that is due: to what it reads, and to what its fields wake.
    fn target(&mut self, hops: &[Hop], target: (ModelIndex, SetterIndex)) {
        if self.open.contains(&target) {
            return;
        }
        let graph = self.graph;
        let (model, setter) = target;
        let node = &graph.models[model];
        let unit = node.slots.iter().find(|slot| slot.target == target);
        let unit = unit.map_or_else(UnitIndex::default, |slot| slot.unit);
        self.open.push(target);
        for hops in self.along(hops, unit) {
            self.lock(&hops, model, graph.strongest(model), unit);
            self.inputs(&hops, model, (node.setters[setter].inputs, unit, 1));
            self.change(&hops, model, Change::Updated(node.setters[setter].fields));
        }
        self.open.pop();
    }

    /// The ways on along a tree, where the unit is one. Routes of several steps are left to the
    /// flush.
    fn along(&self, hops: &[Hop], unit: UnitIndex) -> Vec<Vec<Hop>> {
        let tree = self.graph.units[unit].tree.as_ref();
        let routes = tree.map_or(&[][..], |tree| &tree.routes);
        let single = routes.iter().filter_map(|route| match route.steps[..] {
            [step] => Some(Hop::Along(step)),
            _ => None,
        });
        let mut ways: Vec<Vec<Hop>> = single
            .map(|along| {
                let is_last = hops.last() == Some(&along);
                let more = (!is_last).then_some(along);
                hops.iter().copied().chain(more).collect()
            })
            .collect();
        if ways.is_empty() {
            ways.push(hops.to_vec());
        }
        ways
    }

    /// Follows the inputs of a setter: parents are locked, children are not.
    fn inputs(
        &mut self,
        hops: &[Hop],
        model: ModelIndex,
        (inputs, unit, wave): (&[InputMeta], UnitIndex, usize),
    ) {
        for input in inputs {
            let Some(read) = self.graph.index_of((input.model)()) else {
                // It would have been refused when the graph was built.
                continue;
            };
            let index = input.relation;
            let is_parent = matches!(input.direction, Direction::Parent { .. });
            let step = if is_parent {
                Step::Up(Relation {
                    child: model,
                    index,
                })
            } else {
                Step::Down(Relation { child: read, index })
            };
            let hops = onward(hops, step);
            if hops.len() > MOST_HOPS {
                continue;
            }
            if is_parent {
                let way = Way {
                    hops: hops.clone(),
                    model: read,
                    lock: self.graph.parent_lock(read),
                    unit,
                    is_input: true,
                    wave,
                };
                self.found.add(way);
            }
            self.inputs(&hops, read, (input.inner, unit, wave + 1));
        }
    }
}

/// One step further. A step up from the children of a row leads back to that row.
fn onward(hops: &[Hop], step: Step) -> Vec<Hop> {
    match (hops, step) {
        ([before @ .., Hop::Once(Step::Down(down))], Step::Up(up)) if *down == up => {
            before.to_vec()
        }
        _ => hops.iter().copied().chain([Hop::Once(step)]).collect(),
    }
}
