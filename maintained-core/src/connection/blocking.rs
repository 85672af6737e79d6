//! What blocking connections alone have.

use crate::connection::MaintainedConnection;
use crate::wire::{Database, done};

impl<C: Database> MaintainedConnection<C> {
    /// The wrapped connection.
    ///
    /// Writes that are made on it leave no marks, as with any SQL that the library does not see: tell of them with
    /// [`touch`](crate::Maintained::touch). Its own `transaction` must not be used: the marks would not follow its
    /// rollback.
    pub fn inner_mut(&mut self) -> &mut C {
        done(self.before_inner());
        &mut self.inner
    }
}
