//! Scopes that several connections share, for loads in parallel.

mod blocking;
#[cfg(feature = "async")]
mod nonblocking;

use std::fmt;

use diesel::result::Error as DieselError;
use parking_lot::Mutex;

use crate::catalog::Catalog;
use crate::connection::values::Values;
use crate::connection::{Flushed, Frame, Level, MaintainedConnection, Wrapped};
use crate::declare::arena::Arenas;
use crate::error::Error;
use crate::marks::aside::Mark;
use crate::marks::mode::Mode;
use crate::marks::pending::Pending;
use crate::report::FlushReport;

/// A buffered scope that connections on several threads join, each with a transaction of its own.
///
/// The marks of a worker join the scope when the worker's transaction commits, and vanish when it
/// fails. The owner flushes them all, once. Until then what the workers have committed is there,
/// and the fields that depend on it are stale: a shared scope is for loads that nobody reads before
/// they are done.
///
/// ```
/// # use diesel::SqliteConnection;
/// # use maintained_core::{Error, MaintainedConnection, SharedScope};
/// # use diesel::Connection;
/// # fn main() -> Result<(), Error> {
/// # let connect = || MaintainedConnection::<SqliteConnection>::establish(":memory:").unwrap();
/// let scope = SharedScope::new();
/// std::thread::scope(|threads| {
///     for _part in 0..4 {
///         threads.spawn(|| {
///             let mut conn = connect();
///             scope.join(&mut conn, |_conn| Ok::<_, Error>(()))
///         });
///     }
/// });
/// scope.flush(&mut connect())?;
/// # Ok(())
/// # }
/// ```
pub struct SharedScope<C: Wrapped> {
    marks: Mutex<Marks>,
    values: Values,
    catalog: std::marker::PhantomData<fn(C)>,
}

/// Marks with the keys that they are about.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) pending: Pending,
    pub(crate) arenas: Arenas,
}

impl Marks {
    /// Adds the marks of another connection.
    fn absorb<C: Wrapped>(&mut self, other: &mut Self) -> Result<(), Error> {
        if other.pending.is_empty() {
            return Ok(());
        }
        self.add::<C>(other.pending.all(), &other.arenas)
    }

    /// Adds marks, given the keys that they are about.
    fn add<C: Wrapped>(&mut self, marks: Vec<Mark>, arenas: &Arenas) -> Result<(), Error> {
        let catalog = Catalog::<C::Db>::get()?;
        if self.arenas.is_empty() {
            self.arenas = catalog.arenas();
        }
        for (choice, model, id, slot) in marks {
            let layer = self.pending.layer(&catalog.graph, &choice);
            let id = arenas.get(model).hand_on(id, self.arenas.get_mut(model));
            self.pending.mark(layer, model, id, slot);
        }
        Ok(())
    }
}

