//! Scopes on blocking connections.

use std::sync::Arc;

use diesel::result::Error as DieselError;

use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::report::FlushReport;
use crate::scope::{RetriedScope, Scope};
use crate::wire::done;
use crate::write::Database;

impl<C: Database> Scope<C> {
    /// Runs a hook after the flush that works off this scope's marks, before the commit.
    ///
    /// Only a buffered scope has such a flush; that of an inner scope is the flush of the outermost
    /// one. What the hook writes is flushed as well; when it fails, the scope fails.
    ///
    /// The report is what [`last_flush`](MaintainedConnection::last_flush) gives by then: the sum
    /// of all flushes since the outermost scope, write or transaction began.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// Scope::buffered()
    ///     .after_flush(|_conn, report| {
    ///         assert_eq!(report.model("Order").changed, 1);
    ///         Ok(())
    ///     })
    ///     .run(conn, |conn| Item::update(conn, item.id, items::price_cents.eq(500)))?;
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn after_flush(
        mut self,
        hook: impl Fn(&mut MaintainedConnection<C>, &FlushReport) -> Result<(), Error>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.hook = Some(Arc::new(hook));
        self
    }

    /// Runs a body in the scope.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let changed = Scope::buffered().run(conn, |conn| {
    ///     Item::update(conn, item.id, items::price_cents.eq(500))
    /// })?;
    /// assert_eq!(changed.price_cents, 500);
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// The body's own; an unknown label or field; what the flush, a hook or the database says.
    pub fn run<T, E, F>(self, conn: &mut MaintainedConnection<C>, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut MaintainedConnection<C>) -> Result<T, E>,
        E: From<DieselError>,
    {
        self.run_once(conn, body)
    }

    fn run_once<T, E, F>(&self, conn: &mut MaintainedConnection<C>, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut MaintainedConnection<C>) -> Result<T, E>,
        E: From<DieselError>,
    {
        let mut opened = done(self.open(conn))?;
        let (conn, span) = opened.body();
        let result = span.in_scope(|| body(conn));
        done(opened.close(result))
    }
}

impl<C: Database> RetriedScope<C> {
    /// Runs a body in the scope, as often as it takes and is allowed.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let load = Scope::buffered().retries(3);
    /// load.run(conn, |conn| Item::update(conn, item.id, items::price_cents.eq(500)))?;
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Scope::run`]; the error of the last time.
    pub fn run<T, E, F>(self, conn: &mut MaintainedConnection<C>, mut body: F) -> Result<T, E>
    where
        F: FnMut(&mut MaintainedConnection<C>) -> Result<T, E>,
        E: From<DieselError>,
    {
        let mut tries = self.tries(conn.is_outside());
        loop {
            tries.begin(conn);
            let result = self.scope.run_once(conn, &mut body);
            if result.is_ok() || !tries.is_again(conn.was_refused()) {
                return result;
            }
        }
    }
}

impl<C: Database> MaintainedConnection<C> {
    /// Runs a body as a scope whose marks are worked off once, at its end.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// conn.buffer_autoupdates(|conn| {
    ///     for price in 1..=100 {
    ///         Item::insert(conn, (items::order_id.eq(order.id), items::price_cents.eq(price)))?;
    ///     }
    ///     Ok::<_, maintained::Error>(())
    /// })?; // the order's total is computed here, once
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(5_500));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// The body's own; what the flush says.
    pub fn buffer_autoupdates<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        Scope::buffered().run(self, body)
    }

    /// Runs a body as a scope whose writes leave no marks.
    ///
    /// What they make stale stays so until [`touch`](crate::Maintained::touch) mends it.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// conn.disable_autoupdates(|conn| Item::update(conn, item.id, items::price_cents.eq(500)))?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(450)); // stale
    /// Item::touch(conn, &[item.id])?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(500));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// The body's own.
    pub fn disable_autoupdates<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        Scope::disabled().run(self, body)
    }

    /// Runs a body as a scope whose writes update at once, unless a scope around it says otherwise.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// conn.set_base_mode(Mode::Buffered);
    /// conn.immediate_autoupdates(|conn| {
    ///     Item::update(conn, item.id, items::price_cents.eq(500))?;
    ///     assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(500));
    ///     Ok::<_, maintained::Error>(())
    /// })?;
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// The body's own.
    pub fn immediate_autoupdates<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        Scope::immediate().run(self, body)
    }
}
