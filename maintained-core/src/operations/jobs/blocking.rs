//! Jobs on blocking connections: each in a thread of its own.

use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::operations::run::{At, Crew};
use crate::operations::{Operation, Report};
use crate::wire::done;
use crate::write::Database;

impl<C: Database> Operation<C> {
    /// Runs the operation with as many jobs as there are connections, each in a thread of its own.
    ///
    /// The jobs share the batches of each table: what one has taken the others leave. Where they
    /// come to the same rows, since fields of both follow from the same parent, one of them waits,
    /// or is refused and run again. A database that takes one writer at a time, as `SQLite` does,
    /// gains nothing.
    ///
    /// How far a rebuild is is noted once all batches before are done, and no job runs more than
    /// eight batches ahead of another. These, and the one behind, may be done once more after a
    /// crash.
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # use maintained_core::{Error, MaintainedConnection, operations};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let connect = || MaintainedConnection::<SqliteConnection>::establish("shop.db");
    /// let mut connections = [connect()?, connect()?];
    /// let report = operations::rebuild().run_jobs(&mut connections)?;
    /// println!("{} rows written", report.written);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run); [`Error::Declaration`] where there is no connection. The other jobs
    /// end their batches before it is handed on.
    pub fn run_jobs(&self, connections: &mut [MaintainedConnection<C>]) -> Result<Report, Error>
    where
        MaintainedConnection<C>: Send,
    {
        done(self.by(Threads, connections))
    }
}

/// A thread for each connection.
struct Threads;

impl<C: Database> Crew<C> for Threads
where
    MaintainedConnection<C>: Send,
{
    async fn work(
        &self,
        operation: &Operation<C>,
        connections: &mut [MaintainedConnection<C>],
        at: At<'_>,
    ) -> Result<(), Error> {
        let results = std::thread::scope(|scope| {
            let jobs: Vec<_> = connections
                .iter_mut()
                .map(|conn| scope.spawn(move || done(operation.job(conn, at))))
                .collect();
            let joined = jobs.into_iter().map(std::thread::ScopedJoinHandle::join);
            joined.collect::<Vec<_>>()
        });
        joined(results)
    }
}

/// The first error of the jobs of a pass; a panic goes on in the caller's thread.
fn joined(results: Vec<std::thread::Result<Result<(), Error>>>) -> Result<(), Error> {
    for result in results {
        match result {
            Ok(done) => done?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    Ok(())
}
