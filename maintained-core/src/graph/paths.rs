//! Which setters a change comes to, and by which paths: the wakes of the graph, followed to their
//! end.

use std::collections::{BTreeMap, BTreeSet};

use crate::declare::columns::ColumnSet;
use crate::declare::model::Content;
use crate::graph::{
    Change, Difference, Graph, ModelIndex, Relation, SetterIndex, SlotIndex, Step, UnitIndex, Wake,
};

/// A setter that a change comes to.
#[derive(Debug)]
pub(crate) struct Follower {
    /// Model and position.
    pub(crate) target: (ModelIndex, SetterIndex),
    pub(crate) unit: UnitIndex,
    pub(crate) paths: Vec<Path>,
}

/// How a change comes to a setter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) origin: Origin,
    /// From the row that has changed to the row of the setter.
    pub(crate) steps: Vec<Step>,
    /// The marks from which a walk goes on.
    pub(crate) walks: Vec<(ModelIndex, SlotIndex)>,
    /// How the field can be kept without being computed anew.
    pub(crate) difference: Option<Difference>,
}

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The row that is written.
    Written(ModelIndex, Change),
    /// A row that the database deletes or nulls along with it, at this place among the
    /// [cascades](Cascade).
    Hanging(usize, Change),
    /// The fields of a setter, as far as the path reads them.
    Fields((ModelIndex, SetterIndex), ColumnSet),
}

/// Rows that hang on a row that goes.
#[derive(Debug)]
pub(crate) struct Cascade {
    pub(crate) relation: Relation,
    /// From the row that is deleted.
    pub(crate) steps: Vec<Step>,
}

impl Graph {
    /// The setters that changes to a row come to, in the order of computing.
    pub(crate) fn followers(
        &self,
        model: ModelIndex,
        changes: &[Change],
        cascades: &[Cascade],
    ) -> Vec<Follower> {
        let mut search = Search {
            graph: self,
            found: BTreeMap::new(),
            left: Vec::new(),
        };
        for &change in changes {
            search.change(model, change, Origin::Written(model, change), None);
        }
        for (at, cascade) in cascades.iter().enumerate() {
            let child = cascade.relation.child;
            for change in self.losses(cascade.relation) {
                // The parent that it names is the one that goes.
                let gone = Some(Step::Up(cascade.relation));
                search.change(child, change, Origin::Hanging(at, change), gone);
            }
        }
        while let Some(target) = search.left.pop() {
            let (model, setter) = target;
            let fields = self.models[model].setters[setter].fields;
            let origin = Origin::Fields(target, fields);
            search.change(model, Change::Updated(fields), origin, None);
        }
        let mut followers: Vec<Follower> = search.found.into_values().collect();
        followers.sort_by_key(|it| {
            let order = &self.units[it.unit].order;
            let place = order.iter().position(|&setter| setter == it.target.1);
            (it.unit, place)
        });
        followers
    }

    /// The rows that hang on a row of a model, as far as they matter when it goes.
    pub(crate) fn cascades(&self, model: ModelIndex) -> Vec<Cascade> {
        let mut cascades: Vec<Cascade> = Vec::new();
        let mut left = vec![(model, Vec::new())];
        let mut seen = BTreeSet::new();
        while let Some((parent, steps)) = left.pop() {
            for &relation in &self.models[parent].dependents {
                if !seen.insert(relation) {
                    continue;
                }
                let mut steps: Vec<Step> = steps.clone();
                steps.push(Step::Down(relation));
                left.push((relation.child, steps.clone()));
                cascades.push(Cascade { relation, steps });
            }
        }
        cascades
    }

    /// What may happen to a row whose parent goes.
    fn losses(&self, relation: Relation) -> Vec<Change> {
        let meta = self.models[relation.child].meta;
        let column = meta.relations[relation.index].column;
        let mut losses = vec![Change::Deleted];
        let kind = (meta.columns[column].kind)();
        // Of other types it is not known.
        if kind.is_nullable || matches!(kind.content, Content::Uuid | Content::Other) {
            losses.push(Change::Updated(ColumnSet::of(column)));
        }
        losses
    }

    /// Where a wake leads to: the steps, the marks on the way, and the setter.
    fn path_of(
        &self,
        model: ModelIndex,
        wake: &Wake,
        origin: Origin,
    ) -> (Path, (ModelIndex, SetterIndex)) {
        let (mut model, mut at) = (model, wake.slot);
        let (mut steps, mut walks) = (Vec::new(), Vec::new());
        if let Some(index) = wake.up {
            let child = model;
            steps.push(Step::Up(Relation { child, index }));
            model = self.models[child].parents[index];
        }
        while let Some((step, next)) = self.models[model].slots[at].walk {
            walks.push((model, at));
            steps.push(step);
            (model, at) = (self.reached_by(step), next);
        }
        let path = Path {
            origin,
            steps,
            walks,
            difference: wake.difference,
        };
        (path, self.models[model].slots[at].target)
    }
}

struct Search<'g> {
    graph: &'g Graph,
    found: BTreeMap<(ModelIndex, SetterIndex), Follower>,
    /// The setters whose own followers are still to be found.
    left: Vec<(ModelIndex, SetterIndex)>,
}

impl Search<'_> {
    fn change(&mut self, model: ModelIndex, change: Change, origin: Origin, gone: Option<Step>) {
        let graph = self.graph;
        for wake in &graph.models[model].wakes {
            if !change.leaves(wake) {
                continue;
            }
            let (mut path, target) = graph.path_of(model, wake, origin);
            if let Origin::Fields(of, columns) = &mut path.origin {
                if *of == target && path.steps.is_empty() {
                    // Its own field, which would be computed if others wrote it.
                    continue;
                }
                *columns = *columns & wake.columns;
            }
            // A step back to the row that is deleted leads nowhere.
            if gone.is_some() && path.steps.first().copied() == gone {
                continue;
            }
            self.add(target, path);
        }
    }

    fn add(&mut self, target: (ModelIndex, SetterIndex), path: Path) {
        let slots = self.graph.models[target.0].slots.iter();
        let unit = slots
            .filter(|slot| slot.walk.is_none() && slot.target == target)
            .map(|slot| slot.unit)
            .next();
        let left = &mut self.left;
        let follower = self.found.entry(target).or_insert_with(|| {
            left.push(target);
            Follower {
                target,
                unit: unit.unwrap_or_default(),
                paths: Vec::new(),
            }
        });
        if !follower.paths.contains(&path) {
            follower.paths.push(path);
        }
    }
}
