//! What a connection has to be so that [`MaintainedConnection`] can wrap it.

use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::report::FlushReport;
use crate::wire::Wire;

/// A connection that [`MaintainedConnection`] can wrap.
///
/// Implemented for all that are a [`Database`](crate::Database), and for those of `diesel-async`
/// that are an `AsyncDatabase`.
pub trait Wrapped: Wire {
    /// What a scope runs after its flush.
    type Hook: Clone + Send + Sync + 'static;

    /// Runs a hook.
    ///
    /// # Errors
    /// The hook's own.
    fn run_hook<'c>(
        hook: &'c Self::Hook,
        conn: &'c mut MaintainedConnection<Self>,
        report: &'c FlushReport,
    ) -> impl Future<Output = Result<(), Error>> + Send + 'c;

    /// Undoes all levels inside a depth, whose body has panicked or is not waited for: at once, or
    /// before anything else is done on the connection.
    fn abandon(conn: &mut MaintainedConnection<Self>, depth: usize);
}
