//! Connections, as the engine uses them: the few calls that need one.

#[cfg(all(feature = "async", feature = "testing"))]
mod blocked;
mod blocking;
#[cfg(feature = "async")]
mod nonblocking;
#[cfg(all(feature = "async", feature = "postgres"))]
mod types;

#[cfg(all(feature = "async", feature = "testing"))]
pub use self::blocked::{BlockOn, Blocked};
pub(crate) use self::blocking::done;
#[cfg(feature = "async")]
pub(crate) use self::nonblocking::answered;
#[cfg(feature = "async")]
pub use self::nonblocking::{Async, AsyncDatabase};
#[cfg(all(feature = "async", feature = "postgres"))]
pub use self::types::{Types, Unfinished};

use std::borrow::Cow;
use std::future::ready;
use std::time::Duration;

use diesel::connection::TransactionManagerStatus;
use diesel::deserialize;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::sql_types::Untyped;

use crate::catalog::linked::Linked;
use crate::sql::{Fragment, Kept, Results};

/// A connection that the engine can work on.
///
/// The futures of a blocking connection are ready at once: nobody waits for them.
pub trait Wire: Send + Sized + 'static {
    /// The database.
    type Db: Linked;

    /// What a call gives back: the value itself, or a future of it.
    type Answer<'c, T: 'c>;

    /// Gives back what a call comes to.
    fn answer<'c, T: 'c>(call: impl Future<Output = T> + Send + 'c) -> Self::Answer<'c, T>;

    /// Whether its futures are awaited: then they may be dropped before they are ready.
    const IS_AWAITED: bool;

    /// Waits.
    fn pause(time: Duration) -> impl Future<Output = ()> + Send;

    /// Runs a query, and says how many rows it returned.
    ///
    /// The call itself sends the query, or makes bytes of it, and the future does not hold it. So a
    /// query may borrow, and need not be `Send`.
    ///
    /// # Errors
    /// What the database says; [`DieselError::DeserializationError`] where a row cannot be read.
    fn load<Q, R>(&mut self, query: Q, read: R) -> impl Future<Output = QueryResult<usize>> + Send
    where
        Q: Query<SqlType = Untyped> + QueryFragment<Self::Db> + QueryId,
        R: FnMut(&<Self::Db as Results>::Row<'_, '_>) -> deserialize::Result<()> + Send;

    /// Runs queries that do not wait for one another. A connection that can sends all of them before
    /// the first is answered. `read` is told which of them a row is of.
    ///
    /// # Errors
    /// As with [`load`](Self::load): the error of the first query that has one, and its place.
    fn load_all<Q, R>(
        &mut self,
        queries: Vec<Q>,
        mut read: R,
    ) -> impl Future<Output = Result<(), (usize, DieselError)>> + Send
    where
        Q: Query<SqlType = Untyped> + QueryFragment<Self::Db> + QueryId + Send,
        R: FnMut(usize, &<Self::Db as Results>::Row<'_, '_>) -> deserialize::Result<()> + Send,
    {
        async move {
            for (at, query) in queries.into_iter().enumerate() {
                let done = self.load(query, |row| read(at, row)).await;
                done.map_err(|error| (at, error))?;
            }
            Ok(())
        }
    }

    /// Runs a statement, and says how many rows it affected. As with [`load`](Self::load), the
    /// future does not hold it.
    ///
    /// # Errors
    /// What the database says.
    fn execute<Q>(&mut self, query: Q) -> impl Future<Output = QueryResult<usize>> + Send
    where
        Q: QueryFragment<Self::Db> + QueryId;

    /// Runs statements that are not prepared.
    ///
    /// # Errors
    /// What the database says.
    fn batch(&mut self, sql: &str) -> impl Future<Output = QueryResult<()>> + Send;

    /// Begins a transaction by a statement, which may wait for the first one inside and go with it.
    ///
    /// # Errors
    /// What the database says.
    fn begin(&mut self, sql: Cow<'static, str>) -> impl Future<Output = QueryResult<()>> + Send;

    /// Sends the statement that begins a transaction on its own, where it waits for another.
    ///
    /// # Errors
    /// What the database says.
    fn send_begin(&mut self) -> impl Future<Output = QueryResult<()>> + Send {
        ready(Ok(()))
    }

    /// Sets a savepoint.
    ///
    /// # Errors
    /// What the database says.
    fn set_savepoint(&mut self) -> impl Future<Output = QueryResult<()>> + Send;

    /// Commits the transaction, or releases the innermost savepoint.
    ///
    /// # Errors
    /// What the database says.
    fn commit(&mut self) -> impl Future<Output = QueryResult<()>> + Send;

    /// Undoes the transaction, or what came after the innermost savepoint.
    ///
    /// # Errors
    /// What the database says.
    fn roll_back(&mut self) -> impl Future<Output = QueryResult<()>> + Send;

    /// Notes that no transaction is open any more: it was prepared. Diesel may still count it,
    /// since that was a statement like any other.
    fn note_prepared(&mut self) {
        *self.status() = TransactionManagerStatus::default();
    }

    /// What Diesel knows of the transaction.
    fn status(&mut self) -> &mut TransactionManagerStatus;

    /// Whether the transaction that the library has begun is still there, after a statement in it
    /// has failed.
    fn is_in_transaction(&mut self, failure: &DieselError) -> impl Future<Output = bool> + Send;

    /// Whether a statement was not waited for, so that its answer would be taken for that of the
    /// next one.
    fn is_out_of_step(&self) -> bool {
        false
    }

    /// Whether a statement was not waited for since this was last asked, where the connection is
    /// not out of step for that. Nobody knows then whether the statement has failed.
    fn take_unanswered(&mut self) -> bool {
        false
    }

    /// Makes the connection usable after a statement has failed.
    fn recover(&mut self) {}

    /// A piece of a query that borrows nothing, but may lack what the database has to tell.
    type Taken: Send + 'static;

    /// Takes a piece of a query from the values that it borrows.
    ///
    /// # Errors
    /// When a value cannot be sent.
    fn take(&mut self, it: &dyn QueryFragment<Self::Db>) -> QueryResult<Self::Taken>;

    /// Completes a piece that was taken, so that it can be kept.
    ///
    /// # Errors
    /// When the database does not know the type of a value.
    fn keep(
        &mut self,
        taken: Self::Taken,
    ) -> impl Future<Output = QueryResult<Kept<Self::Db>>> + Send;

    /// New rows as one array a column, where the database takes them so: that is faster than the
    /// list `(..) VALUES (..), (..)`, which inserts the same. The values need not live until the
    /// future is ready.
    ///
    /// # Errors
    /// When a value cannot be serialised.
    fn columnar(
        &mut self,
        values: &dyn QueryFragment<Self::Db>,
        rows: usize,
    ) -> impl Future<Output = QueryResult<Option<Fragment<Self::Db>>>> + Send {
        let _: (&dyn QueryFragment<Self::Db>, usize) = (values, rows);
        ready(Ok(None))
    }
}
