//! What blocking connections alone have.

use std::future::ready;
use std::sync::Arc;

use diesel::connection::{AnsiTransactionManager, LoadConnection};

use crate::connection::{MaintainedConnection, Running, Target, Wrapped};
use crate::error::Error;
use crate::report::FlushReport;
use crate::wire::{Wire, done};

/// What a scope on a blocking connection runs after its flush.
pub type HookFn<C> =
    Arc<dyn Fn(&mut MaintainedConnection<C>, &FlushReport) -> Result<(), Error> + Send + Sync>;

/// A connection of Diesel's that can be wrapped.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection that `maintained` supports",
    note = "turn on the feature of `maintained` for its database: `sqlite`, `postgres` or `mysql`"
)]
pub trait Blocking:
    Wrapped<Hook = HookFn<Self>>
    + LoadConnection<Backend = <Self as Wire>::Db, TransactionManager = AnsiTransactionManager>
{
    /// What a call has given back, for code that is written for any of these connections.
    fn value<'c, T: 'c>(answer: Self::Answer<'c, T>) -> T;
}

/// Has the library compile what a blocking connection does for itself.
macro_rules! blocking {
    ([$($generics:tt)*] $connection:ty $(where $($bounds:tt)*)?) => {
        impl<$($generics)*> Blocking for $connection $(where $($bounds)*)? {
            fn value<'c, T: 'c>(answer: T) -> T {
                answer
            }
        }

        impl<$($generics)*> Wrapped for $connection {
            type Hook = HookFn<Self>;

            async fn run_hook<'c>(
                hook: &'c Self::Hook,
                conn: &'c mut MaintainedConnection<Self>,
                report: &'c FlushReport,
            ) -> Result<(), Error> {
                hook(conn, report)
            }

            fn run_flush(
                conn: &mut MaintainedConnection<Self>,
                target: Target,
            ) -> Running<'_, FlushReport> {
                Box::pin(ready(done(conn.flush_here(target.0))))
            }

            fn abandon(conn: &mut MaintainedConnection<Self>, depth: usize) {
                done(conn.undo_to(depth));
            }
        }
    };
}

/// Has a macro implement a trait for each blocking connection by itself.
macro_rules! each_blocking {
    ($implement:ident) => {
        #[cfg(feature = "sqlite")]
        $implement!([] diesel::SqliteConnection);
        #[cfg(feature = "postgres")]
        $implement!([] diesel::PgConnection);
        #[cfg(feature = "mysql")]
        $implement!([] diesel::MysqlConnection);
        #[cfg(all(feature = "async", feature = "testing"))]
        $implement!(
            [C: crate::wire::AsyncDatabase, B: crate::wire::BlockOn] crate::wire::Blocked<C, B>
            where C::Backend: diesel::expression::QueryMetadata<diesel::sql_types::Untyped>
        );
    };
}

pub(crate) use each_blocking;

each_blocking!(blocking);

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
