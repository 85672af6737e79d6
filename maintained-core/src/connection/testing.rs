//! What tests switch off, to see what it is for.

use crate::connection::{MaintainedConnection, Wrapped};

impl<C: Wrapped> MaintainedConnection<C> {
    /// From now on no row is locked, so that fields go stale as soon as two connections write: for
    /// tests that show that they would notice.
    #[doc(hidden)]
    pub fn switch_off_locks(&mut self) {
        self.state.switches.locks = false;
    }

    /// From now on no field goes by a short way: for tests that compare both ways.
    #[doc(hidden)]
    pub fn switch_off_short_ways(&mut self) {
        self.state.switches.short_ways = false;
    }
}
