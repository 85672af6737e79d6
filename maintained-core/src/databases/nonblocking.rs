//! Several databases on async connections.

use std::fmt;
use std::sync::Arc;

use diesel::result::{ConnectionResult, Error as DieselError};
use futures_util::future::BoxFuture;
use tracing::Instrument;

use super::{Databases, Entered};
use crate::connection::{AsyncMaintainedConnection, Body, MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::scope::{RetriedScope, Scope, Tries};
use crate::wire::{Async, AsyncDatabase};

/// [`Databases`] on async connections.
///
/// If the future of a scope is dropped, the scope is undone on all databases: before anything else
/// is done by [`get`](Self::get) or by the next scope. If it is dropped between two commits, or
/// while one is under way, nobody gets its error; then the next call says it, once, as
/// [`Error::PartlyCommitted`], or as [`Error::InDoubt`] where the scope is committed on all
/// databases or on none.
pub type AsyncDatabases<K, C> = Databases<K, Async<C>>;

/// What is awaited before and after a body, in a box each. They are made where nothing is known of
/// the connection but that it is a wire: there the compiler can tell that they are [`Send`].
impl<K: Ord + Clone + fmt::Debug + Send + Sync, C: Wrapped> Databases<K, C> {
    fn finding<'d>(
        &'d mut self,
        key: K,
    ) -> BoxFuture<'d, Result<&'d mut MaintainedConnection<C>, Error>>
    where
        K: 'd,
    {
        Box::pin(self.find(key))
    }

    fn beginning<'d>(
        &'d mut self,
        scope: &'d Arc<Scope<C>>,
        tries: Option<&'d Tries>,
    ) -> BoxFuture<'d, Result<Entered<'d, K, C>, DieselError>> {
        Box::pin(self.begin(scope, tries))
    }
}

impl<'d, K: Ord + Clone + fmt::Debug + Send + Sync, C: Wrapped> Entered<'d, K, C> {
    fn closing<T, E>(self, result: Result<T, E>) -> BoxFuture<'d, Result<T, E>>
    where
        T: Send + 'd,
        E: From<DieselError> + Send + 'd,
    {
        Box::pin(self.close(result))
    }
}

