//! The blocking connections of the three databases.

use std::borrow::Cow;
use std::future::ready;
use std::thread;
use std::time::Duration;

use diesel::connection::{
    AnsiTransactionManager, Connection, DefaultLoadingMode, LoadConnection, SimpleConnection,
    TransactionManager, TransactionManagerStatus,
};
use diesel::deserialize;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};
use diesel::sql_types::Untyped;

use super::done;
#[cfg(feature = "postgres")]
use crate::sql::Fragment;
use crate::sql::{self, Kept, Results};
use crate::wire::Wire;

/// What the three connections have in common.
macro_rules! blocking {
    ($connection:ty, $backend:ty, { $($own:tt)* }) => {
        impl Wire for $connection {
            type Db = $backend;
            type Answer<'c, T: 'c> = T;

            fn answer<'c, T: 'c>(call: impl Future<Output = T> + Send + 'c) -> T {
                done(call)
            }

            const IS_AWAITED: bool = false;

            async fn pause(time: Duration) {
                thread::sleep(time);
            }

            type Taken = Kept<$backend>;

            async fn keep(&mut self, taken: Self::Taken) -> QueryResult<Kept<$backend>> {
                Ok(taken)
            }

            fn load<Q, R>(
                &mut self,
                query: Q,
                mut read: R,
            ) -> impl Future<Output = QueryResult<usize>> + Send
            where
                Q: Query<SqlType = Untyped> + QueryFragment<$backend> + QueryId,
                R: FnMut(&<$backend as Results>::Row<'_, '_>) -> deserialize::Result<()> + Send,
            {
                let load = || {
                    let mut count = 0;
                    for row in LoadConnection::<DefaultLoadingMode>::load(self, query)? {
                        read(&row?.into()).map_err(DieselError::DeserializationError)?;
                        count += 1;
                    }
                    Ok(count)
                };
                ready(load())
            }

            fn execute<Q>(&mut self, query: Q) -> impl Future<Output = QueryResult<usize>> + Send
            where
                Q: QueryFragment<$backend> + QueryId,
            {
                ready(self.execute_returning_count(&query))
            }

            async fn batch(&mut self, sql: &str) -> QueryResult<()> {
                self.batch_execute(sql)
            }

            async fn begin(&mut self, sql: Cow<'static, str>) -> QueryResult<()> {
                AnsiTransactionManager::begin_transaction_sql(self, &sql)
            }

            async fn set_savepoint(&mut self) -> QueryResult<()> {
                AnsiTransactionManager::begin_transaction(self)
            }

            async fn commit(&mut self) -> QueryResult<()> {
                AnsiTransactionManager::commit_transaction(self)
            }

            async fn roll_back(&mut self) -> QueryResult<()> {
                AnsiTransactionManager::rollback_transaction(self)
            }

            fn status(&mut self) -> &mut TransactionManagerStatus {
                AnsiTransactionManager::transaction_manager_status_mut(self)
            }

            $($own)*
        }
    };
}

#[cfg(feature = "sqlite")]
blocking!(diesel::SqliteConnection, diesel::sqlite::Sqlite, {
    /// `BEGIN` fails inside a transaction. Outside, it begins one, which is ended again.
    async fn is_in_transaction(&mut self, _: &DieselError) -> bool {
        if self.batch_execute("BEGIN").is_err() {
            return true;
        }
        let ended = self.batch_execute("ROLLBACK");
        debug_assert!(
            ended.is_ok(),
            "a transaction that has just begun can be ended"
        );
        false
    }

    fn take(&mut self, it: &dyn QueryFragment<Self::Db>) -> QueryResult<Kept<Self::Db>> {
        sql::kept(it, &mut ())
    }
});

#[cfg(feature = "postgres")]
blocking!(diesel::PgConnection, diesel::pg::Pg, {
    /// Diesel follows the state that the protocol reports. It learns that the server has closed the
    /// connection only by one more statement. So an empty one is sent, which a failed transaction
    /// takes as well.
    async fn is_in_transaction(&mut self, _: &DieselError) -> bool {
        self.batch_execute("").ok();
        matches!(self.status().transaction_depth(), Ok(Some(_)))
    }

    fn take(&mut self, it: &dyn QueryFragment<Self::Db>) -> QueryResult<Kept<Self::Db>> {
        sql::kept(it, self)
    }

    fn columnar(
        &mut self,
        values: &dyn QueryFragment<Self::Db>,
        rows: usize,
    ) -> impl Future<Output = QueryResult<Option<Fragment<Self::Db>>>> + Send {
        ready(sql::columnar(values, rows, self))
    }
});

#[cfg(feature = "mysql")]
blocking!(diesel::MysqlConnection, diesel::mysql::Mysql, {
    /// A statement that fails while its rows are sent (a deadlock, a lock that could not be had) is
    /// left as if there were rows to come: when Diesel executes it again from its cache, the client
    /// waits for them forever. So all cached statements are given up.
    fn recover(&mut self) {
        self.set_prepared_statement_cache_size(diesel::connection::CacheSize::Disabled);
        self.set_prepared_statement_cache_size(diesel::connection::CacheSize::Unbounded);
    }

    /// A savepoint outside of a transaction is gone at once, and cannot be released.
    async fn is_in_transaction(&mut self, _: &DieselError) -> bool {
        self.batch_execute("SAVEPOINT maintained_probe").is_ok()
            && self
                .batch_execute("RELEASE SAVEPOINT maintained_probe")
                .is_ok()
    }

    fn take(&mut self, it: &dyn QueryFragment<Self::Db>) -> QueryResult<Kept<Self::Db>> {
        sql::kept(it, &mut ())
    }
});
