//! Connections of `diesel-async`.

#[cfg(any(feature = "mysql", feature = "postgres"))]
mod connections;

use std::borrow::Cow;
use std::num::NonZeroU32;
use std::time::Duration;

use diesel::connection::{InstrumentationEvent, TransactionDepthChange, TransactionManagerStatus};
use diesel::deserialize;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::row::Row;
use diesel::sql_types::Untyped;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncConnectionCore, TransactionManager,
};
use futures_util::future::BoxFuture;
use futures_util::stream::{Stream, TryStreamExt};

use crate::catalog::linked::Linked;
use crate::sql::{Fragment, Kept, Results};
use crate::wire::Wire;

/// A connection of `diesel-async` that the library can wrap.
///
/// Implemented for those of the databases whose feature (`postgres`, `mysql`) is on. `SQLite` has
/// no async driver: see the guide for what to do there.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async connection that `maintained` supports",
    note = "turn on the feature of `maintained` for its database, beside the feature `async`"
)]
pub trait AsyncDatabase:
    AsyncConnection<TransactionManager = AnsiTransactionManager>
    + AsyncConnectionCore<Backend: Linked>
    + 'static
{
    /// Whether an answer that is not waited for is taken for that of the next statement.
    const ANSWERS_IN_TURN: bool;

    /// A row as it comes.
    type Came: for<'conn> Row<'conn, Self::Backend> + Send + 'static;

    /// The rows of a query.
    type Rows<'w>: Stream<Item = QueryResult<Self::Came>> + Send + Unpin + 'w;

    /// A piece of a query that borrows nothing, but may lack what the database has to tell.
    type Taken: Send + 'static;

    /// Rows to insert as arrays, which may lack the same.
    type Columns: Send + 'static;

    /// What the database has told.
    type Told: Default + std::fmt::Debug + Send + 'static;

    /// Whether a statement can be sent before the answer to the one before it is there: then the
    /// `BEGIN` of a transaction waits for the first statement, and travels with it.
    const PIPELINES: bool;

    /// Runs a query, after the `BEGIN` that waits for it.
    fn rows<'w, Q>(
        &'w mut self,
        begin: &'w mut Begin,
        query: Q,
    ) -> BoxFuture<'w, QueryResult<Self::Rows<'w>>>
    where
        Q: Query + QueryFragment<Self::Backend> + QueryId;

    /// Runs queries that do not wait for one another, as [`Wire::load_all`] says.
    fn load_all<Q, R>(
        &mut self,
        begin: &mut Begin,
        queries: Vec<Q>,
        mut read: R,
    ) -> impl Future<Output = Result<(), (usize, DieselError)>> + Send
    where
        Q: Query + QueryFragment<Self::Backend> + QueryId + Send,
        R: FnMut(usize, &<Self::Backend as Results>::Row<'_, '_>) -> deserialize::Result<()> + Send,
    {
        async move {
            for (at, query) in queries.into_iter().enumerate() {
                let rows = self.rows(begin, query);
                let done = read_all::<Self, _>(rows, |row| read(at, row)).await;
                done.map_err(|error| (at, error))?;
            }
            Ok(())
        }
    }

    /// Runs a statement, after the `BEGIN` that waits for it, and says how many rows it affected.
    fn send<'w, Q>(
        &'w mut self,
        begin: &'w mut Begin,
        query: Q,
    ) -> BoxFuture<'w, QueryResult<usize>>
    where
        Q: QueryFragment<Self::Backend> + QueryId;

    /// A row as it is read.
    fn row<'conn, 'query>(came: Self::Came) -> <Self::Backend as Results>::Row<'conn, 'query>;

    /// Whether a transaction is there, after a statement has failed. Where it takes no more
    /// statements, that is noted: a commit would roll back, and the database would not say so.
    fn is_in_transaction(&mut self) -> BoxFuture<'_, bool>;

    /// Notes that a transaction or savepoint was undone.
    fn note_undone(&mut self) {}

    /// Takes a piece of a query apart.
    ///
    /// # Errors
    /// When a value cannot be serialised.
    fn take(piece: &dyn QueryFragment<Self::Backend>) -> QueryResult<Self::Taken>;

    /// Puts a piece that was taken apart together again, complete.
    fn kept<'w>(
        &'w mut self,
        told: &'w mut Self::Told,
        taken: Self::Taken,
    ) -> BoxFuture<'w, QueryResult<Kept<Self::Backend>>>;

    /// Takes so many new rows apart, where they can be bound as arrays.
    ///
    /// # Errors
    /// When a value cannot be serialised.
    fn columns(
        values: &dyn QueryFragment<Self::Backend>,
        rows: usize,
    ) -> QueryResult<Option<Self::Columns>>;

    /// Puts them together as arrays.
    fn columnar<'w>(
        &'w mut self,
        told: &'w mut Self::Told,
        columns: Self::Columns,
    ) -> BoxFuture<'w, QueryResult<Option<Fragment<Self::Backend>>>>;
}

