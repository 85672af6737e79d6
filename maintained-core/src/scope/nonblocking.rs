//! Scopes on async connections.
use std::sync::Arc;

use diesel::result::Error as DieselError;
use futures_util::future::BoxFuture;
use tracing::Instrument;

use crate::connection::{AsyncMaintainedConnection, Body, Hook, MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::report::FlushReport;
use crate::scope::{Opened, RetriedScope, Scope};
use crate::wire::{Async, AsyncDatabase};

impl<C: AsyncDatabase> Scope<Async<C>> {
    /// Runs a hook after the flush that works off this scope's marks, before the commit: an async
    /// closure, as `async |conn: &mut AsyncMaintainedConnection<_>, report: &FlushReport| ..`.
    ///
    /// Only a buffered scope has such a flush; that of an inner scope is the flush of the outermost
    /// one. What the hook writes is flushed as well; when it fails, the scope fails.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncPgConnection, RunQueryDsl};
    /// # use maintained::*; use docs_shop::*;
    /// # type AsyncConn = AsyncMaintainedConnection<AsyncPgConnection>;
    /// # async fn example(conn: &mut AsyncConn, order: i32) -> Result<(), Error> {
    /// Scope::buffered()
    ///     .after_flush_async(async |_conn: &mut AsyncConn, report: &FlushReport| {
    ///         assert_eq!(report.model("Order").changed, 1);
    ///         Ok(())
    ///     })
    ///     .run_async(conn, async |conn: &mut AsyncConn| Order::touch(conn, &[order]).await)
    ///     .await?;
    /// # Ok(()) } }
    /// ```
    #[must_use]
    pub fn after_flush_async<F>(mut self, hook: F) -> Self
    where
        for<'r, 's> F: AsyncFnOnce(&'r mut AsyncMaintainedConnection<C>, &'s FlushReport) -> Result<(), Error>
            + Hook<
                &'r mut AsyncMaintainedConnection<C>,
                &'s FlushReport,
                Result<(), Error>,
                Running: Send,
            > + Clone
            + Send
            + Sync
            + 'static,
    {
        self.hook = Some(Arc::new(move |conn, report| {
            let hook = hook.clone();
            Box::pin(async move { hook(conn, report).await })
        }));
        self
    }

    /// Runs a body in the scope.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncPgConnection, RunQueryDsl};
    /// # use maintained::*; use docs_shop::*;
    /// # type AsyncConn = AsyncMaintainedConnection<AsyncPgConnection>;
    /// # async fn example(conn: &mut AsyncConn, order: i32) -> Result<(), Error> {
    /// Scope::buffered()
    ///     .run_async(conn, async |conn: &mut AsyncConn| {
    ///         Item::insert(conn, (items::order_id.eq(order), items::price_cents.eq(450))).await
    ///     })
    ///     .await?;
    /// # Ok(()) } }
    /// ```
    ///
    /// # Errors
    /// The body's own; an unknown label or field; what the flush, a hook or the database says.
    #[expect(clippy::manual_async_fn, reason = "it says that its future is `Send`")]
    pub fn run_async<'a, 'conn, T, E, F>(
        self,
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
        async move { run_once(&self, conn, body).await }
    }
}

async fn run_once<C, T, E, F>(
    scope: &Scope<Async<C>>,
    conn: &mut AsyncMaintainedConnection<C>,
    body: F,
) -> Result<T, E>
where
    C: AsyncDatabase,
    for<'r> F: Body<&'r mut AsyncMaintainedConnection<C>, Result<T, E>, Running: Send> + Send,
    E: From<DieselError> + Send,
    T: Send,
{
    let mut opened = scope.opening(conn).await?;
    let (conn, span) = opened.body();
    let result = body(conn).instrument(span.clone()).await;
    opened.closing(result).await
}

impl<C: AsyncDatabase> RetriedScope<Async<C>> {
    /// Runs a body in the scope, as often as it takes and is allowed: each time, what the body has
    /// captured is as it was.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncPgConnection, RunQueryDsl};
    /// # use maintained::*; use docs_shop::*;
    /// # type AsyncConn = AsyncMaintainedConnection<AsyncPgConnection>;
    /// # async fn example(conn: &mut AsyncConn, order: i32) -> Result<(), Error> {
    /// Scope::buffered()
    ///     .retries(3)
    ///     .run_async(conn, async |conn: &mut AsyncConn| Order::touch(conn, &[order]).await)
    ///     .await?;
    /// # Ok(()) } }
    /// ```
    ///
    /// # Errors
    /// As [`Scope::run_async`]; the error of the last time.
    #[expect(clippy::manual_async_fn, reason = "it says that its future is `Send`")]
    pub fn run_async<'a, 'conn, T, E, F>(
        self,
        conn: &'conn mut AsyncMaintainedConnection<C>,
        body: F,
    ) -> impl Future<Output = Result<T, E>> + Send + 'conn
    where
        for<'r> F: AsyncFnOnce(&'r mut AsyncMaintainedConnection<C>) -> Result<T, E>
            + Body<&'r mut AsyncMaintainedConnection<C>, Result<T, E>, Running: Send>
            + Clone
            + Send
            + 'a,
        E: From<DieselError> + Send + 'a,
        T: Send + 'a,
        'a: 'conn,
    {
        async move {
            conn.settling().await?;
            let mut tries = self.tries(conn.is_outside());
            loop {
                tries.begin(conn);
                let result = run_once(&self.scope, conn, body.clone()).await;
                if result.is_ok() || !tries.is_again(conn.was_refused()) {
                    return result;
                }
            }
        }
    }
}

