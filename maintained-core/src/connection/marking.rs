//! Where the marks of a write go.

use std::collections::HashSet;

use crate::backend::Database;
use crate::change::Recorder;
use crate::graph::{Choice, ModelIndex};
use crate::mode::Mode;
use crate::pending::Pending;
use crate::session::Session;

/// Where the marks of a write go.
pub(crate) struct Marking<'c> {
    pub(super) pending: &'c mut Pending,
    pub(super) choice: Choice,
    pub(super) mode: Mode,
    /// The models whose keys the database has been seen to count up.
    pub(crate) counts: &'c mut HashSet<ModelIndex>,
}

impl Marking<'_> {
    /// What turns images into marks; nothing, where marks are disabled.
    pub(crate) fn recorder<'r, C: Database>(
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

    /// Whether marks are wanted.
    pub(crate) fn is_disabled(&self) -> bool {
        self.mode == Mode::Disabled
    }

    /// Whether the write is worked off at its end.
    pub(crate) fn is_immediate(&self) -> bool {
        self.mode == Mode::Immediate
    }
}