/// Reads the rows of a query, and says how many there are.
async fn read_all<C, R>(
    rows: BoxFuture<'_, QueryResult<C::Rows<'_>>>,
    mut read: R,
) -> QueryResult<usize>
where
    C: AsyncDatabase,
    R: FnMut(&<C::Backend as Results>::Row<'_, '_>) -> deserialize::Result<()> + Send,
{
    let mut rows = rows.await?;
    let mut count = 0;
    while let Some(came) = rows.try_next().await? {
        read(&C::row(came)).map_err(DieselError::DeserializationError)?;
        count += 1;
    }
    Ok(count)
}

/// The statement that begins the transaction, as long as it waits to be sent with the next one.
pub(crate) type Begin = Option<Cow<'static, str>>;

/// A connection of `diesel-async`, as [`MaintainedConnection`](crate::MaintainedConnection)
/// holds it.
#[derive(Debug)]
pub struct Async<C: AsyncDatabase> {
    pub(crate) inner: C,
    told: C::Told,
    pub(crate) begin: Begin,
    /// Whether a statement was sent, or was about to be, whose answer was not waited for.
    pub(crate) unanswered: bool,
}

/// Waits for an answer, and keeps in mind that one is waited for: this may be dropped meanwhile.
pub(crate) async fn answered<T>(unanswered: &mut bool, call: impl Future<Output = T>) -> T {
    // An earlier statement may be unanswered still: this answer says nothing of it.
    let before = std::mem::replace(unanswered, true);
    let answer = call.await;
    *unanswered = before;
    answer
}

impl<C: AsyncDatabase> Async<C> {
    pub(crate) fn new(inner: C) -> Self {
        Self {
            inner,
            told: C::Told::default(),
            begin: None,
            unanswered: false,
        }
    }

    /// Begins a transaction of which the database learns with its first statement.
    fn begin_with_next(&mut self, sql: Cow<'static, str>) -> QueryResult<()> {
        match self.status() {
            TransactionManagerStatus::Valid(status) if status.transaction_depth().is_none() => {
                status.change_transaction_depth(TransactionDepthChange::IncreaseDepth)?;
            }
            TransactionManagerStatus::Valid(_) => return Err(DieselError::AlreadyInTransaction),
            TransactionManagerStatus::InError => {
                return Err(DieselError::BrokenTransactionManager);
            }
        }
        self.begin = Some(sql);
        let event = InstrumentationEvent::begin_transaction(NonZeroU32::MIN);
        self.inner.instrumentation().on_connection_event(event);
        Ok(())
    }

    /// Ends a transaction of which the database has not learnt; says whether it was one.
    fn ends_unsent(&mut self, event: InstrumentationEvent<'_>) -> QueryResult<bool> {
        if self.begin.take().is_none() {
            return Ok(false);
        }
        self.inner.instrumentation().on_connection_event(event);
        if let TransactionManagerStatus::Valid(status) = self.status() {
            status.change_transaction_depth(TransactionDepthChange::DecreaseDepth)?;
        }
        Ok(true)
    }
}

impl<C: AsyncDatabase> Wire for Async<C> {
    type Db = C::Backend;
    type Answer<'c, T: 'c> = BoxFuture<'c, T>;
    type Taken = C::Taken;
    const IS_AWAITED: bool = true;

