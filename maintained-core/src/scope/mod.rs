//! Scopes: stretches of code that run under a mode, nested like transactions.

mod blocking;
#[cfg(feature = "async")]
mod nonblocking;
mod opened;
mod retried;
pub(crate) mod shared;

use std::fmt;
use std::sync::Arc;

use diesel::result::Error as DieselError;
use tracing::Instrument;

use crate::catalog::Catalog;
use crate::connection::values::Values;
use crate::connection::{Frame, MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::graph::{By, Selection};
use crate::marks::mode::Mode;

pub(crate) use self::opened::{Left, Opened};
pub use self::retried::RetriedScope;
pub(crate) use self::retried::Tries;

/// A scope in the making.
///
/// Every scope is atomic: the outermost is a transaction, an inner one a savepoint. When its body
/// fails or panics, its rows and marks are gone together. The innermost scope says what holds,
/// except that under a disabled scope everything is disabled, and under a buffered scope an
/// immediate one is buffered too.
///
/// ```
/// # use maintained_core::Scope;
/// # let dry_run = true;
/// let scope = Scope::<diesel::SqliteConnection>::buffered().except(["names"]).disable_if(dry_run);
/// # drop(scope);
/// ```
pub struct Scope<C: Wrapped> {
    mode: Mode,
    selections: Vec<Selection>,
    pub(crate) hook: Option<C::Hook>,
    values: Values,
    /// Whether the keys of changed rows are reported.
    reports_rows: bool,
}

impl<C: Wrapped> Scope<C> {
    fn new(mode: Mode) -> Self {
        Self {
            mode,
            selections: Vec::new(),
            hook: None,
            values: Values::default(),
            reports_rows: false,
        }
    }

    /// A scope whose marks wait for the exit of the outermost buffered scope.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// let scope = Scope::<diesel::SqliteConnection>::buffered();
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn buffered() -> Self {
        Self::new(Mode::Buffered)
    }

    /// A scope whose writes update at once.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// let scope = Scope::<diesel::SqliteConnection>::immediate();
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn immediate() -> Self {
        Self::new(Mode::Immediate)
    }

    /// A scope whose writes leave no marks: what they make stale stays stale, until it is touched.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// let scope = Scope::<diesel::SqliteConnection>::disabled();
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn disabled() -> Self {
        Self::new(Mode::Disabled)
    }

    /// Only the setters with one of these labels are chosen, among those that the scopes around
    /// leave.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// let scope = Scope::<diesel::SqliteConnection>::buffered().only(["names"]);
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn only<L: Into<String>>(self, labels: impl IntoIterator<Item = L>) -> Self {
        self.select(By::Label, labels, true)
    }

    /// The setters with one of these labels are not chosen.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// let scope = Scope::<diesel::SqliteConnection>::buffered().except(["names"]);
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn except<L: Into<String>>(self, labels: impl IntoIterator<Item = L>) -> Self {
        self.select(By::Label, labels, false)
    }

    /// Only the setters that keep one of these fields are chosen, and the declared fields among
    /// them: fields are named as `"Order::total_cents"`. A setter that keeps several is chosen as a
    /// whole.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// let scope = Scope::<diesel::SqliteConnection>::buffered().only_fields(["Order::total_cents"]);
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn only_fields<F: Into<String>>(self, fields: impl IntoIterator<Item = F>) -> Self {
        self.select(By::Field, fields, true)
    }

    /// The setters that keep one of these fields are not chosen, nor are the declared fields among
    /// them.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// let scope = Scope::<diesel::SqliteConnection>::buffered().except_fields(["Order::label"]);
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn except_fields<F: Into<String>>(self, fields: impl IntoIterator<Item = F>) -> Self {
        self.select(By::Field, fields, false)
    }

    fn select<N: Into<String>>(
        mut self,
        by: By,
        names: impl IntoIterator<Item = N>,
        only: bool,
    ) -> Self {
        let names = names.into_iter().map(N::into).collect();
        self.selections.push(Selection { by, names, only });
        self
    }

    /// Makes this a disabled scope, where the condition holds.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// let dry_run = true;
    /// let scope = Scope::<diesel::SqliteConnection>::buffered().disable_if(dry_run);
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn disable_if(mut self, condition: bool) -> Self {
        if condition {
            self.mode = Mode::Disabled;
        }
        self
    }

    /// Has the report of the flush tell which rows have changed, and not only how many:
    /// [`rows`](crate::FlushReport::rows).
    ///
    /// From this scope on all flushes do, until the outermost scope or transaction has ended. It
    /// costs the memory of a key for each row that changes.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// Scope::buffered()
    ///     .report_rows()
    ///     .after_flush(|_conn, report| {
    ///         let orders: Vec<i32> = report.rows::<Order>().copied().collect();
    ///         println!("the cache forgets the orders {orders:?}");
    ///         Ok(())
    ///     })
    ///     .run(conn, |conn| Item::update(conn, item.id, items::price_cents.eq(500)))?;
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn report_rows(mut self) -> Self {
        self.reports_rows = true;
        self
    }

    /// Carries a value, which [`value`](MaintainedConnection::value) reads by its type anywhere
    /// below: who is asking, say.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// struct CurrentUser(i32);
    /// let scope = Scope::<diesel::SqliteConnection>::buffered().with(CurrentUser(7));
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.values.add(value);
        self
    }

    /// Runs the scope again, up to so many times, when the database refuses it because of what
    /// others were doing.
    ///
    /// Only an outermost scope can be run again; inside a transaction the error is handed on. What
    /// else the scope is to do is said before: this comes last.
    ///
    /// ```
    /// # use maintained_core::Scope;
    /// let scope = Scope::<diesel::SqliteConnection>::buffered().retries(3);
    /// # drop(scope);
    /// ```
    #[must_use]
    pub fn retries(self, times: usize) -> RetriedScope<C> {
        RetriedScope { scope: self, times }
    }

    /// Begins the scope.
    pub(crate) async fn open<'c>(
        &self,
        conn: &'c mut MaintainedConnection<C>,
    ) -> Result<Opened<'c, C>, DieselError> {
        // A scope that was not waited for is no scope around this one.
        conn.settle_abandoned().await?;
        let frame = self.frame(conn)?;
        let span =
            tracing::debug_span!("scope", mode = ?frame.mode, depth = conn.state.frames.len());
        let is_buffered = frame.mode == Mode::Buffered;
        let is_outermost = is_buffered && conn.scope_around() != Some(Mode::Buffered);
        let mut level = conn.level().instrument(span.clone()).await?;
        level.push(frame);
        if self.reports_rows {
            level.conn.state.reports.note_rows();
        }
        Ok(Opened {
            level,
            span,
            hook: self.hook.clone().filter(|_| is_buffered),
            is_outermost,
        })
    }

    /// Fails where the scope names what there is not.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for selection in &self.selections {
            selection.within(&Catalog::<C::Db>::get()?.graph, &None)?;
        }
        Ok(())
    }

    /// The frame of the scope: which mode and which labels are in force in it.
    fn frame(&self, conn: &MaintainedConnection<C>) -> Result<Frame, Error> {
        let around = conn.state.frames.last();
        let mode = match (conn.scope_around(), self.mode) {
            (Some(Mode::Disabled), _) | (_, Mode::Disabled) => Mode::Disabled,
            (Some(Mode::Buffered), _) | (_, Mode::Buffered) => Mode::Buffered,
            (_, Mode::Immediate) => Mode::Immediate,
        };
        let mut choice = around.and_then(|frame| frame.choice.clone());
        for selection in &self.selections {
            let chosen = selection.within(&Catalog::<C::Db>::get()?.graph, &choice)?;
            choice = Some(Arc::new(chosen));
        }
        Ok(Frame {
            mode,
            choice,
            values: self.values.clone(),
        })
    }
}

impl<C: Wrapped> fmt::Debug for Scope<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Scope")
            .field("mode", &self.mode)
            .field("selections", &self.selections)
            .finish_non_exhaustive()
    }
}
