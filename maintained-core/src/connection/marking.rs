//! A connection at work, and where the marks go.

use std::collections::HashSet;
use std::pin::Pin;

use crate::catalog::Catalog;
use crate::connection::brackets::Brackets;
use crate::connection::{MaintainedConnection, State, Wrapped};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::marks::pending::Pending;
use crate::report::Work;
use crate::session::Session;
use crate::session::read_ahead::ReadAhead;

/// A part of a write: what it does with a connection at work, and with a place for marks.
pub(crate) trait Task<C: Wrapped>: Sync {
    type Output: Send;

    fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// A task without its types: what surrounds it is compiled once for each kind of connection, and not
/// for each model and each write.
pub(crate) trait AnyTask<C: Wrapped>: Send {
    /// Whether its flush comes right after it, and takes the rows that it has read ahead.
    fn reads_ahead(&self) -> bool {
        false
    }

    /// Runs it, and says whether it has come to what it keeps.
    fn run<'r>(
        &'r mut self,
        session: &'r mut Session<'_, C>,
        marking: &'r mut Marking<'_>,
    ) -> Running<'r, bool>;
}

/// What runs, without its type.
pub(crate) type Running<'r, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'r>>;

/// A task that keeps what it has come to.
struct Keeping<'t, T, V> {
    task: &'t T,
    value: Option<V>,
}

impl<C: Wrapped, T: Task<C>> AnyTask<C> for Keeping<'_, T, T::Output> {
    fn run<'r>(
        &'r mut self,
        session: &'r mut Session<'_, C>,
        marking: &'r mut Marking<'_>,
    ) -> Running<'r, bool> {
        Box::pin(async move {
            self.value = Some(self.task.run(session, marking).await?);
            Ok(true)
        })
    }
}

/// What a connection at work knows besides.
pub(super) struct Rest<'c, C: Wrapped> {
    pub(super) pending: &'c mut Pending,
    pub(super) brackets: &'c mut Brackets<C>,
    pub(super) counts: &'c mut HashSet<ModelIndex>,
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Runs a part of a write with what it needs: statements to run, and a place for marks unless
    /// they are disabled.
    pub(crate) async fn at_work<T: Task<C>>(&mut self, task: &T) -> Result<T::Output, Error> {
        let mut keeping = Keeping { task, value: None };
        self.at_any_work(&mut keeping).await?;
        Ok(keeping
            .value
            .expect("a task that has not failed keeps a value"))
    }

    /// The same for a task without its types, which says whether it has come to what it keeps.
    pub(crate) async fn at_any_work(&mut self, task: &mut dyn AnyTask<C>) -> Result<bool, Error> {
        self.check().await?;
        let (choice, mode) = (self.choice(), self.mode());
        let mut counted = Work::noting_rows(self.state.reports.notes_rows());
        let (mut session, rest) = self.session(&mut counted)?;
        session.read_ahead = task.reads_ahead().then(ReadAhead::default);
        let mut marking = Marking {
            pending: rest.pending,
            choice,
            mode,
            counts: rest.counts,
        };
        let done = task.run(&mut session, &mut marking).await;
        let Session {
            wrote,
            anew,
            read_ahead,
            ..
        } = session;
        self.state.wrote |= wrote;
        self.state.anew = anew;
        self.state.read_ahead = read_ahead.filter(|_| done.is_ok());
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
            switches,
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
            switches: *switches,
            wrote: false,
            read_ahead: None,
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
