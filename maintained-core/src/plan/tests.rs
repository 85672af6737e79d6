//! The plan against a world in memory: rows that name one another, and numbers that follow.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::declare::setter_set::SetterSet;
use crate::graph::tests::shop;
use crate::graph::{Relation, SetterIndex};

/// The first slot of a model.
fn first() -> SlotIndex {
    SlotIndex::from(0)
}

/// Rows of each model, and the parent that each names.
#[derive(Debug, Clone, Default)]
struct World {
    parents: BTreeMap<(ModelIndex, Id), Option<Id>>,
    computed: Vec<(ModelIndex, Id, SetterIndex)>,
}

impl World {
    fn walk(&self, graph: &Graph, step: Step, ids: &[Id]) -> Vec<(Id, Id)> {
        match step {
            Step::Up(Relation { child, .. }) => ids
                .iter()
                .filter_map(|&id| Some((id, (*self.parents.get(&(child, id))?)?)))
                .collect(),
            Step::Down(Relation { child, .. }) => {
                let named = |(&(model, id), &parent): (&(ModelIndex, Id), &Option<Id>)| {
                    (model == child).then_some((parent?, id))
                };
                let _ = graph;
                self.parents
                    .iter()
                    .filter_map(named)
                    .filter(|(parent, _)| ids.contains(parent))
                    .collect()
            }
        }
    }

    /// Works everything off; every setter that runs changes what it keeps.
    fn flush(&mut self, graph: &Graph, pending: &mut Pending) -> Result<(), Circular> {
        let mut plan = Plan::new(graph, None);
        loop {
            match plan.next(pending)? {
                Job::Done => return Ok(()),
                Job::Walk { step, ids, .. } => {
                    let pairs = self.walk(graph, step, &ids);
                    plan.reached(pending, &pairs);
                }
                Job::Compute { unit, ids } => {
                    let changed = self.compute(graph, pending, unit, &ids);
                    plan.computed(pending, &changed);
                }
            }
        }
    }

    fn compute(
        &mut self,
        graph: &Graph,
        pending: &mut Pending,
        unit: UnitIndex,
        ids: &[Id],
    ) -> Vec<Changed> {
        let model = graph.units[unit].model;
        let mut changed = Vec::new();
        for &id in ids {
            let mut due = SetterSet::NONE;
            for slot in graph.due_slots(unit) {
                if pending.take(LayerIndex::default(), model, id, slot) {
                    due = due.with(graph.models[model].slots[slot].target.1);
                }
            }
            let ran = graph.units[unit].reach(due);
            let mut columns = ColumnSet::NONE;
            for setter in ran.iter() {
                self.computed.push((model, id, setter));
                columns |= graph.models[model].setters[setter].fields;
            }
            for wake in &graph.models[model].wakes {
                if wake.columns.intersects(columns) && wake.within != Some(unit) {
                    match wake.up {
                        None => pending.mark(LayerIndex::default(), model, id, wake.slot),
                        Some(relation) => {
                            if let Some(parent) = self.parents[&(model, id)] {
                                pending.mark(
                                    LayerIndex::default(),
                                    graph.models[model].parents[relation],
                                    parent,
                                    wake.slot,
                                );
                            }
                        }
                    }
                }
            }
            changed.push(Changed {
                layer: LayerIndex::default(),
                id,
                columns,
            });
        }
        changed
    }
}

fn tree_world(graph: &Graph, parents: &[Option<usize>]) -> World {
    let category = shop::model(graph, "Category");
    let mut world = World::default();
    for (at, parent) in parents.iter().enumerate() {
        // A parent before its child: no loop.
        let parent = parent
            .filter(|_| at > 0)
            .map(|parent| Id::try_from(parent % at).unwrap());
        world
            .parents
            .insert((category, Id::try_from(at).unwrap()), parent);
    }
    world
}

