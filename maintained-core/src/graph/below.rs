//! What a model's row has to do with the rows below it, once all slots and wakes are there.

use std::collections::BTreeSet;

use typed_index_collections::TiSlice;

use crate::graph::{ModelIndex, Node, Relation, Step, Wake};

/// Notes in each model what hangs on its rows, and which slots are marked from below.
pub(super) fn note(models: &mut TiSlice<ModelIndex, Node>) {
    dependents(models);
    below(models);
    from_below(models);
}

/// Finds the slots that are marked because of a row's children.
fn from_below(models: &mut TiSlice<ModelIndex, Node>) {
    let mut reached = Vec::new();
    for node in &*models {
        for wake in &node.wakes {
            reached.extend(wake.up.map(|index| (node.parents[index], wake.slot)));
        }
        for slot in &node.slots {
            if let Some((Step::Up(relation), next)) = slot.walk {
                reached.push((models[relation.child].parents[relation.index], next));
            }
        }
    }
    for (model, slot) in reached {
        models[model].slots[slot].from_below = true;
    }
}

/// Finds the relations that matter when a parent goes: the child, deleted or nulled along with it,
/// is read by somebody, or something that does matter hangs on the child in turn.
fn dependents(models: &mut TiSlice<ModelIndex, Node>) {
    let mut matters = BTreeSet::new();
    loop {
        let before = matters.len();
        for (child, node) in models.iter_enumerated() {
            for (index, relation) in node.meta.relations.iter_enumerated() {
                let is_read =
                    |wake: &Wake| wake.on_delete || wake.columns.contains(relation.column);
                let hangs_on_child = |&(parent, _): &(ModelIndex, Relation)| parent == child;
                if node.wakes.iter().any(is_read) || matters.iter().any(hangs_on_child) {
                    matters.insert((node.parents[index], Relation { child, index }));
                }
            }
        }
        if matters.len() == before {
            break;
        }
    }
    for (parent, relation) in matters {
        models[parent].dependents.push(relation);
    }
}

/// Follows the dependents as far as they go.
fn below(models: &mut TiSlice<ModelIndex, Node>) {
    for model in models.keys() {
        let mut below = BTreeSet::from([model]);
        let mut left = vec![model];
        while let Some(parent) = left.pop() {
            for relation in &models[parent].dependents {
                if below.insert(relation.child) {
                    left.push(relation.child);
                }
            }
        }
        models[model].below = below;
    }
}
