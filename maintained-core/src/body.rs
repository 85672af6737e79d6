//! Async closures whose futures can be spoken of.
//!
//! Rust has no way yet to say of an [`AsyncFnOnce`] that its future is [`Send`]; by these traits it can be said. What
//! `diesel-async` uses for its `transaction` is the same, but private.

use futures_util::future::BoxFuture;

use crate::backend::Kept;
use crate::connection::{Level, MaintainedConnection};
use crate::error::Error;
use crate::scope::{Opened, Scope};
use crate::shared::SharedScope;
use crate::stored::Stored;
use crate::wire::Wire;
use crate::write::{Tracked, open_track};
use diesel::result::{Error as DieselError, QueryResult};

/// What is awaited before and after a body, in a box each. They are made where nothing is known of the connection but that it
/// is a wire: there the compiler can tell that they are [`Send`].
impl<C: Wire> Scope<C> {
    pub(crate) fn opening<'c>(
        &'c self,
        conn: &'c mut MaintainedConnection<C>,
    ) -> BoxFuture<'c, Result<Opened<'c, C>, DieselError>> {
        Box::pin(self.open(conn))
    }
}

impl<'c, C: Wire> Opened<'c, C> {
    pub(crate) fn closing<T, E>(self, result: Result<T, E>) -> BoxFuture<'c, Result<T, E>>
    where
        T: Send + 'c,
        E: From<DieselError> + Send + 'c,
    {
        Box::pin(self.close(result))
    }
}

impl<C: Wire> SharedScope<C> {
    pub(crate) fn opening<'c>(
        &'c self,
        conn: &'c mut MaintainedConnection<C>,
    ) -> BoxFuture<'c, Result<Level<'c, C>, DieselError>> {
        Box::pin(self.open(conn))
    }

    pub(crate) fn closing<'c, T, E>(
        &'c self,
        level: Level<'c, C>,
        result: Result<T, E>,
    ) -> BoxFuture<'c, Result<T, E>>
    where
        T: Send + 'c,
        E: From<DieselError> + Send + 'c,
    {
        Box::pin(self.close(level, result))
    }
}

impl<C: Wire> MaintainedConnection<C> {
    pub(crate) fn keeping(
        &mut self,
        taken: QueryResult<C::Taken>,
    ) -> BoxFuture<'_, QueryResult<Kept<C::Db>>> {
        Box::pin(self.kept(taken))
    }

    pub(crate) fn tracking<M: Stored<C::Db>>(
        &mut self,
        filter: Kept<C::Db>,
    ) -> BoxFuture<'_, Result<Tracked<'_, C>, Error>> {
        Box::pin(open_track::<C, M>(self, filter))
    }

    pub(crate) fn beginning(&mut self) -> BoxFuture<'_, QueryResult<Level<'_, C>>> {
        Box::pin(self.level())
    }

    pub(crate) fn settling(&mut self) -> BoxFuture<'_, QueryResult<()>> {
        Box::pin(self.settle_abandoned())
    }

    pub(crate) fn committing(&mut self) -> BoxFuture<'_, QueryResult<()>> {
        Box::pin(self.commit_level())
    }
}

impl<'c, C: Wire> Level<'c, C> {
    pub(crate) fn closing(self, result: QueryResult<()>) -> BoxFuture<'c, QueryResult<()>> {
        Box::pin(self.end(result))
    }
}

impl<'c, C: Wire> Tracked<'c, C> {
    pub(crate) fn closing<T, E>(self, result: Result<T, E>) -> BoxFuture<'c, Result<T, E>>
    where
        T: Send + 'c,
        E: From<DieselError> + Send + 'c,
    {
        Box::pin(self.close(result))
    }
}

/// What is awaited on a connection: `async |conn: &mut AsyncMaintainedConnection<_>| ..`.
///
/// Implemented for every async closure.
pub trait Body<T, R>: AsyncFnOnce(T) -> R + FnOnce(T) -> <Self as Body<T, R>>::Running {
    /// The future that it returns.
    type Running: Future<Output = R>;
}

impl<F, T, R, Running> Body<T, R> for F
where
    F: AsyncFnOnce(T) -> R + FnOnce(T) -> Running,
    Running: Future<Output = R>,
{
    type Running = Running;
}

/// The same with two arguments: `async |conn: &mut AsyncMaintainedConnection<_>, report: &FlushReport| ..`.
///
/// Implemented for every async closure.
pub trait Hook<A, B, R>:
    AsyncFnOnce(A, B) -> R + FnOnce(A, B) -> <Self as Hook<A, B, R>>::Running
{
    /// The future that it returns.
    type Running: Future<Output = R>;
}

impl<F, A, B, R, Running> Hook<A, B, R> for F
where
    F: AsyncFnOnce(A, B) -> R + FnOnce(A, B) -> Running,
    Running: Future<Output = R>,
{
    type Running = Running;
}
