//! Units that follow a self reference: which rows of a tree depend on which.

use crate::declare::columns::ColumnSet;
use crate::graph::{Graph, ModelIndex, Relation, SlotIndex, Step, UnitIndex};

/// How the rows of a unit depend on one another along self references.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The ways from a row to the rows that read it.
    pub(crate) routes: Vec<Route>,
}

/// A way from a row to the rows of the same model that read it.
#[derive(Debug)]
pub(crate) struct Route {
    /// The steps: in almost all routes a single one.
    pub(crate) steps: Vec<Step>,
    /// The slots that a change marks at its end, each with the columns that wake it.
    pub(crate) readers: Vec<(ColumnSet, SlotIndex)>,
}

/// Finds, for each unit that is a tree, the wakes by which its rows wake one another.
pub(super) fn plant(graph: &mut Graph) {
    for unit in graph.units.keys() {
        if graph.units[unit].tree.is_none() {
            continue;
        }
        let model = graph.units[unit].model;
        let fields = graph.units[unit].fields;
        let mut tree = Tree::default();
        for at in 0..graph.models[model].wakes.len() {
            let Some((steps, end)) = route(graph, model, unit, at) else {
                continue;
            };
            let wake = &mut graph.models[model].wakes[at];
            if wake.columns.intersects(fields) {
                wake.within = Some(unit);
                let reader = (wake.columns, end);
                match tree.routes.iter_mut().find(|route| route.steps == steps) {
                    Some(route) => route.readers.push(reader),
                    None => tree.routes.push(Route {
                        steps,
                        readers: vec![reader],
                    }),
                }
            }
        }
        graph.units[unit].tree = Some(tree);
    }
}

/// The steps of a wake's walk and the slot at its end, where it never leaves the model and ends in
/// the unit.
fn route(
    graph: &Graph,
    model: ModelIndex,
    unit: UnitIndex,
    wake: usize,
) -> Option<(Vec<Step>, SlotIndex)> {
    let node = &graph.models[model];
    let wake = &node.wakes[wake];
    let mut steps = Vec::new();
    if let Some(index) = wake.up {
        steps.push(Step::Up(Relation {
            child: model,
            index,
        }));
        if node.parents[index] != model {
            return None;
        }
    }
    let mut slot = wake.slot;
    while let Some((step, next)) = node.slots[slot].walk {
        if graph.reached_by(step) != model {
            return None;
        }
        steps.push(step);
        slot = next;
    }
    (!steps.is_empty() && node.slots[slot].unit == unit).then_some((steps, slot))
}
