//! The traits of `diesel-async`, handed on to the connection inside.

use std::future::ready;
use std::sync::Arc;

use diesel::associations::HasTable;
use diesel::connection::{CacheSize, Instrumentation, TransactionManagerStatus};
use diesel::prelude::{AsChangeset, Identifiable};
use diesel::query_builder::{AsQuery, IntoUpdateTarget, QueryFragment, QueryId, UpdateStatement};
use diesel::result::{ConnectionResult, Error as DieselError, QueryResult};
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncConnectionCore, SimpleAsyncConnection,
    TransactionManager, UpdateAndFetchResults,
};
use futures_util::future::BoxFuture;

use crate::connection::noting::{Noting, note, noting};
use crate::connection::{Body, Level, Levels, MaintainedConnection, Running, Target, Wrapped};
use crate::error::Error;
use crate::report::FlushReport;
use crate::sql::{Kept, Whole};
use crate::wire::{Async, AsyncDatabase, Wire as _, answered};

/// A connection of `diesel-async` that keeps maintained fields.
///
/// It is a connection of `diesel-async` itself: queries, pools and migrations take it. All that
/// [`MaintainedConnection`] does on blocking connections it does here, with the same calls: what
/// they give back is awaited.
///
/// A future may be dropped before it is ready, for instance by a timeout. Then nothing of its scope
/// or write is committed, unless its `COMMIT` was under way. A write that stands alone may be a
/// single message, which commits by itself: once it is sent, all of it may be committed.
///
/// The next call on the connection undoes what is left, and a pool throws such a connection away. A
/// connection on which a `COMMIT`, `ROLLBACK` or savepoint was under way cannot be used any more:
/// each call is refused by an error that says so. On `MySQL` and `MariaDB` that goes for any
/// statement, since the driver would take its answer for that of the next one.
pub type AsyncMaintainedConnection<C> = MaintainedConnection<Async<C>>;

/// What a scope on an async connection runs after its flush.
pub type AsyncHook<C> = Arc<
    dyn for<'c> Fn(
            &'c mut AsyncMaintainedConnection<C>,
            &'c FlushReport,
        ) -> BoxFuture<'c, Result<(), Error>>
        + Send
        + Sync,
>;

impl<C: AsyncDatabase> Wrapped for Async<C> {
    type Hook = AsyncHook<C>;

    async fn run_hook<'c>(
        hook: &'c Self::Hook,
        conn: &'c mut MaintainedConnection<Self>,
        report: &'c FlushReport,
    ) -> Result<(), Error> {
        hook(conn, report).await
    }

    fn run_flush(
        conn: &mut MaintainedConnection<Self>,
        target: Target,
    ) -> Running<'_, FlushReport> {
        // That its futures cross threads the compiler sees only where the connection is any one.
        fn awaited<C: Wrapped>(
            conn: &mut MaintainedConnection<C>,
            target: Target,
        ) -> Running<'_, FlushReport> {
            Box::pin(conn.flush_here(target.0))
        }
        awaited(conn, target)
    }

    fn abandon(conn: &mut MaintainedConnection<Self>, depth: usize) {
        conn.note_abandoned(depth);
    }
}

impl<C: AsyncDatabase> AsyncMaintainedConnection<C> {
    /// Wraps a connection, which must not be in a transaction.
    ///
    /// ```
    /// # use maintained_core::AsyncMaintainedConnection;
    /// # #[cfg(feature = "postgres")]
    /// fn maintained(
    ///     conn: diesel_async::AsyncPgConnection,
    /// ) -> AsyncMaintainedConnection<diesel_async::AsyncPgConnection> {
    ///     AsyncMaintainedConnection::wrap(conn)
    /// }
    /// ```
    #[must_use]
    pub fn wrap(inner: C) -> Self {
        Self::new(Async::new(inner))
    }

