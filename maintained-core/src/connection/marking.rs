//! A connection at work, and where the marks go.

use std::collections::HashSet;

use crate::backend::Database;
use crate::change::Recorder;
use crate::connection::brackets::Brackets;
use crate::connection::{MaintainedConnection, State};
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::pending::{Choice, Pending};
use crate::registry::Catalog;
use crate::report::Work;
use crate::session::Session;

/// Where the marks of a write go.
pub(crate) struct Marking<'c> {
    pub(super) pending: &'c mut Pending,
    pub(super) choice: Choice,
    pub(super) disabled: bool,
    /// The models whose keys the database has been seen to count up.
    pub(crate) counts: &'c mut HashSet<ModelIndex>,
}

impl Marking<'_> {
    /// What turns images into marks; nothing, where marks are disabled.
    pub(crate) fn recorder<'r, C: Database>(
        &'r mut self,
        session: &'r mut Session<'_, C>,
    ) -> Option<Recorder<'r>> {
        if self.disabled {
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
        self.disabled
    }
}

/// What a connection at work knows besides.
pub(super) struct Rest<'c, C: Database> {
    pub(super) pending: &'c mut Pending,
    pub(super) brackets: &'c mut Brackets<C>,
    pub(super) counts: &'c mut HashSet<ModelIndex>,
}

impl<C: Database> MaintainedConnection<C> {
    /// The connection at work: where statements run, and what they are for.
    pub(super) fn session<'c>(
        &'c mut self,
        work: &'c mut Work,
    ) -> Result<(Session<'c, C>, Rest<'c, C>), Error> {
        let catalog = Catalog::get()?;
        if self.state.arenas.is_empty() {
            self.state.arenas = catalog.arenas();
        }
        let State {
            arenas,
            pending,
            brackets,
            texts,
            locked,
            locks,
            counts,
            ..
        } = &mut self.state;
        let session = Session {
            inner: &mut self.inner,
            catalog,
            arenas,
            work,
            texts,
            locked,
            locks: *locks,
            wrote: false,
        };
        let rest = Rest {
            pending,
            brackets,
            counts,
        };
        Ok((session, rest))
    }
}
