//! Diesel's own connections: whatever is asked of them is done when the call returns.

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod connections;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use diesel::connection::{AnsiTransactionManager, LoadConnection};

use crate::wire::Wire;

/// A wire that is a Diesel connection.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection that `maintained` supports",
    note = "turn on the feature of `maintained` for its database: `sqlite`, `postgres` or `mysql`"
)]
pub trait Blocking:
    Wire + LoadConnection<Backend = <Self as Wire>::Db, TransactionManager = AnsiTransactionManager>
{
    /// What a call has given back, for code that is written for any of these connections.
    fn value<'c, T: 'c>(answer: Self::Answer<'c, T>) -> T;
}

/// What comes of a call on a blocking connection, all of whose futures are ready at once.
pub(crate) fn done<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a blocking connection is never waited for"),
    }
}
