//! Joining a shared scope on blocking connections.

use diesel::result::Error as DieselError;

use crate::connection::MaintainedConnection;
use crate::scope::shared::SharedScope;
use crate::wire::done;
use crate::write::Database;

impl<C: Database> SharedScope<C> {
    /// Runs a body as a transaction whose marks join the scope when it commits, or when nobody
    /// knows whether it did: the connection was lost at the commit.
    ///
    /// Hooks of scopes in the body do not run: it has no flush of its own.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// # use maintained::SharedScope;
    /// let scope = SharedScope::new();
    /// scope.join(conn, |conn| Item::update(conn, item.id, items::price_cents.eq(500)))?;
    /// scope.flush(conn)?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(500));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// The body's own; what the database says; [`DieselError::AlreadyInTransaction`] inside a
    /// transaction, whose marks could still be undone.
    pub fn join<T, E>(
        &self,
        conn: &mut MaintainedConnection<C>,
        body: impl FnOnce(&mut MaintainedConnection<C>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<DieselError>,
    {
        let level = done(self.open(conn))?;
        let result = body(level.conn);
        done(self.close(level, result))
    }
}