proptest! {
    #[test]
    fn a_tree_is_computed_once_a_row_and_top_down(
        parents in proptest::collection::vec(proptest::option::weighted(0.8, 0usize..20), 1..20),
        due in proptest::collection::btree_set(0usize..20, 1..6),
    ) {
        let graph = shop::graph();
        let category = shop::model(&graph, "Category");
        let mut world = tree_world(&graph, &parents);
        let mut pending = Pending::default();
        pending.layer(&graph, &None);
        for at in due.iter().filter(|&&at| at < parents.len()) {
            pending.mark(LayerIndex::default(), category, Id::try_from(*at).unwrap(), first());
        }
        prop_assert!(world.flush(&graph, &mut pending).is_ok());
        let order: Vec<Id> = world.computed.iter().map(|&(_, id, _)| id).collect();
        let place = |id: Id| order.iter().position(|&it| it == id);
        for (at, &id) in order.iter().enumerate() {
            prop_assert_eq!(place(id), Some(at), "once");
            if let Some(above) = world.parents[&(category, id)].and_then(place) {
                prop_assert!(above < at, "after its parent");
            }
        }
        // Whatever is due or hangs on what is due was computed.
        for (&(_, id), parent) in &world.parents {
            let is_due = due.contains(&(id as usize)) || parent.is_some_and(|parent| place(parent).is_some());
            prop_assert_eq!(place(id).is_some(), is_due);
        }
    }

    #[test]
    fn each_setter_runs_once_a_row_after_everything_that_it_reads(
        orders in proptest::collection::vec(0u32..3, 1..6),
        due in proptest::collection::vec((any::<bool>(), 0usize..6), 1..8),
    ) {
        let graph = shop::graph();
        let (order, customer) = (shop::model(&graph, "Order"), shop::model(&graph, "Customer"));
        let mut world = World::default();
        for (at, &parent) in orders.iter().enumerate() {
            world.parents.insert((order, Id::try_from(at).unwrap()), Some(parent));
            world.parents.insert((customer, parent), None);
        }
        let mut pending = Pending::default();
        pending.layer(&graph, &None);
        let renamed = graph.models[customer].wakes.iter().find(|wake| wake.columns.contains(shop::NAME)).unwrap();
        for &(is_rename, at) in &due {
            let id = orders[at % orders.len()];
            if is_rename {
                pending.mark(LayerIndex::default(), customer, id, renamed.slot);
            } else {
                pending.mark(LayerIndex::default(), order, Id::try_from(at % orders.len()).unwrap(), first());
            }
        }
        prop_assert!(world.flush(&graph, &mut pending).is_ok());
        let mut seen = world.computed.clone();
        seen.sort_unstable();
        seen.dedup();
        prop_assert_eq!(seen.len(), world.computed.len(), "once");
        let last_order = world.computed.iter().rposition(|&(model, ..)| model == order);
        let first_customer = world.computed.iter().position(|&(model, ..)| model == customer);
        if let (Some(last_order), Some(first_customer)) = (last_order, first_customer) {
            prop_assert!(last_order < first_customer);
        }
        prop_assert!(pending.is_empty());
    }
}

#[test]
fn a_loop_in_a_tree_is_found_with_its_rows() {
    let graph = shop::graph();
    let category = shop::model(&graph, "Category");
    let mut world = World::default();
    for (id, parent) in [(0, Some(2)), (1, Some(0)), (2, Some(1)), (3, None)] {
        world.parents.insert((category, id), parent);
    }
    let mut pending = Pending::default();
    pending.layer(&graph, &None);
    pending.mark(LayerIndex::default(), category, 1, first());
    assert_eq!(
        world.flush(&graph, &mut pending),
        Err(Circular {
            unit: graph.models[category].slots[first()].unit,
            model: category,
            ids: vec![0, 1, 2]
        })
    );
}

#[test]
fn a_plan_for_one_model_leaves_what_it_does_not_depend_on() {
    let graph = shop::graph();
    let (order, category) = (
        shop::model(&graph, "Order"),
        shop::model(&graph, "Category"),
    );
    let mut pending = Pending::default();
    pending.layer(&graph, &None);
    pending.mark(LayerIndex::default(), order, 0, first());
    pending.mark(LayerIndex::default(), category, 0, first());
    let mut plan = Plan::new(&graph, Some(shop::model(&graph, "Customer")));
    let Ok(Job::Compute { unit, .. }) = plan.next(&mut pending) else {
        panic!("an order's total comes before a customer's");
    };
    assert_eq!(graph.units[unit].model, order);
    pending.take(LayerIndex::default(), order, 0, first());
    assert_eq!(plan.next(&mut pending), Ok(Job::Done));
    assert!(pending.any(category, first()));
}
