//! Scopes: stretches of code that run under a mode, nested like transactions.

use std::fmt;
use std::sync::Arc;

use diesel::result::Error as DieselError;

use crate::backend::Database;
use crate::connection::{Hook, HookFn, MaintainedConnection};
use crate::error::Error;
use crate::graph::{By, Selection};
use crate::mode::{Frame, Mode};
use crate::registry::Catalog;
use crate::report::FlushReport;
use crate::values::Values;

/// A scope in the making.
///
/// Every scope is atomic: the outermost is a transaction, an inner one a savepoint. When its body fails or panics, its
/// rows and marks are gone together. The innermost scope says what holds, except that under a disabled scope
/// everything is disabled, and under a buffered scope an immediate one is buffered too.
///
/// ```
/// # use maintained_core::Scope;
/// # let dry_run = true;
/// let scope = Scope::<diesel::SqliteConnection>::buffered().except(["names"]).disable_if(dry_run);
/// # drop(scope);
/// ```
pub struct Scope<C: Database> {
    mode: Mode,
    selections: Vec<Selection>,
    hook: Option<HookFn<C>>,
    values: Values,
}

impl<C: Database> Scope<C> {
    fn new(mode: Mode) -> Self {
        Self {
            mode,
            selections: Vec::new(),
            hook: None,
            values: Values::default(),
        }
    }

    /// A scope whose marks wait for the exit of the outermost buffered scope.
    #[must_use]
    pub fn buffered() -> Self {
        Self::new(Mode::Buffered)
    }

    /// A scope whose writes update at once.
    #[must_use]
    pub fn immediate() -> Self {
        Self::new(Mode::Immediate)
    }

    /// A scope whose writes leave no marks: what they make stale stays stale, until it is touched.
    #[must_use]
    pub fn disabled() -> Self {
        Self::new(Mode::Disabled)
    }

    /// Only the setters with one of these labels are chosen, among those that the scopes around leave.
    #[must_use]
    pub fn only<L: Into<String>>(self, labels: impl IntoIterator<Item = L>) -> Self {
        self.select(By::Label, labels, true)
    }

    /// The setters with one of these labels are not chosen.
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
    #[must_use]
    pub fn disable_if(mut self, condition: bool) -> Self {
        if condition {
            self.mode = Mode::Disabled;
        }
        self
    }

    /// Carries a value, which [`value`](MaintainedConnection::value) reads by its type anywhere below: who is asking, say.
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

    /// Runs a hook after the flush that works off this scope's marks, before the commit.
    ///
    /// Only a buffered scope has such a flush; that of an inner scope is the flush of the outermost one. What the hook
    /// writes is flushed as well; when it fails, the scope fails.
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

    /// Runs the scope again, up to so many times, when the database refuses it because of what others were doing.
    ///
    /// Only an outermost scope can be run again; inside a transaction the error is handed on. What else the scope is to
    /// do is said before: this comes last.
    #[must_use]
    pub fn retries(self, times: usize) -> RetriedScope<C> {
        RetriedScope { scope: self, times }
    }

    /// Runs a body in the scope.
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
        let frame = self.frame(conn).map_err(DieselError::from)?;
        let span =
            tracing::debug_span!("scope", mode = ?frame.mode, depth = conn.state.frames.len());
        let _entered = span.enter();
        let is_buffered = frame.mode == Mode::Buffered;
        let is_outermost = is_buffered && conn.scope_around() != Some(Mode::Buffered);
        let body = |conn: &mut MaintainedConnection<C>| {
            let value = body(conn)?;
            if let Some(run) = self.hook.as_ref().filter(|_| is_buffered) {
                conn.state.hooks.push(Hook {
                    depth: conn.state.pending.depth(),
                    run: Arc::clone(run),
                    values: conn.values(),
                });
            }
            if is_outermost {
                conn.finish().map_err(DieselError::from)?;
            }
            Ok(value)
        };
        conn.atomically(|conn| conn.within_frame(frame, body))
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
            let chosen = selection.within(&Catalog::<C>::get()?.graph, &choice)?;
            choice = Some(Arc::new(chosen));
        }
        Ok(Frame {
            mode,
            choice,
            values: self.values.clone(),
        })
    }
}

/// A scope that is run again when the database refuses it: made by [`Scope::retries`].
#[derive(Debug)]
pub struct RetriedScope<C: Database> {
    scope: Scope<C>,
    times: usize,
}

impl<C: Database> RetriedScope<C> {
    /// Runs a body in the scope, as often as it takes and is allowed.
    ///
    /// # Errors
    /// As [`Scope::run`]; the error of the last time.
    pub fn run<T, E, F>(self, conn: &mut MaintainedConnection<C>, mut body: F) -> Result<T, E>
    where
        F: FnMut(&mut MaintainedConnection<C>) -> Result<T, E>,
        E: From<DieselError>,
    {
        let is_outermost = conn.state.pending.depth() == 0;
        let mut left = if is_outermost { self.times } else { 0 };
        let mut times = 0;
        loop {
            conn.state.failures.refused = false;
            conn.state.reports.retries = times;
            let result = self.scope.run_once(conn, &mut body);
            if result.is_ok() || left == 0 || !conn.state.failures.refused {
                return result;
            }
            left -= 1;
            times += 1;
            tracing::debug!(left, "the database refused the scope, which is run again");
        }
    }
}

impl<C: Database> MaintainedConnection<C> {
    /// Runs a body as a scope whose marks are worked off once, at its end.
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
    /// What they make stale stays so: a debt that [`touch`](crate::Maintained::touch) pays.
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
    /// # Errors
    /// The body's own.
    pub fn immediate_autoupdates<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        Scope::immediate().run(self, body)
    }

    /// Runs a hook with the values of its scope, which may have ended long before the flush.
    fn run_hook(&mut self, hook: &Hook<C>, report: &FlushReport) -> Result<(), Error> {
        let frame = Frame {
            mode: self.mode(),
            choice: self.choice(),
            values: hook.values.clone(),
        };
        self.within_frame(frame, |conn| (hook.run)(conn, report))
    }

    /// Ends the outermost buffered scope: flushes, runs the hooks, and flushes what they wrote.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        let mut report = self.flush(None)?;
        loop {
            let hooks = std::mem::take(&mut self.state.hooks);
            if hooks.is_empty() {
                return Ok(());
            }
            for hook in hooks {
                self.run_hook(&hook, &report)?;
            }
            report.add(&self.flush(None)?);
        }
    }
}

impl<C: Database> fmt::Debug for Scope<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Scope")
            .field("mode", &self.mode)
            .field("selections", &self.selections)
            .finish_non_exhaustive()
    }
}