    /// The wrapped connection.
    ///
    /// Writes that are made on it leave no marks, as with any SQL that the library does not see:
    /// tell of them with [`touch`](crate::Maintained::touch). Its own `transaction` must not be
    /// used: the marks would not follow its rollback. What is sent there has to be waited for:
    /// nobody notices where it is not.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncPgConnection, RunQueryDsl};
    /// # use maintained::*; use docs_shop::*;
    /// # type AsyncConn = AsyncMaintainedConnection<AsyncPgConnection>;
    /// # async fn example(conn: &mut AsyncConn, order: i32) -> Result<(), Error> {
    /// let free = diesel::update(items::table).set(items::price_cents.eq(0));
    /// free.execute(conn.inner_mut().await).await?; // nobody knows of it,
    /// Item::touch_where(conn, items::order_id.eq(order)).await?; // until it is told
    /// # Ok(()) } }
    /// ```
    pub async fn inner_mut(&mut self) -> &mut C {
        self.before_inner().await;
        if let Err(error) = self.send_begin().await {
            self.spoil(&error.into());
        }
        &mut self.inner.inner
    }

    /// Whether something has to be awaited before a statement of the caller's own can be sent.
    fn must_wait(&self) -> bool {
        let failures = &self.state.failures;
        failures.abandoned.is_some()
            || failures.suspect.is_some()
            || self.inner.unanswered
            || self.state.learned.is_strict
            || !self.state.brackets.is_empty()
    }
}

impl<C: AsyncDatabase> SimpleAsyncConnection for AsyncMaintainedConnection<C> {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.send_batch(query).await
    }
}

impl<C: AsyncDatabase> AsyncConnectionCore for AsyncMaintainedConnection<C> {
    type ExecuteFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<usize>>;
    type LoadFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<Noting<'conn, C::Rows<'conn>>>>;
    type Stream<'conn, 'query> = Noting<'conn, C::Rows<'conn>>;
    type Row<'conn, 'query> = C::Came;
    type Backend = C::Backend;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Self::Backend> + QueryId + 'query,
    {
        let query = source.as_query();
        if !self.must_wait() {
            return match self.admitted_now(&query) {
                Ok(()) => {
                    let Async {
                        inner,
                        begin,
                        unanswered,
                        ..
                    } = &mut self.inner;
                    let rows = inner.rows(begin, query);
                    Box::pin(noting(rows, unanswered, &mut self.state.failures))
                }
                Err(error) => Box::pin(ready(Err(error))),
            };
        }
        // The query need not be `Send`, and may borrow: it is taken apart before the first await.
        let taken = C::take(&query);
        let admitted = self.admit(&query);
        Box::pin(async move {
            self.ready(admitted).await?;
            let query = Whole(self.kept(taken).await?);
            let Async {
                inner,
                begin,
                unanswered,
                ..
            } = &mut self.inner;
            let rows = inner.rows(begin, query);
            noting(rows, unanswered, &mut self.state.failures).await
        })
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Self::Backend> + QueryId + 'query,
    {
        if !self.must_wait() {
            return match self.admitted_now(&source) {
                Ok(()) => {
                    let Async {
                        inner,
                        begin,
                        unanswered,
                        ..
                    } = &mut self.inner;
                    let sent = inner.send(begin, source);
                    let suspect = &mut self.state.failures.suspect;
                    Box::pin(async move {
                        let sent = answered(unanswered, sent).await;
                        note(suspect, &sent);
                        sent
                    })
                }
                Err(error) => Box::pin(ready(Err(error))),
            };
        }
        let taken = C::take(&source);
        let admitted = self.admit(&source);
        Box::pin(async move {
            self.ready(admitted).await?;
            let query = Whole(self.kept(taken).await?);
            let sent = self.inner.execute(query).await;
            self.noted(sent).await
        })
    }
}

impl<C: AsyncDatabase> AsyncConnection for AsyncMaintainedConnection<C> {
    type TransactionManager = Levels;

    async fn establish(database_url: &str) -> ConnectionResult<Self> {
        C::establish(database_url).await.map(Self::wrap)
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        self.inner.inner.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.inner.inner.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.inner.inner.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.inner.inner.set_prepared_statement_cache_size(size);
    }
}

impl<C: AsyncDatabase> TransactionManager<AsyncMaintainedConnection<C>> for Levels {
    type TransactionStateData = AnsiTransactionManager;

    async fn begin_transaction(conn: &mut AsyncMaintainedConnection<C>) -> QueryResult<()> {
        conn.begin_level().await
    }

    async fn rollback_transaction(conn: &mut AsyncMaintainedConnection<C>) -> QueryResult<()> {
        conn.settle_abandoned().await?;
        conn.undo_level().await
    }

