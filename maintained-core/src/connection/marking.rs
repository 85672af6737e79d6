//! A connection at work, and where the marks go.

use std::collections::HashSet;

use crate::catalog::Catalog;
use crate::connection::brackets::Brackets;
use crate::connection::mode::Mode;
use crate::connection::{MaintainedConnection, State, Wrapped};
use crate::declare::columns::ColumnSet;
use crate::declare::setter_set::SetterSet;
use crate::error::Error;
use crate::graph::{Choice, ModelIndex, Unsettled};
use crate::marks::change::Recorder;
use crate::marks::pending::Pending;
use crate::report::Work;
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
    pub(crate) fn recorder<'r, C: Wrapped>(
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

    /// The unique fields that a write sets to NULL which changes some columns of a model's rows: those that its marks will have
    /// computed.
    pub(crate) fn unsettled<C: Wrapped>(
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

    /// Whether marks are wanted.
    pub(crate) fn is_disabled(&self) -> bool {
        self.mode == Mode::Disabled
    }

    /// Whether the write is worked off at its end.
    pub(crate) fn is_immediate(&self) -> bool {
        self.mode == Mode::Immediate
    }
}

/// A part of a write: what it does with a connection at work, and with a place for marks.
pub(crate) trait Task<C: Wrapped>: Sync {
    type Output: Send;

    fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// What a connection at work knows besides.
pub(super) struct Rest<'c, C: Wrapped> {
    pub(super) pending: &'c mut Pending,
    pub(super) brackets: &'c mut Brackets<C>,
    pub(super) counts: &'c mut HashSet<ModelIndex>,
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Runs a part of a write with what it needs: statements to run, and a place for marks unless they are disabled.
    pub(crate) async fn at_work<T: Task<C>>(&mut self, task: &T) -> Result<T::Output, Error> {
        self.check().await?;
        let (choice, mode) = (self.choice(), self.mode());
        let mut counted = Work::default();
        let (mut session, rest) = self.session(&mut counted)?;
        let mut marking = Marking {
            pending: rest.pending,
            choice,
            mode,
            counts: rest.counts,
        };
        let done = task.run(&mut session, &mut marking).await;
        let Session { wrote, anew, .. } = session;
        self.state.wrote |= wrote;
        self.state.anew = anew;
        self.noting(done).await
    }

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
            learned,
            locks,
            anew,
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
            learned,
            aside: None,
            locks: *locks,
            wrote: false,
            anew: *anew,
        };
        let rest = Rest {
            pending,
            brackets,
            counts,
        };
        Ok((session, rest))
    }
}
