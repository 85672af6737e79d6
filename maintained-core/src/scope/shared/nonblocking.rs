//! Joining a shared scope on async connections.
use diesel::result::Error as DieselError;
use futures_util::future::BoxFuture;

use crate::connection::{AsyncMaintainedConnection, Body, Level, MaintainedConnection, Wrapped};
use crate::scope::shared::SharedScope;
use crate::wire::{Async, AsyncDatabase};

impl<C: AsyncDatabase> SharedScope<Async<C>> {
    /// Runs a body as a transaction whose marks join the scope when it commits, or when nobody
    /// knows whether it did: the connection was lost at the commit, or the commit was not waited
    /// for.
    ///
    /// Hooks of scopes in the body do not run: it has no flush of its own.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncPgConnection, RunQueryDsl};
    /// # use maintained::*; use docs_shop::*;
    /// # type AsyncConn = AsyncMaintainedConnection<AsyncPgConnection>;
    /// # async fn example(conn: &mut AsyncConn, order: i32) -> Result<(), Error> {
    /// let scope = SharedScope::new();
    /// let load = async |conn: &mut AsyncConn| Order::touch(conn, &[order]).await;
    /// scope.join_async(conn, load).await?;
    /// scope.flush(conn).await?;
    /// # Ok(()) } }
    /// ```
    ///
    /// # Errors
    /// The body's own; what the database says; [`DieselError::AlreadyInTransaction`] inside a
    /// transaction, whose marks could still be undone.
    #[expect(clippy::manual_async_fn, reason = "it says that its future is `Send`")]
    pub fn join_async<'a, 'conn, T, E, F>(
        &'conn self,
        conn: &'conn mut AsyncMaintainedConnection<C>,
        body: F,
    ) -> impl Future<Output = Result<T, E>> + Send + 'conn
    where
        for<'r> F: AsyncFnOnce(&'r mut AsyncMaintainedConnection<C>) -> Result<T, E>
            + Body<&'r mut AsyncMaintainedConnection<C>, Result<T, E>, Running: Send>
            + Send
            + 'a,
        E: From<DieselError> + Send + 'a,
        T: Send + 'a,
        'a: 'conn,
    {
        async move { join(self, conn, body).await }
    }
}

async fn join<C, T, E, F>(
    scope: &SharedScope<Async<C>>,
    conn: &mut AsyncMaintainedConnection<C>,
    body: F,
) -> Result<T, E>
where
    C: AsyncDatabase,
    for<'r> F: Body<&'r mut AsyncMaintainedConnection<C>, Result<T, E>, Running: Send> + Send,
    E: From<DieselError> + Send,
    T: Send,
{
    let level = scope.opening(conn).await?;
    let result = body(&mut *level.conn).await;
    scope.closing(level, result).await
}

/// Boxed where nothing is known of the connection but that it is wrapped: there the compiler can
/// tell that it is [`Send`].
impl<C: Wrapped> SharedScope<C> {
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
