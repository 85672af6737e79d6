//! A write, and the same without its types.
//!
//! What surrounds a write (its level, its flush, its retries) is compiled once for each kind of
//! connection, and not for each model and each kind of write.

use crate::connection::{AnyTask, MaintainedConnection, Running, Task, Wrapped};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::session::Session;

/// How many statements a write sends that change something, beside those of its flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statements {
    /// At most one, which is atomic by itself.
    One,
    /// Any number.
    Many,
}

impl Statements {
    pub(super) fn one_if(is_one: bool) -> Self {
        if is_one { Self::One } else { Self::Many }
    }
}

/// A write of a model.
pub(super) trait Write<C: Wrapped>: Task<C> {
    /// The model whose rows it writes.
    fn model(&self) -> ModelIndex;

    fn statements(&self) -> Statements;

    /// Does all of the write, and all that follows from it, by one statement, if it is such a
    /// write: without a transaction around it, or within one.
    fn jointly(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        is_alone: bool,
    ) -> impl Future<Output = Result<Option<Self::Output>, Error>> + Send {
        let _ = (session, marking, is_alone);
        async { Ok(None) }
    }

    /// Reads what the write returns once more, since a flush has changed rows of the model.
    fn read_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        value: &mut Self::Output,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (conn, value);
        async { Ok(()) }
    }
}

/// How a write goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By one statement that does all of it, outside of any transaction; or else not at all.
    Alone,
    /// By one statement that does all of it, or by several.
    Within,
    /// Without what follows from it.
    Apart,
}

/// A write without its types, which keeps what it has come to.
pub(super) trait AnyWrite<C: Wrapped>: AnyTask<C> {
    fn statements(&self) -> Statements;

    fn model(&self) -> ModelIndex;

    /// Says how it goes when it is run next.
    fn go(&mut self, way: Way);

    /// Reads what it has come to once more.
    fn read_again<'r>(&'r mut self, conn: &'r mut MaintainedConnection<C>) -> Running<'r, ()>;
}

/// A write, and what it has come to.
pub(super) struct Kept<'w, W, V> {
    write: &'w W,
    way: Way,
    value: Option<V>,
}

impl<C: Wrapped, W: Write<C>> AnyTask<C> for Kept<'_, W, W::Output> {
    fn reads_ahead(&self) -> bool {
        self.way == Way::Within
    }

    fn run<'r>(
        &'r mut self,
        session: &'r mut Session<'_, C>,
        marking: &'r mut Marking<'_>,
    ) -> Running<'r, bool> {
        Box::pin(async move {
            let is_alone = self.way == Way::Alone;
            self.value = match self.way {
                Way::Alone | Way::Within => self.write.jointly(session, marking, is_alone).await?,
                Way::Apart => None,
            };
            if self.value.is_none() && !is_alone {
                self.value = Some(self.write.run(session, marking).await?);
            }
            Ok(self.value.is_some())
        })
    }
}

impl<C: Wrapped, W: Write<C>> AnyWrite<C> for Kept<'_, W, W::Output> {
    fn statements(&self) -> Statements {
        self.write.statements()
    }

    fn model(&self) -> ModelIndex {
        self.write.model()
    }

    fn go(&mut self, way: Way) {
        self.way = way;
    }

    fn read_again<'r>(&'r mut self, conn: &'r mut MaintainedConnection<C>) -> Running<'r, ()> {
        Box::pin(async move {
            match &mut self.value {
                Some(value) => self.write.read_again(conn, value).await,
                None => Ok(()),
            }
        })
    }
}

impl<'w, W, V> Kept<'w, W, V> {
    pub(super) fn of(write: &'w W) -> Self {
        Self {
            write,
            way: Way::Apart,
            value: None,
        }
    }

    /// What the write has come to, if it has run and not failed.
    pub(super) fn into_value(self) -> Option<V> {
        self.value
    }
}
