//! `MySQL` and `MariaDB`: the driver reads answers in turn.

use std::future::ready;

use diesel::mysql::Mysql;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel_async::{AsyncConnectionCore, AsyncMysqlConnection, SimpleAsyncConnection};
use futures_util::future::BoxFuture;

use super::PROBE;
use crate::sql::{self, AnyRow, Fragment, Kept, Results};
use crate::wire::AsyncDatabase;
use crate::wire::nonblocking::Begin;

nonblocking!(AsyncMysqlConnection, Mysql, {
    const PIPELINES: bool = false;

    fn rows<'w, Q>(
        &'w mut self,
        _: &'w mut Begin,
        query: Q,
    ) -> BoxFuture<'w, QueryResult<Self::Rows<'w>>>
    where
        Q: Query + QueryFragment<Mysql> + QueryId,
    {
        self.load(query)
    }

    fn send<'w, Q>(&'w mut self, _: &'w mut Begin, query: Q) -> BoxFuture<'w, QueryResult<usize>>
    where
        Q: QueryFragment<Mysql> + QueryId,
    {
        self.execute_returning_count(query)
    }

    /// The driver reads the answer that comes next, whatever it is of.
    const ANSWERS_IN_TURN: bool = true;

    /// A savepoint outside of a transaction is gone at once.
    fn is_in_transaction(&mut self) -> BoxFuture<'_, bool> {
        Box::pin(async move { self.batch_execute(PROBE).await.is_ok() })
    }

    type Taken = Kept<Mysql>;
    type Columns = ();
    type Told = ();

    fn take(piece: &dyn QueryFragment<Mysql>) -> QueryResult<Self::Taken> {
        sql::kept(piece, &mut ())
    }

    fn kept<'w>(
        &'w mut self,
        (): &'w mut (),
        taken: Self::Taken,
    ) -> BoxFuture<'w, QueryResult<Kept<Mysql>>> {
        Box::pin(ready(Ok(taken)))
    }

    fn columns(_: &dyn QueryFragment<Mysql>, _: usize) -> QueryResult<Option<()>> {
        Ok(None)
    }

    fn columnar<'w>(
        &'w mut self,
        (): &'w mut (),
        (): (),
    ) -> BoxFuture<'w, QueryResult<Option<Fragment<Mysql>>>> {
        Box::pin(ready(Ok(None)))
    }
});
