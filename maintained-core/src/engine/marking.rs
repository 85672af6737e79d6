//! Where the marks of a write go.

use std::collections::HashSet;

use crate::declare::columns::ColumnSet;
use crate::declare::setter_set::SetterSet;
use crate::graph::{Choice, ModelIndex, Unsettled};
use crate::marks::change::Recorder;
use crate::marks::mode::Mode;
use crate::marks::pending::Pending;
use crate::session::Session;
use crate::wire::Wire;

/// Where the marks of a write go.
pub(crate) struct Marking<'c> {
    pub(crate) pending: &'c mut Pending,
    pub(crate) choice: Choice,
    pub(crate) mode: Mode,
    /// The models whose keys the database has been seen to count up.
    pub(crate) counts: &'c mut HashSet<ModelIndex>,
}

impl Marking<'_> {
    /// What turns images into marks; nothing, where marks are disabled.
    pub(crate) fn recorder<'r, C: Wire>(
        &'r mut self,
        session: &'r mut Session<'_, C>,
    ) -> Option<Recorder<'r>> {
        if self.is_disabled() {
            return None;
        }
        let graph = &session.catalog.graph;
        let layer = self.pending.layer(graph, &self.choice);
        Some(Recorder {
            graph,
            arenas: session.arenas,
            pending: self.pending,
            layer,
            unit: None,
        })
    }

    /// The unique fields that a write sets to NULL when it changes these columns of a model's rows:
    /// those that its marks will have computed.
    pub(crate) fn unsettled<C: Wire>(
        &self,
        session: &Session<'_, C>,
        model: ModelIndex,
        changed: ColumnSet,
    ) -> ColumnSet {
        if self.is_disabled() {
            return ColumnSet::NONE;
        }
        let chosen = self
            .choice
            .as_ref()
            .map_or(SetterSet::ALL, |choice| choice.of(model));
        let is_meant = |it: &&Unsettled| it.by.intersects(changed) && chosen.contains(it.setter);
        let unsettled = session.catalog.graph.models[model].unsettled.iter();
        let columns = unsettled.filter(is_meant).map(|it| it.column);
        columns.fold(ColumnSet::NONE, ColumnSet::with)
    }

    /// Whether no marks are wanted.
    pub(crate) fn is_disabled(&self) -> bool {
        self.mode == Mode::Disabled
    }

    /// Whether the write is worked off at its end.
    pub(crate) fn is_immediate(&self) -> bool {
        self.mode == Mode::Immediate
    }
}
