//! `PostgreSQL`: answers go to whom they are for, and types have numbers of the database's own.

use std::future::{poll_fn, ready};
use std::pin::Pin;
use std::task::Poll;

use diesel::connection::TransactionManagerStatus;
use diesel::deserialize;
use diesel::pg::Pg;
use diesel::query_builder::{CollectedQuery, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind as Kind, Error as DieselError, QueryResult};
use diesel_async::{
    AnsiTransactionManager, AsyncConnectionCore, AsyncPgConnection, SimpleAsyncConnection,
    TransactionManager,
};
use futures_util::future::{BoxFuture, join, maybe_done};

use super::PROBE;
use crate::sql::{AnyRow, Columnar, Dialect, Fragment, Kept, Results};
use crate::wire::AsyncDatabase;
use crate::wire::nonblocking::{Begin, read_all};
use crate::wire::types::{Types, Unfinished};

nonblocking!(AsyncPgConnection, Pg, {
    const PIPELINES: bool = true;

    fn rows<'w, Q>(
        &'w mut self,
        begin: &'w mut Begin,
        query: Q,
    ) -> BoxFuture<'w, QueryResult<Self::Rows<'w>>>
    where
        Q: Query + QueryFragment<Pg> + QueryId,
    {
        let mut shared: &Self = self;
        let rows = shared.load(query);
        after(begin, shared, rows)
    }

    /// Sends all of them before the first is answered. The answers come in turn, and are read so:
    /// each is read to its end before the next.
    async fn load_all<Q, R>(
        &mut self,
        begin: &mut Begin,
        queries: Vec<Q>,
        mut read: R,
    ) -> Result<(), (usize, DieselError)>
    where
        Q: Query + QueryFragment<Pg> + QueryId + Send,
        R: FnMut(usize, &<Pg as Results>::Row<'_, '_>) -> deserialize::Result<()> + Send,
    {
        let mut shared: &Self = self;
        let mut begin = Some(begin);
        let mut sent = Vec::with_capacity(queries.len());
        for query in queries {
            let rows = shared.load(query);
            sent.push(maybe_done(match begin.take() {
                Some(begin) => after(begin, shared, rows),
                None => rows,
            }));
        }
        for at in 0..sent.len() {
            // A statement that is prepared is sent when it is first polled. One that is not yet may
            // hold what another waits for, so that all are polled.
            let answered = poll_fn(|context| {
                let polled = sent[at..].iter_mut().map(|it| Pin::new(it).poll(context));
                let polled: Vec<Poll<()>> = polled.collect();
                polled[0]
            });
            answered.await;
            let rows = Pin::new(&mut sent[at]).take_output();
            let rows = Box::pin(ready(rows.expect("it is taken once")));
            let done = read_all::<Self, _>(rows, |row| read(at, row)).await;
            done.map_err(|error| (at, error))?;
        }
        Ok(())
    }

    fn send<'w, Q>(
        &'w mut self,
        begin: &'w mut Begin,
        query: Q,
    ) -> BoxFuture<'w, QueryResult<usize>>
    where
        Q: QueryFragment<Pg> + QueryId,
    {
        let mut shared: &Self = self;
        let sent = shared.execute_returning_count(query);
        after(begin, shared, sent)
    }

    /// Whoever drops an answer gets the next one all the same.
    const ANSWERS_IN_TURN: bool = false;

    /// A savepoint fails outside of a transaction, and in one that has failed. Another statement
    /// tells which: it succeeds outside, and a failed transaction refuses it. On a connection that
    /// is gone it fails as well, and there is no transaction.
    fn is_in_transaction(&mut self) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            if self.batch_execute(PROBE).await.is_ok() {
                return true;
            }
            let is_failed = match self.batch_execute("SELECT 1").await {
                Err(DieselError::DatabaseError(kind, _)) => {
                    !matches!(kind, Kind::UnableToSendCommand | Kind::ClosedConnection)
                }
                _ => false,
            };
            if is_failed {
                note_failed(self, true);
            }
            is_failed
        })
    }

    /// What was undone to its savepoint takes statements again. Diesel would learn it from a
    /// blocking connection.
    fn note_undone(&mut self) {
        note_failed(self, false);
    }

    type Taken = (String, bool, Unfinished);
    type Columns = (Columnar, Unfinished);
    type Told = Types;

    fn take(piece: &dyn QueryFragment<Pg>) -> QueryResult<Self::Taken> {
        let is_cacheable = Pg::is_cacheable(piece)?;
        let sql = Pg::sql_of(piece)?;
        Ok((sql, is_cacheable, Unfinished::of(piece)?))
    }

    fn kept<'w>(
        &'w mut self,
        told: &'w mut Types,
        (sql, is_cacheable, unfinished): Self::Taken,
    ) -> BoxFuture<'w, QueryResult<Kept<Pg>>> {
        Box::pin(async move {
            let parameters = told.parameters(self, unfinished).await?;
            let query = CollectedQuery::new(sql, is_cacheable, parameters);
            Ok(Box::new(query) as Kept<Pg>)
        })
    }

    fn columns(values: &dyn QueryFragment<Pg>, rows: usize) -> QueryResult<Option<Self::Columns>> {
        match Columnar::of(values, rows)? {
            Some(columnar) => Ok(Some((columnar, Unfinished::of(values)?))),
            None => Ok(None),
        }
    }

    fn columnar<'w>(
        &'w mut self,
        told: &'w mut Types,
        (columnar, unfinished): Self::Columns,
    ) -> BoxFuture<'w, QueryResult<Option<Fragment<Pg>>>> {
        Box::pin(async move { Ok(columnar.with(told.parameters(self, unfinished).await?)) })
    }
});

/// Notes whether the transaction, if one is open, takes no more statements.
fn note_failed(conn: &mut AsyncPgConnection, is_failed: bool) {
    let status = AnsiTransactionManager::transaction_manager_status_mut(conn);
    if let TransactionManagerStatus::Valid(status) = status
        && let Some(level) = &mut status.in_transaction
    {
        level.requires_rollback_maybe_up_to_top_level = is_failed;
    }
}

/// Sends a statement right behind the `BEGIN` that waits for it. Both are polled in this order, so
/// they are sent in it. Until then the `BEGIN` waits on, should the statement never be sent.
fn after<'w, T: Send + 'w>(
    begin: &'w mut Begin,
    mut conn: &'w AsyncPgConnection,
    statement: BoxFuture<'w, QueryResult<T>>,
) -> BoxFuture<'w, QueryResult<T>> {
    if begin.is_none() {
        return statement;
    }
    Box::pin(async move {
        let Some(sql) = begin.take() else {
            return statement.await;
        };
        let (before, done) = join(conn.batch_execute(&sql), statement).await;
        // Where the `BEGIN` has failed, its error comes first: that of the statement may follow
        // from it.
        before.and(done)
    })
}
