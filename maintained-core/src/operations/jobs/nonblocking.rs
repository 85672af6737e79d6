//! Jobs on async connections, all in one task.

use futures_util::future::{BoxFuture, join_all};

use crate::connection::{AsyncMaintainedConnection, MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::operations::run::{At, Crew};
use crate::operations::{Operation, Report};
use crate::wire::{Async, AsyncDatabase};

impl<C: AsyncDatabase> Operation<Async<C>> {
    /// Runs the operation with as many jobs as there are connections, all in the task that waits
    /// for it: the database works at several batches at a time, the setters run one after another.
    ///
    /// What holds for `run_jobs` holds here.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::AsyncPgConnection;
    /// # use maintained::*;
    /// # type AsyncConn = AsyncMaintainedConnection<AsyncPgConnection>;
    /// # async fn example(connections: &mut [AsyncConn]) -> Result<(), Error> {
    /// let report = operations::rebuild().run_jobs_async(connections).await?;
    /// println!("{} rows written", report.written);
    /// # Ok(()) } }
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run); [`Error::Declaration`] where there is no connection. The other jobs
    /// end their batches before it is handed on.
    pub fn run_jobs_async<'c>(
        &'c self,
        connections: &'c mut [AsyncMaintainedConnection<C>],
    ) -> BoxFuture<'c, Result<Report, Error>> {
        self.in_one_task(connections)
    }
}

impl<C: Wrapped> Operation<C> {
    fn in_one_task<'c>(
        &'c self,
        connections: &'c mut [MaintainedConnection<C>],
    ) -> C::Answer<'c, Result<Report, Error>> {
        C::answer(self.by(Together, connections))
    }
}

/// All connections in one task.
struct Together;

impl<C: Wrapped> Crew<C> for Together {
    async fn work(
        &self,
        operation: &Operation<C>,
        connections: &mut [MaintainedConnection<C>],
        at: At<'_>,
    ) -> Result<(), Error> {
        let jobs = connections.iter_mut();
        let jobs = jobs.map(|conn| operation.job(conn, at));
        join_all(jobs).await.into_iter().collect()
    }
}
