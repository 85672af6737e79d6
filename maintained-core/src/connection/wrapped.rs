//! What a connection has to be so that [`MaintainedConnection`] can wrap it.

use crate::connection::{MaintainedConnection, Running};
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::report::FlushReport;
use crate::wire::Wire;

/// The model whose fields a flush brings up to date, or all.
#[derive(Debug, Clone, Copy)]
pub struct Target(pub(super) Option<ModelIndex>);

/// A connection that [`MaintainedConnection`] can wrap.
///
/// Implemented for all that are a [`Database`](crate::Database), and for those of `diesel-async`
/// that are an `AsyncDatabase`. What each blocking connection does for itself is compiled with the
/// library, and not once more in each program.
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

    #[doc(hidden)]
    fn run_flush(conn: &mut MaintainedConnection<Self>, target: Target)
    -> Running<'_, FlushReport>;

    /// Undoes all levels inside a depth, whose body has panicked or is not waited for: at once, or
    /// before anything else is done on the connection.
    fn abandon(conn: &mut MaintainedConnection<Self>, depth: usize);
}