impl<C: Wrapped> SharedScope<C> {
    /// A scope that nobody has joined.
    ///
    /// ```
    /// use maintained_core::SharedScope;
    ///
    /// let scope = SharedScope::<diesel::SqliteConnection>::new();
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            marks: Mutex::default(),
            values: Values::default(),
            catalog: std::marker::PhantomData,
        }
    }

    /// Carries a value, which all who join read by its type: see
    /// [`Scope::with`](crate::Scope::with).
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use maintained_core::{Error, MaintainedConnection, SharedScope};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
    /// struct CurrentUser(i32);
    ///
    /// let scope = SharedScope::new().with(CurrentUser(7));
    /// scope.join(&mut conn, |conn| {
    ///     assert_eq!(conn.value::<CurrentUser>().map(|user| user.0), Some(7));
    ///     Ok::<_, Error>(())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.values.add(value);
        self
    }

    /// Begins a transaction whose marks join the scope.
    pub(crate) async fn open<'c>(
        &self,
        conn: &'c mut MaintainedConnection<C>,
    ) -> Result<Level<'c, C>, DieselError> {
        conn.settle_abandoned().await?;
        if conn.state.pending.depth() > 0 {
            return Err(DieselError::AlreadyInTransaction);
        }
        let mut level = conn.level().await?;
        level.push(Frame {
            mode: Mode::Buffered,
            choice: None,
            values: self.values.clone(),
        });
        Ok(level)
    }

    /// Ends the transaction as its body has ended.
    pub(crate) async fn close<T, E: From<DieselError>>(
        &self,
        mut level: Level<'_, C>,
        result: Result<T, E>,
    ) -> Result<T, E> {
        let mut joining = Joining {
            scope: self,
            marks: Marks::default(),
        };
        let result = match result {
            Ok(value) => joining
                .commit(&mut level)
                .await
                .map(|()| value)
                .map_err(E::from),
            Err(error) => Err(error),
        };
        level.end(result).await
    }

    /// How many rows wait to be brought up to date, of all models.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// # use maintained::SharedScope;
    /// let scope = SharedScope::new();
    /// scope.join(conn, |conn| Item::update(conn, item.id, items::price_cents.eq(500)))?;
    /// assert_eq!(scope.pending()?, 1); // the order, whose total is stale
    /// # scope.flush(conn)?;
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the models' declarations contradict one another.
    pub fn pending(&self) -> Result<usize, Error> {
        let graph = &Catalog::<C::Db>::get()?.graph;
        let marks = self.marks.lock();
        Ok(graph
            .models
            .keys()
            .map(|model| marks.pending.count(graph, model))
            .sum())
    }

    /// Works off the marks of all transactions that have joined so far.
    ///
    /// A row that cannot be computed, since its setter fails or it is in a loop of a tree, keeps
    /// nobody waiting: the others are worked off and committed, and its own marks are kept for the
    /// next flush.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// # use maintained::SharedScope;
    /// let scope = SharedScope::new();
    /// scope.join(conn, |conn| Item::update(conn, item.id, items::price_cents.eq(500)))?;
    /// let report = scope.flush(conn)?;
    /// assert_eq!(report.model("Order").changed, 1);
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::SetAside`] when some rows could not be computed: it names them, and all others are
    /// up to date. What the database says; then all marks are kept, to be tried again.
    /// [`DieselError::AlreadyInTransaction`] inside a transaction, which could still be undone.
    pub fn flush<'c>(
        &'c self,
        conn: &'c mut MaintainedConnection<C>,
    ) -> C::Answer<'c, Result<FlushReport, Error>> {
        C::answer(self.flush_once(conn))
    }

    async fn flush_once(&self, conn: &mut MaintainedConnection<C>) -> Result<FlushReport, Error> {
        conn.settle_abandoned().await?;
        if conn.state.pending.depth() > 0 {
            return Err(DieselError::AlreadyInTransaction.into());
        }
        let mut taken = Taken {
            marks: std::mem::take(&mut *self.marks.lock()),
            scope: self,
        };
        let level = conn.level().await?;
        let flushed = taken.flush(level.conn).await;
        let (flushed, left) = level.end(flushed).await?;
        taken.marks = left;
        flushed.error.map_or(Ok(flushed.report), Err)
    }
}

/// Marks of a transaction that joins a scope. A commit that was not answered, or not waited for,
/// may have been made: then its marks are needed, and otherwise they do no harm.
struct Joining<'s, C: Wrapped> {
    scope: &'s SharedScope<C>,
    marks: Marks,
}

impl<C: Wrapped> Joining<'_, C> {
    async fn commit(&mut self, level: &mut Level<'_, C>) -> Result<(), DieselError> {
        level.pop();
        let conn = &mut *level.conn;
        conn.settle_abandoned().await?;
        // The commit would work the marks off.
        self.marks = conn.take_marks();
        conn.state.hooks.clear();
        let committed = conn.commit_level().await;
        // A database that refuses a commit, and still answers, has undone the transaction.
        if committed.is_err() && conn.answers().await {
            self.marks = Marks::default();
        }
        committed
    }
}

impl<C: Wrapped> Drop for Joining<'_, C> {
    fn drop(&mut self) {
        let kept = self.scope.marks.lock().absorb::<C>(&mut self.marks);
        debug_assert!(kept.is_ok(), "a catalog that has been built is there");
    }
}

/// Marks that are being worked off. They go back to their scope unless that is done: also when a
/// setter panics.
struct Taken<'s, C: Wrapped> {
    marks: Marks,
    scope: &'s SharedScope<C>,
}

impl<C: Wrapped> Taken<'_, C> {
    /// Works the marks off, and gives back those that cannot be.
    async fn flush(
        &mut self,
        conn: &mut MaintainedConnection<C>,
    ) -> Result<(Flushed, Marks), Error> {
        conn.add_marks(&mut self.marks)?;
        let mut flushed = conn.flush_what_can_be().await?;
        let mut left = Marks::default();
        left.add::<C>(std::mem::take(&mut flushed.left), &conn.state.arenas)?;
        Ok((flushed, left))
    }
}

impl<C: Wrapped> Drop for Taken<'_, C> {
    fn drop(&mut self) {
        let kept = self.scope.marks.lock().absorb::<C>(&mut self.marks);
        debug_assert!(kept.is_ok(), "a catalog that has been built is there");
    }
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Takes all marks out of the connection.
    fn take_marks(&mut self) -> Marks {
        let arenas = std::mem::take(&mut self.state.arenas);
        Marks {
            pending: self.state.pending.take_all(),
            arenas,
        }
    }

    fn add_marks(&mut self, marks: &mut Marks) -> Result<(), Error> {
        let mut own = Marks {
            pending: std::mem::take(&mut self.state.pending),
            arenas: std::mem::take(&mut self.state.arenas),
        };
        let added = own.absorb::<C>(marks);
        self.state.pending = own.pending;
        self.state.arenas = own.arenas;
        added
    }
}

impl<C: Wrapped> Default for SharedScope<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Wrapped> Drop for SharedScope<C> {
    fn drop(&mut self) {
        if !self.marks.get_mut().pending.is_empty() {
            tracing::error!(
                "a shared scope is dropped unflushed: what its transactions have committed is stale"
            );
        }
    }
}

impl<C: Wrapped> fmt::Debug for SharedScope<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SharedScope")
            .field("marks", &self.marks)
            .field("values", &self.values)
            .finish_non_exhaustive()
    }
}