    /// Commits; the outermost transaction brings everything up to date first.
    async fn commit_transaction(conn: &mut AsyncMaintainedConnection<C>) -> QueryResult<()> {
        conn.committing().await
    }

    /// As with any connection; where it is not waited for, it is undone before anything else is
    /// done.
    #[allow(clippy::manual_async_fn, reason = "what the future borrows is said")]
    fn transaction<'a, 'conn, F, R, E>(
        conn: &'conn mut AsyncMaintainedConnection<C>,
        body: F,
    ) -> impl Future<Output = Result<R, E>> + Send + 'conn
    where
        for<'r> F: AsyncFnOnce(&'r mut AsyncMaintainedConnection<C>) -> Result<R, E>
            + Body<&'r mut AsyncMaintainedConnection<C>, Result<R, E>, Running: Send>
            + Send
            + 'a,
        E: From<DieselError> + Send,
        R: Send,
        'a: 'conn,
    {
        async move {
            let level = conn.beginning().await?;
            match body(&mut *level.conn).await {
                Ok(value) => level.closing(Ok(())).await.map(|()| value).map_err(E::from),
                Err(error) => {
                    // Its own error is the one that tells.
                    level
                        .closing(Err(DieselError::RollbackTransaction))
                        .await
                        .ok();
                    Err(error)
                }
            }
        }
    }

    fn transaction_manager_status_mut(
        conn: &mut AsyncMaintainedConnection<C>,
    ) -> &mut TransactionManagerStatus {
        conn.inner.status()
    }

    /// A level that was left half begun or half ended is neither open nor closed.
    fn is_broken_transaction_manager(conn: &mut AsyncMaintainedConnection<C>) -> bool {
        conn.is_unclean()
    }
}

/// A connection with an open scope, an open transaction or pending marks is broken, and so is one
/// on which something was not waited for: a pool never hands it out again.
impl<C: AsyncDatabase + PoolableConnection> PoolableConnection for AsyncMaintainedConnection<C> {
    fn is_broken(&mut self) -> bool {
        self.is_unclean() || self.inner.inner.is_broken()
    }
}

/// The statement of `save_changes`.
type Saved<Changes> = UpdateStatement<
    <Changes as HasTable>::Table,
    <Changes as IntoUpdateTarget>::WhereClause,
    <Changes as AsChangeset>::Changeset,
>;

/// `save_changes`, which the connection inside knows how to do. It is an `UPDATE` of the caller's
/// own, and is refused as any other.
impl<C, Changes, Output> UpdateAndFetchResults<Changes, Output> for AsyncMaintainedConnection<C>
where
    C: AsyncDatabase + UpdateAndFetchResults<Changes, Output>,
    Output: Send,
    Changes: Copy + Identifiable + HasTable + IntoUpdateTarget + Send,
    Changes: AsChangeset<Target = <Changes as HasTable>::Table>,
    Saved<Changes>: AsQuery + QueryFragment<C::Backend> + QueryId,
{
    fn update_and_fetch<'conn, 'changes>(
        &'conn mut self,
        changeset: Changes,
    ) -> BoxFuture<'changes, QueryResult<Output>>
    where
        Changes: 'changes,
        'conn: 'changes,
        Self: 'changes,
    {
        let admitted = self.admit(&diesel::update(changeset).set(changeset));
        Box::pin(async move {
            self.ready(admitted).await?;
            // This statement goes past the wire, which would send a `BEGIN` along.
            self.send_begin().await?;
            let Async {
                inner, unanswered, ..
            } = &mut self.inner;
            let saved = answered(unanswered, inner.update_and_fetch(changeset)).await;
            self.noted(saved).await
        })
    }
}

/// Boxed where nothing is known of the connection but that it is wrapped: there the compiler can
/// tell that it is [`Send`].
impl<C: Wrapped> MaintainedConnection<C> {
    pub(crate) fn keeping(
        &mut self,
        taken: QueryResult<C::Taken>,
    ) -> BoxFuture<'_, QueryResult<Kept<C::Db>>> {
        Box::pin(self.kept(taken))
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

/// Boxed where nothing is known of the connection but that it is wrapped: there the compiler can
/// tell that it is [`Send`].
impl<'c, C: Wrapped> Level<'c, C> {
    pub(crate) fn closing(self, result: QueryResult<()>) -> BoxFuture<'c, QueryResult<()>> {
        Box::pin(self.end(result))
    }
}