/// The scope of a mode, for a body.
macro_rules! scope {
    ($(#[$doc:meta])* $name:ident, $scope:ident) => {
        $(#[$doc])*
        pub fn $name<'a, 'conn, T, E, F>(
            &'conn mut self,
            body: F,
        ) -> impl Future<Output = Result<T, E>> + Send + 'conn
        where
            for<'r> F: AsyncFnOnce(&'r mut Self) -> Result<T, E>
                + Body<&'r mut Self, Result<T, E>, Running: Send>
                + Send
                + 'a,
            E: From<DieselError> + Send + 'a,
            T: Send + 'a,
            'a: 'conn,
        {
            Scope::<Async<C>>::$scope().run_async(self, body)
        }
    };
}

impl<C: AsyncDatabase> AsyncMaintainedConnection<C> {
    scope! {
        /// Runs a body as a scope whose marks are worked off once, at its end.
        ///
        /// # Errors
        /// The body's own; what the flush says.
        buffer_autoupdates, buffered
    }
    scope! {
        /// Runs a body as a scope whose writes leave no marks.
        ///
        /// What they make stale stays so until [`touch`](crate::Maintained::touch) mends it.
        ///
        /// # Errors
        /// The body's own.
        disable_autoupdates, disabled
    }
    scope! {
        /// Runs a body as a scope whose writes update at once, unless a scope around it says
        /// otherwise.
        ///
        /// # Errors
        /// The body's own.
        immediate_autoupdates, immediate
    }
}

/// Boxed where nothing is known of the connection but that it is wrapped: there the compiler can
/// tell that it is [`Send`].
impl<C: Wrapped> Scope<C> {
    pub(crate) fn opening<'c>(
        &'c self,
        conn: &'c mut MaintainedConnection<C>,
    ) -> BoxFuture<'c, Result<Opened<'c, C>, DieselError>> {
        Box::pin(self.open(conn))
    }
}

/// Boxed where nothing is known of the connection but that it is wrapped: there the compiler can
/// tell that it is [`Send`].
impl<'c, C: Wrapped> Opened<'c, C> {
    pub(crate) fn closing<T, E>(self, result: Result<T, E>) -> BoxFuture<'c, Result<T, E>>
    where
        T: Send + 'c,
        E: From<DieselError> + Send + 'c,
    {
        Box::pin(self.close(result))
    }
}
