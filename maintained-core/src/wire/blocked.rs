//! Async connections that are waited for: for tests that are written for blocking ones.
//!
//! The statements, the rows and the errors are those of the async connection. So what is tested
//! with blocking connections is tested with async ones by the same text, but for what it means to
//! be awaited.

use std::borrow::Cow;
use std::future::ready;
use std::marker::PhantomData;
use std::thread;
use std::time::Duration;

use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, ConnectionSealed, Instrumentation,
    LoadConnection, SimpleConnection, TransactionManagerStatus,
};
use diesel::deserialize;
use diesel::expression::QueryMetadata;
use diesel::migration::{CREATE_MIGRATIONS_TABLE, MigrationConnection};
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{ConnectionResult, Error as DieselError, QueryResult};
use diesel::sql_types::Untyped;
use futures_util::stream::TryStreamExt;

use crate::sql::{Fragment, Kept, Results};
use crate::wire::{Async, AsyncDatabase, Wire, done};

/// What waits for a future.
pub trait BlockOn: Send + 'static {
    /// Waits for a future.
    fn block_on<T>(future: impl Future<Output = T>) -> T;
}

/// An async connection as a blocking one.
#[derive(Debug)]
pub struct Blocked<C: AsyncDatabase, B> {
    wire: Async<C>,
    /// What Diesel asks of a blocking connection; the levels are those of the async one.
    manager: AnsiTransactionManager,
    waits: PhantomData<fn(B)>,
}

impl<C: AsyncDatabase, B: BlockOn> Wire for Blocked<C, B> {
    type Db = C::Backend;
    type Answer<'c, T: 'c> = T;
    type Taken = C::Taken;
    const IS_AWAITED: bool = false;

    fn answer<'c, T: 'c>(call: impl Future<Output = T> + Send + 'c) -> T {
        done(call)
    }

    async fn pause(time: Duration) {
        thread::sleep(time);
    }

    fn load<Q, R>(&mut self, query: Q, read: R) -> impl Future<Output = QueryResult<usize>> + Send
    where
        Q: Query<SqlType = Untyped> + QueryFragment<C::Backend> + QueryId,
        R: FnMut(&<C::Backend as Results>::Row<'_, '_>) -> deserialize::Result<()> + Send,
    {
        ready(B::block_on(Wire::load(&mut self.wire, query, read)))
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
        ready(B::block_on(self.wire.load_all(queries, read)))
    }

    fn execute<Q>(&mut self, query: Q) -> impl Future<Output = QueryResult<usize>> + Send
    where
        Q: QueryFragment<C::Backend> + QueryId,
    {
        ready(B::block_on(self.wire.execute(query)))
    }

    async fn batch(&mut self, sql: &str) -> QueryResult<()> {
        B::block_on(self.wire.batch(sql))
    }

    async fn begin(&mut self, sql: Cow<'static, str>) -> QueryResult<()> {
        B::block_on(self.wire.begin(sql))
    }

    async fn send_begin(&mut self) -> QueryResult<()> {
        B::block_on(self.wire.send_begin())
    }

    async fn set_savepoint(&mut self) -> QueryResult<()> {
        B::block_on(self.wire.set_savepoint())
    }

    async fn commit(&mut self) -> QueryResult<()> {
        B::block_on(self.wire.commit())
    }

    async fn roll_back(&mut self) -> QueryResult<()> {
        B::block_on(self.wire.roll_back())
    }

    fn status(&mut self) -> &mut TransactionManagerStatus {
        self.wire.status()
    }

    async fn is_in_transaction(&mut self, failure: &DieselError) -> bool {
        B::block_on(self.wire.is_in_transaction(failure))
    }

    fn take(&mut self, it: &dyn QueryFragment<C::Backend>) -> QueryResult<C::Taken> {
        self.wire.take(it)
    }

    async fn keep(&mut self, taken: C::Taken) -> QueryResult<Kept<C::Backend>> {
        B::block_on(self.wire.keep(taken))
    }

    fn columnar(
        &mut self,
        values: &dyn QueryFragment<C::Backend>,
        rows: usize,
    ) -> impl Future<Output = QueryResult<Option<Fragment<C::Backend>>>> + Send {
        ready(B::block_on(self.wire.columnar(values, rows)))
    }
}

impl<C: AsyncDatabase, B: BlockOn> SimpleConnection for Blocked<C, B> {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        B::block_on(self.wire.batch(query))
    }
}

impl<C: AsyncDatabase, B> ConnectionSealed for Blocked<C, B> {}

impl<C: AsyncDatabase, B: BlockOn> Connection for Blocked<C, B> {
    type Backend = C::Backend;
    type TransactionManager = AnsiTransactionManager;

    fn establish(database_url: &str) -> ConnectionResult<Self> {
        Ok(Self {
            wire: Async::new(B::block_on(C::establish(database_url))?),
            manager: AnsiTransactionManager::default(),
            waits: PhantomData,
        })
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Self::Backend> + QueryId,
    {
        B::block_on(self.wire.execute(source))
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        &mut self.manager
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.wire.inner.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.wire.inner.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.wire.inner.set_prepared_statement_cache_size(size);
    }
}

impl<C: AsyncDatabase, B: BlockOn> LoadConnection for Blocked<C, B> {
    type Cursor<'conn, 'query> = std::vec::IntoIter<QueryResult<C::Came>>;
    type Row<'conn, 'query> = C::Came;

    fn load<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Self::Backend> + QueryId + 'query,
        Self::Backend: QueryMetadata<T::SqlType>,
    {
        let Async { inner, begin, .. } = &mut self.wire;
        let rows = inner.rows(begin, source);
        let rows: Vec<C::Came> = B::block_on(async { rows.await?.try_collect().await })?;
        Ok(rows.into_iter().map(Ok).collect::<Vec<_>>().into_iter())
    }
}

impl<C: AsyncDatabase, B: BlockOn> MigrationConnection for Blocked<C, B> {
    fn setup(&mut self) -> QueryResult<usize> {
        self.batch_execute(CREATE_MIGRATIONS_TABLE)?;
        Ok(0)
    }
}

#[cfg(feature = "r2d2")]
impl<C: AsyncDatabase, B: BlockOn> diesel::r2d2::R2D2Connection for Blocked<C, B> {
    fn ping(&mut self) -> QueryResult<()> {
        self.batch_execute("SELECT 1")
    }

    fn is_broken(&mut self) -> bool {
        !matches!(self.status().transaction_depth(), Ok(None))
    }
}
