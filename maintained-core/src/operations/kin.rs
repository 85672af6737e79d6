//! Rows of a pass that read one another: those of a tree, or those of one parent.
//!
//! A row that reads a wrong one seems to differ, too. It is looked at together with that one, in
//! whichever batches the two of them are: so what is found does not depend on the batches.

use std::collections::BTreeSet;

use super::passes::Pass;
use crate::connection::Wrapped;
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::setter::{Direction, InputMeta};
use crate::engine::walk;
use crate::error::Error;
use crate::graph::{Graph, ModelIndex, Relation, Step};
use crate::session::Session;

/// The ways from a row of a pass to other rows whose fields of the pass it reads.
pub(super) fn ways(graph: &Graph, pass: &Pass) -> Vec<Vec<Step>> {
    let setters = &graph.models[pass.model].setters;
    let columns = pass.columns(graph).into_iter();
    let kin = Kin {
        graph,
        model: pass.model,
        fields: columns.fold(ColumnSet::NONE, ColumnSet::with),
    };
    let mut ways = Vec::new();
    for setter in pass.setters().iter() {
        kin.follow(pass.model, setters[setter].inputs, &[], &mut ways);
    }
    ways
}

/// What the ways lead to.
struct Kin<'g> {
    graph: &'g Graph,
    model: ModelIndex,
    fields: ColumnSet,
}

impl Kin<'_> {
    /// Follows what a setter reads, and notes the ways that lead back.
    fn follow(
        &self,
        from: ModelIndex,
        inputs: &[InputMeta],
        way: &[Step],
        ways: &mut Vec<Vec<Step>>,
    ) {
        for input in inputs {
            let Some(model) = self.graph.index_of((input.model)()) else {
                // It would have been refused when the graph was built.
                continue;
            };
            let index = input.relation;
            let step = match input.direction {
                Direction::Parent { .. } => Step::Up(Relation { child: from, index }),
                Direction::Children => Step::Down(Relation {
                    child: model,
                    index,
                }),
            };
            let way = [way, &[step]].concat();
            self.follow(model, input.inner, &way, ways);
            let is_kin = model == self.model && input.columns.intersects(self.fields);
            if is_kin && !ways.contains(&way) {
                ways.push(way);
            }
        }
    }
}

/// The rows that some rows read by these ways.
pub(super) async fn read_by<C: Wrapped>(
    session: &mut Session<'_, C>,
    ways: &[Vec<Step>],
    (model, ids): (ModelIndex, &BTreeSet<Id>),
) -> Result<BTreeSet<Id>, Error> {
    let mut read = BTreeSet::new();
    for way in ways {
        let (mut at, mut reached) = (model, ids.clone());
        for &step in way {
            let mut from: Vec<Id> = reached.into_iter().collect();
            session.arenas.get(at).sort(&mut from);
            let pairs = walk::step(session, step, &from).await?;
            reached = pairs.into_iter().map(|(_, to)| to).collect();
            at = session.catalog.graph.reached_by(step);
        }
        read.extend(reached);
    }
    Ok(read)
}
