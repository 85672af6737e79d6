//! The rows of a query of the caller's own, among which an error is noted.

use std::pin::Pin;
use std::task::{Context, Poll};

use diesel::result::QueryResult;
use futures_util::future::BoxFuture;
use futures_util::stream::Stream;

use crate::connection::failures::Failures;
use crate::error::FirstError;
use crate::wire::answered;

/// Has an error of a statement noted.
pub(super) fn note<T>(suspect: &mut Option<FirstError>, result: &QueryResult<T>) {
    if let Err(error) = result {
        *suspect = Some(FirstError::of(error));
    }
}

/// Waits for the rows of a query, and has an error noted.
pub(super) async fn noting<'conn, R>(
    rows: BoxFuture<'conn, QueryResult<R>>,
    unanswered: &mut bool,
    failures: &'conn mut Failures,
) -> QueryResult<Noting<'conn, R>> {
    let rows = answered(unanswered, rows).await;
    note(&mut failures.suspect, &rows);
    Ok(Noting {
        rows: rows?,
        failures,
        is_read: false,
    })
}

/// The rows of a query; an error among them is noted, and so is that there may have been one.
#[derive(Debug)]
pub struct Noting<'conn, R> {
    rows: R,
    failures: &'conn mut Failures,
    is_read: bool,
}

impl<R> Drop for Noting<'_, R> {
    fn drop(&mut self) {
        self.failures.unread |= !self.is_read;
    }
}

impl<T, R: Stream<Item = QueryResult<T>> + Unpin> Stream for Noting<'_, R> {
    type Item = QueryResult<T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.rows).poll_next(context);
        match &polled {
            Poll::Ready(Some(row)) => note(&mut this.failures.suspect, row),
            Poll::Ready(None) => this.is_read = true,
            Poll::Pending => {}
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}