    fn answer<'c, T: 'c>(call: impl Future<Output = T> + Send + 'c) -> BoxFuture<'c, T> {
        Box::pin(call)
    }

    async fn pause(time: Duration) {
        futures_timer::Delay::new(time).await;
    }

    fn load<Q, R>(&mut self, query: Q, read: R) -> impl Future<Output = QueryResult<usize>> + Send
    where
        Q: Query<SqlType = Untyped> + QueryFragment<C::Backend> + QueryId,
        R: FnMut(&<C::Backend as Results>::Row<'_, '_>) -> deserialize::Result<()> + Send,
    {
        let rows = self.inner.rows(&mut self.begin, query);
        answered(&mut self.unanswered, read_all::<C, R>(rows, read))
    }

    fn load_all<Q, R>(
        &mut self,
        queries: Vec<Q>,
        read: R,
    ) -> impl Future<Output = Result<(), (usize, DieselError)>> + Send
    where
        Q: Query<SqlType = Untyped> + QueryFragment<C::Backend> + QueryId + Send,
        R: FnMut(usize, &<C::Backend as Results>::Row<'_, '_>) -> deserialize::Result<()> + Send,
    {
        let done = self.inner.load_all(&mut self.begin, queries, read);
        answered(&mut self.unanswered, done)
    }

    fn execute<Q>(&mut self, query: Q) -> impl Future<Output = QueryResult<usize>> + Send
    where
        Q: QueryFragment<C::Backend> + QueryId,
    {
        let sent = self.inner.send(&mut self.begin, query);
        answered(&mut self.unanswered, sent)
    }

    async fn batch(&mut self, sql: &str) -> QueryResult<()> {
        self.send_begin().await?;
        answered(&mut self.unanswered, self.inner.batch_execute(sql)).await
    }

    async fn begin(&mut self, sql: Cow<'static, str>) -> QueryResult<()> {
        if C::PIPELINES {
            return self.begin_with_next(sql);
        }
        let begun = AnsiTransactionManager::begin_transaction_sql(&mut self.inner, &sql);
        answered(&mut self.unanswered, begun).await
    }

    async fn send_begin(&mut self) -> QueryResult<()> {
        match self.begin.take() {
            Some(sql) => answered(&mut self.unanswered, self.inner.batch_execute(&sql)).await,
            None => Ok(()),
        }
    }

    async fn set_savepoint(&mut self) -> QueryResult<()> {
        self.send_begin().await?;
        let begun = AnsiTransactionManager::begin_transaction(&mut self.inner);
        answered(&mut self.unanswered, begun).await
    }

    async fn commit(&mut self) -> QueryResult<()> {
        if self.ends_unsent(InstrumentationEvent::commit_transaction(NonZeroU32::MIN))? {
            return Ok(());
        }
        let committed = AnsiTransactionManager::commit_transaction(&mut self.inner);
        answered(&mut self.unanswered, committed).await
    }

    async fn roll_back(&mut self) -> QueryResult<()> {
        if self.ends_unsent(InstrumentationEvent::rollback_transaction(NonZeroU32::MIN))? {
            return Ok(());
        }
        let undone = AnsiTransactionManager::rollback_transaction(&mut self.inner);
        answered(&mut self.unanswered, undone).await?;
        self.inner.note_undone();
        Ok(())
    }

    fn status(&mut self) -> &mut TransactionManagerStatus {
        AnsiTransactionManager::transaction_manager_status_mut(&mut self.inner)
    }

    async fn is_in_transaction(&mut self, _: &DieselError) -> bool {
        // What waits to begin cannot have ended.
        self.begin.is_some() || answered(&mut self.unanswered, self.inner.is_in_transaction()).await
    }

    fn is_out_of_step(&self) -> bool {
        C::ANSWERS_IN_TURN && self.unanswered
    }

    fn take_unanswered(&mut self) -> bool {
        !C::ANSWERS_IN_TURN && std::mem::take(&mut self.unanswered)
    }

    fn take(&mut self, it: &dyn QueryFragment<C::Backend>) -> QueryResult<C::Taken> {
        C::take(it)
    }

    fn keep(
        &mut self,
        taken: C::Taken,
    ) -> impl Future<Output = QueryResult<Kept<C::Backend>>> + Send {
        let kept = self.inner.kept(&mut self.told, taken);
        answered(&mut self.unanswered, kept)
    }

    fn columnar(
        &mut self,
        values: &dyn QueryFragment<C::Backend>,
        rows: usize,
    ) -> impl Future<Output = QueryResult<Option<Fragment<C::Backend>>>> + Send {
        let columns = C::columns(values, rows);
        async move {
            match columns? {
                Some(columns) => {
                    let columnar = self.inner.columnar(&mut self.told, columns);
                    answered(&mut self.unanswered, columnar).await
                }
                None => Ok(None),
            }
        }
    }
}
