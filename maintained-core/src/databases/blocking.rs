//! Several databases on blocking connections.

use std::fmt;
use std::future::ready;
use std::sync::Arc;

use diesel::result::{ConnectionResult, Error as DieselError};

use super::Databases;
use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::scope::{RetriedScope, Scope, Tries};
use crate::wire::done;
use crate::write::Database;

impl<K: Ord + Clone + fmt::Debug, C: Database> Databases<K, C> {
    /// Databases whose connections a function opens, given the key. It is called when a database is
    /// first used, and again after its connection was lost.
    ///
    /// What is set on a connection (its isolation level, its base mode) is set in the function.
    ///
    /// ```
    /// use diesel::SqliteConnection;
    /// use diesel::prelude::*;
    /// use maintained_core::{Databases, MaintainedConnection, Mode};
    ///
    /// let databases = Databases::<String, SqliteConnection>::new(|country| {
    ///     let mut conn = MaintainedConnection::establish(&format!("{country}.sqlite"))?;
    ///     conn.set_base_mode(Mode::Buffered);
    ///     Ok(conn)
    /// });
    /// # drop(databases);
    /// ```
    #[must_use]
    pub fn new(
        open: impl Fn(&K) -> ConnectionResult<MaintainedConnection<C>> + Send + Sync + 'static,
    ) -> Self {
        Self::opened_by(Box::new(move |key| Box::pin(ready(open(key)))))
    }

    /// The connection of a key. It is opened, if it is not yet, or was found to be lost.
    ///
    /// In a scope over the databases it is under that scope from now on.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # use maintained::{Databases, Error};
    /// # let mut databases = Databases::<&str, SqliteConnection>::new(|_| Ok(connect()));
    /// let conn = databases.get(&"fr")?;
    /// let ada = Customer::insert(conn, customers::name.eq("Ada"))?; // outside of a scope: at once
    /// # drop(ada);
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Open`] when it cannot be opened. What the database says when the scope begins on
    /// it. [`DieselError::AlreadyInTransaction`] in a scope over the databases, if a transaction
    /// was begun on the connection before. [`Error::PartlyCommitted`] or [`Error::InDoubt`] once,
    /// after the end of a scope has panicked between two commits.
    pub fn get(&mut self, key: &K) -> Result<&mut MaintainedConnection<C>, Error> {
        done(self.find(key.clone()))
    }

    /// Runs a body in a scope over all databases that are used in it. A hook of the scope runs once
    /// on each of them.
    ///
    /// ```
    /// use diesel::SqliteConnection;
    /// use diesel::prelude::*;
    /// use maintained_core::{Databases, Error, MaintainedConnection, Scope};
    ///
    /// struct CurrentUser(i32);
    ///
    /// # fn main() -> Result<(), Error> {
    /// let mut databases = Databases::<&str, SqliteConnection>::new(|_country| {
    ///     MaintainedConnection::establish(":memory:")
    /// });
    /// databases.run(Scope::buffered().with(CurrentUser(7)), |databases| {
    ///     let user = databases.get(&"fr")?.value::<CurrentUser>();
    ///     assert_eq!(user.map(|user| user.0), Some(7));
    ///     Ok::<_, Error>(())
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    /// The body's own; an unknown label or field; what a flush, a hook or a database says. Then
    /// nothing is committed, but after [`Error::PartlyCommitted`] and [`Error::InDoubt`], which say
    /// what is.
    pub fn run<T, E, F>(&mut self, scope: Scope<C>, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        self.run_once(&Arc::new(scope), None, body)
    }

    /// Runs a body in a scope over all databases that are used in it, as often as it takes and is
    /// allowed: each time that a database has refused it, and none has committed it.
    ///
    /// ```
    /// use diesel::SqliteConnection;
    /// use diesel::prelude::*;
    /// use maintained_core::{Databases, Error, MaintainedConnection, Scope};
    ///
    /// # fn main() -> Result<(), Error> {
    /// # let mut databases = Databases::<&str, SqliteConnection>::new(|_country| {
    /// #     MaintainedConnection::establish(":memory:")
    /// # });
    /// databases.run_retried(Scope::buffered().retries(3), |databases| {
    ///     let conn = databases.get(&"fr")?;
    /// #   let _ = conn;
    ///     Ok::<_, Error>(())
    /// })
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run); the error of the last time.
    pub fn run_retried<T, E, F>(&mut self, scope: RetriedScope<C>, mut body: F) -> Result<T, E>
    where
        F: FnMut(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        let mut tries = scope.tries(self.scopes.is_empty());
        let scope = Arc::new(scope.scope);
        loop {
            let result = self.run_once(&scope, Some(&tries), &mut body);
            if result.is_ok() || !tries.is_again(self.was_refused()) {
                return result;
            }
        }
    }

    fn run_once<T, E, F>(
        &mut self,
        scope: &Arc<Scope<C>>,
        tries: Option<&Tries>,
        body: F,
    ) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        let mut entered = done(self.begin(scope, tries))?;
        let (databases, span) = entered.body();
        let result = span.in_scope(|| body(databases));
        done(entered.close(result))
    }

    /// Runs a body as a scope over all databases that are used in it, whose marks are worked off
    /// once, at its end.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # use maintained::{Databases, Error};
    /// # let mut databases = Databases::<&str, SqliteConnection>::new(|_| Ok(connect()));
    /// databases.buffer_autoupdates(|databases| {
    ///     Customer::insert(databases.get(&"fr")?, customers::name.eq("Ada"))?;
    ///     Customer::insert(databases.get(&"pe")?, customers::name.eq("Eva"))?;
    ///     Ok::<_, Error>(())
    /// })?;
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn buffer_autoupdates<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        self.run(Scope::buffered(), body)
    }

    /// Runs a body as a scope over all databases that are used in it, whose writes leave no marks.
    ///
    /// What they make stale stays so until [`touch`](crate::Maintained::touch) mends it.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # use maintained::{Databases, Error};
    /// # let mut databases = Databases::<&str, SqliteConnection>::new(|_| Ok(connect()));
    /// databases.disable_autoupdates(|databases| {
    ///     Customer::insert(databases.get(&"fr")?, customers::name.eq("Ada"))?;
    ///     Customer::insert(databases.get(&"pe")?, customers::name.eq("Eva"))?;
    ///     Ok::<_, Error>(())
    /// })?;
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn disable_autoupdates<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        self.run(Scope::disabled(), body)
    }

    /// Runs a body as a scope over all databases that are used in it, whose writes update at once,
    /// unless a scope around it says otherwise.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # use maintained::{Databases, Error};
    /// # let mut databases = Databases::<&str, SqliteConnection>::new(|_| Ok(connect()));
    /// databases.immediate_autoupdates(|databases| {
    ///     Customer::insert(databases.get(&"fr")?, customers::name.eq("Ada"))?;
    ///     Customer::insert(databases.get(&"pe")?, customers::name.eq("Eva"))?;
    ///     Ok::<_, Error>(())
    /// })?;
    /// # Ok::<_, Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn immediate_autoupdates<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        self.run(Scope::immediate(), body)
    }
}