impl<K: Ord + Clone + fmt::Debug + Send + Sync, C: AsyncDatabase> AsyncDatabases<K, C> {
    /// Databases whose connections an async closure opens, given the key. It is called when a
    /// database is first used, and again after its connection was lost.
    ///
    /// What is set on a connection (its isolation level, its base mode) is set in the closure.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncConnection, AsyncPgConnection};
    /// # use maintained::*; use docs_shop::*;
    /// # type Countries = AsyncDatabases<String, AsyncPgConnection>;
    /// # fn countries() -> Countries {
    /// AsyncDatabases::new_async(async |country: &String| {
    ///     let address = format!("postgres://{country}.example/shop");
    ///     AsyncMaintainedConnection::establish(&address).await
    /// })
    /// # }
    /// # }
    /// ```
    #[must_use]
    pub fn new_async<F>(open: F) -> Self
    where
        for<'k> F: AsyncFnOnce(&'k K) -> ConnectionResult<AsyncMaintainedConnection<C>>
            + Body<&'k K, ConnectionResult<AsyncMaintainedConnection<C>>, Running: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        Self::opened_by(Box::new(move |key| {
            let open = open.clone();
            Box::pin(async move { open(key).await })
        }))
    }

    /// The connection of a key. It is opened, if it is not yet, or was found to be lost.
    ///
    /// In a scope over the databases it is under that scope from now on.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncConnection, AsyncPgConnection};
    /// # use maintained::*; use docs_shop::*;
    /// # type Countries = AsyncDatabases<String, AsyncPgConnection>;
    /// # async fn example(databases: &mut Countries) -> Result<(), Error> {
    /// let conn = databases.get(&"fr".to_owned()).await?;
    /// Customer::insert(conn, customers::name.eq("Ada")).await?;
    /// # Ok(()) }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Open`] when it cannot be opened. What the database says when the scope begins on
    /// it. [`DieselError::AlreadyInTransaction`] in a scope over the databases, if a transaction
    /// was begun on the connection before. [`Error::PartlyCommitted`] or [`Error::InDoubt`] once,
    /// after the end of a scope was not waited for, or has panicked, between two commits.
    pub fn get<'d>(
        &'d mut self,
        key: &K,
    ) -> BoxFuture<'d, Result<&'d mut AsyncMaintainedConnection<C>, Error>>
    where
        K: 'd,
    {
        self.finding(key.clone())
    }

    /// Runs a body in a scope over all databases that are used in it. A hook of the scope runs once
    /// on each of them.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncConnection, AsyncPgConnection};
    /// # use maintained::*; use docs_shop::*;
    /// # type Countries = AsyncDatabases<String, AsyncPgConnection>;
    /// # async fn example(databases: &mut Countries) -> Result<(), Error> {
    /// let load = async |databases: &mut Countries| {
    ///     let conn = databases.get(&"fr".to_owned()).await?;
    ///     Customer::insert(conn, customers::name.eq("Ada")).await.map(drop)
    /// };
    /// databases.run_async(Scope::buffered().except(["names"]), load).await
    /// # }
    /// # }
    /// ```
    ///
    /// # Errors
    /// The body's own; an unknown label or field; what a flush, a hook or a database says. Then
    /// nothing is committed, but after [`Error::PartlyCommitted`] and [`Error::InDoubt`], which say
    /// what is.
    #[expect(clippy::manual_async_fn, reason = "it says that its future is `Send`")]
    pub fn run_async<'a, 'd, T, E, F>(
        &'d mut self,
        scope: Scope<Async<C>>,
        body: F,
    ) -> impl Future<Output = Result<T, E>> + Send + 'd
    where
        for<'r> F: AsyncFnOnce(&'r mut Self) -> Result<T, E>
            + Body<&'r mut Self, Result<T, E>, Running: Send>
            + Send
            + 'a,
        E: From<DieselError> + Send + 'a,
        T: Send + 'a,
        'a: 'd,
    {
        async move { run_once(self, &Arc::new(scope), None, body).await }
    }

    /// Runs a body in a scope over all databases that are used in it, as often as it takes and is
    /// allowed: each time that a database has refused it, and none has committed it. Each time,
    /// what the body has captured is as it was.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel_async::{AsyncConnection, AsyncPgConnection};
    /// # use maintained::*; use docs_shop::*;
    /// # type Countries = AsyncDatabases<String, AsyncPgConnection>;
    /// # async fn example(databases: &mut Countries) -> Result<(), Error> {
    /// let load = async |databases: &mut Countries| {
    ///     let conn = databases.get(&"fr".to_owned()).await?;
    ///     Customer::insert(conn, customers::name.eq("Ada")).await.map(drop)
    /// };
    /// databases.run_retried_async(Scope::buffered().retries(3), load).await
    /// # }
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`run_async`](Self::run_async); the error of the last time.
    #[expect(clippy::manual_async_fn, reason = "it says that its future is `Send`")]
    pub fn run_retried_async<'a, 'd, T, E, F>(
        &'d mut self,
        scope: RetriedScope<Async<C>>,
        body: F,
    ) -> impl Future<Output = Result<T, E>> + Send + 'd
    where
        for<'r> F: AsyncFnOnce(&'r mut Self) -> Result<T, E>
            + Body<&'r mut Self, Result<T, E>, Running: Send>
            + Clone
            + Send
            + 'a,
        E: From<DieselError> + Send + 'a,
        T: Send + 'a,
        'a: 'd,
    {
        async move {
            let mut tries = scope.tries(self.scopes.is_empty());
            let scope = Arc::new(scope.scope);
            loop {
                let result = run_once(self, &scope, Some(&tries), body.clone()).await;
                if result.is_ok() || !tries.is_again(self.was_refused()) {
                    return result;
                }
            }
        }
    }
}

async fn run_once<K, C, T, E, F>(
    databases: &mut AsyncDatabases<K, C>,
    scope: &Arc<Scope<Async<C>>>,
    tries: Option<&Tries>,
    body: F,
) -> Result<T, E>
where
    K: Ord + Clone + fmt::Debug + Send + Sync,
    C: AsyncDatabase,
    for<'r> F: Body<&'r mut AsyncDatabases<K, C>, Result<T, E>, Running: Send> + Send,
    E: From<DieselError> + Send,
    T: Send,
{
    let mut entered = databases.beginning(scope, tries).await?;
    let (databases, span) = entered.body();
    let result = body(databases).instrument(span.clone()).await;
    entered.closing(result).await
}

/// The scope of a mode, for a body.
macro_rules! scope {
    ($(#[$doc:meta])* $name:ident, $scope:ident) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// As [`run_async`](Self::run_async).
        pub fn $name<'a, 'd, T, E, F>(
            &'d mut self,
            body: F,
        ) -> impl Future<Output = Result<T, E>> + Send + 'd
        where
            for<'r> F: AsyncFnOnce(&'r mut Self) -> Result<T, E>
                + Body<&'r mut Self, Result<T, E>, Running: Send>
                + Send
                + 'a,
            E: From<DieselError> + Send + 'a,
            T: Send + 'a,
            'a: 'd,
        {
            self.run_async(Scope::$scope(), body)
        }
    };
}

impl<K: Ord + Clone + fmt::Debug + Send + Sync, C: AsyncDatabase> AsyncDatabases<K, C> {
    scope! {
        /// Runs a body as a scope over all databases that are used in it, whose marks are worked
        /// off once, at its end.
        buffer_autoupdates, buffered
    }
    scope! {
        /// Runs a body as a scope over all databases that are used in it, whose writes leave no
        /// marks.
        ///
        /// What they make stale stays so until [`touch`](crate::Maintained::touch) mends it.
        disable_autoupdates, disabled
    }
    scope! {
        /// Runs a body as a scope over all databases that are used in it, whose writes update at
        /// once, unless a scope around it says otherwise.
        immediate_autoupdates, immediate
    }
}
