//! Diesel's own connections: whatever is asked of them is done when the call returns.

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod connections;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// What comes of a call on a blocking connection, all of whose futures are ready at once.
pub(crate) fn done<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("a blocking connection is never waited for"),
    }
}
