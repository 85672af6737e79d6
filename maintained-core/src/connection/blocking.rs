//! What blocking connections alone have.

use std::sync::Arc;

use crate::connection::{MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::report::FlushReport;
use crate::wire::{Blocking, done};

/// What a scope on a blocking connection runs after its flush.
pub type HookFn<C> =
    Arc<dyn Fn(&mut MaintainedConnection<C>, &FlushReport) -> Result<(), Error> + Send + Sync>;

impl<C: Blocking> Wrapped for C {
    type Hook = HookFn<C>;

    async fn run_hook<'c>(
        hook: &'c Self::Hook,
        conn: &'c mut MaintainedConnection<Self>,
        report: &'c FlushReport,
    ) -> Result<(), Error> {
        hook(conn, report)
    }

    fn abandon(conn: &mut MaintainedConnection<Self>, depth: usize) {
        done(conn.undo_to(depth));
    }
}

impl<C: Blocking> MaintainedConnection<C> {
    /// The wrapped connection.
    ///
    /// Writes that are made on it leave no marks, as with any SQL that the library does not see:
    /// tell of them with [`touch`](crate::Maintained::touch). Its own `transaction` must not be
    /// used: the marks would not follow its rollback.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let items = diesel::update(items::table);
    /// let doubled = items.set(items::price_cents.eq(items::price_cents * 2));
    /// doubled.execute(conn.inner_mut())?; // nobody knows of it,
    /// Item::touch(conn, &[item.id])?; // until it is told
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(900));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    pub fn inner_mut(&mut self) -> &mut C {
        done(self.before_inner());
        &mut self.inner
    }
}
