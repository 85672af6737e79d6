//! A scope that is run again.

use crate::connection::{MaintainedConnection, Wrapped};
use crate::report::metrics;
use crate::scope::Scope;

/// A scope that is run again when the database refuses it: made by [`Scope::retries`].
#[derive(Debug)]
pub struct RetriedScope<C: Wrapped> {
    pub(crate) scope: Scope<C>,
    pub(super) times: usize,
}

/// How often a scope has been run, and may be run again.
pub(crate) struct Tries {
    left: usize,
    times: usize,
}

impl<C: Wrapped> RetriedScope<C> {
    /// Before the first time.
    pub(crate) fn tries(&self, is_outermost: bool) -> Tries {
        Tries {
            left: if is_outermost { self.times } else { 0 },
            times: 0,
        }
    }
}

impl Tries {
    /// How often the scope has been run.
    pub(crate) fn times(&self) -> usize {
        self.times
    }

    /// Before each time.
    pub(crate) fn begin<C: Wrapped>(&self, conn: &mut MaintainedConnection<C>) {
        conn.forget_refusals();
        conn.state.reports.retries = self.times;
    }

    /// Whether the scope is run again, now that it has failed: it may have been refused.
    pub(crate) fn is_again(&mut self, was_refused: bool) -> bool {
        if self.left == 0 || !was_refused {
            return false;
        }
        self.left -= 1;
        self.times += 1;
        metrics::retried("scope");
        tracing::debug!(
            left = self.left,
            "the database refused the scope, which is run again"
        );
        true
    }
}
