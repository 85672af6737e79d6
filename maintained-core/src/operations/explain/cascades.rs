//! The statements of a delete, and of what hangs on its row.

use std::collections::BTreeSet;

use super::planned::{Action, Sent};
use super::statements::Plan;
use super::written::Written;
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::engine::cascade;
use crate::graph::Relation;
use crate::sql::Dialect;

impl Plan<'_> {
    /// A delete reads what hangs on its row, level by level, before it and after it.
    pub(super) fn delete<DB: Dialect>(&mut self, written: &Written) {
        let graph = self.graph;
        let parent_of = |relation: Relation| graph.models[relation.child].parents[relation.index];
        // A row may hang on another of its model, be it by way of rows of other models. Then the
        // rows below are found level by level, and each level is asked for its own.
        let relations = written.cascades.iter().map(|cascade| cascade.relation);
        let is_in_circle = |relation: &Relation| {
            let below = &graph.models[relation.child].below;
            below.contains(&parent_of(*relation))
        };
        let circles: Vec<Relation> = relations.clone().filter(is_in_circle).collect();
        let mut after = vec![(written.model, false)];
        for relation in relations {
            let child = relation.child;
            let is_below = |circle: &Relation| {
                let below = &graph.models[circle.child].below;
                below.contains(&parent_of(relation))
            };
            self.each_level = circles.iter().any(is_below);
            self.read(child, Lock::Update);
            after.push((child, self.each_level));
            let unsettled = graph.models[child].unsettled.iter();
            for column in unsettled.map(|it| it.column).collect::<BTreeSet<_>>() {
                self.update(child, ColumnSet::of(column));
            }
        }
        self.each_level = false;
        self.add(Action::Delete, written.model, ColumnSet::NONE, Vec::new());
        if cascade::may_read_with_delete::<DB>(graph, written.model).is_some() {
            self.sent(Sent::WithLocks);
        }
        let below = &graph.models[written.model].below;
        self.ahead.retain(|model| !below.contains(model));
        let may_hang = after.len() > 1;
        if may_hang {
            // One statement asks where any rows are left.
            self.read(written.model, Lock::None);
        }
        for (model, each_level) in after {
            self.each_level = each_level;
            self.read(model, Lock::None);
            if may_hang {
                self.sent(Sent::IfLeft);
            }
        }
        self.each_level = false;
    }
}
