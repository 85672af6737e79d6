//! A scope that is open: its body runs, and then it ends.

use diesel::result::Error as DieselError;
use tracing::{Instrument, Span};

use crate::connection::{AfterFlush, Before, Frame, Level, MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::report::FlushReport;

/// A scope whose body runs.
pub(crate) struct Opened<'c, C: Wrapped> {
    pub(super) level: Level<'c, C>,
    pub(super) span: Span,
    pub(super) hook: Option<C::Hook>,
    pub(super) is_outermost: bool,
}

/// What is to be known of a scope that is open while its connection is used: see [`Opened::leave`].
pub(crate) struct Left<C: Wrapped> {
    before: Before,
    span: Span,
    hook: Option<C::Hook>,
    is_outermost: bool,
}

impl<C: Wrapped> Left<C> {
    /// The scope again, of the connection on which it was opened.
    pub(crate) fn resume(self, conn: &mut MaintainedConnection<C>) -> Opened<'_, C> {
        Opened {
            level: conn.resume(self.before),
            span: self.span,
            hook: self.hook,
            is_outermost: self.is_outermost,
        }
    }
}

impl<C: Wrapped> Opened<'_, C> {
    /// Leaves the scope open, for a body that uses more than its connection.
    pub(crate) fn leave(self) -> Left<C> {
        Left {
            before: self.level.leave(),
            span: self.span,
            hook: self.hook,
            is_outermost: self.is_outermost,
        }
    }

    /// Gets the scope ready to be [closed](Self::close) without an error: its marks are worked off
    /// and its hooks have run.
    pub(crate) async fn prepare(&mut self) -> Result<(), DieselError> {
        let span = self.span.clone();
        let prepare = async {
            self.flushed().await?;
            self.level.prepare().await
        };
        prepare.instrument(span).await
    }

    /// What the body runs on, and in which span.
    pub(crate) fn body(&mut self) -> (&mut MaintainedConnection<C>, &Span) {
        (self.level.conn, &self.span)
    }

    /// Ends the scope as its body has ended.
    pub(crate) async fn close<T, E: From<DieselError>>(
        mut self,
        result: Result<T, E>,
    ) -> Result<T, E> {
        let span = self.span.clone();
        let result = match result {
            Ok(value) => self
                .flushed()
                .instrument(span.clone())
                .await
                .map(|()| value)
                .map_err(E::from),
            Err(error) => Err(error),
        };
        self.level.end(result).instrument(span).await
    }

    async fn flushed(&mut self) -> Result<(), DieselError> {
        let conn = &mut *self.level.conn;
        conn.settle_abandoned().await?;
        if let Some(run) = self.hook.take() {
            conn.state.hooks.push(AfterFlush {
                depth: conn.state.pending.depth(),
                run,
                values: conn.values(),
            });
        }
        if self.is_outermost {
            conn.finish().await?;
        }
        Ok(())
    }
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Whether no transaction is open.
    pub(crate) fn is_outside(&self) -> bool {
        self.state.pending.depth() == 0
    }

    /// Runs a hook with the values of its scope, which may have ended long before the flush.
    async fn run_hook(&mut self, hook: &AfterFlush<C>, report: &FlushReport) -> Result<(), Error> {
        let frame = Frame {
            mode: self.mode(),
            choice: self.choice(),
            values: hook.values.clone(),
        };
        let around = self.under(frame);
        C::run_hook(&hook.run, around.conn, report).await
    }

    /// Ends the outermost buffered scope: flushes, runs the hooks, and flushes what they wrote.
    pub(crate) async fn finish(&mut self) -> Result<(), Error> {
        self.flush(None).await?;
        // A hook may open scopes that have hooks in turn.
        loop {
            let hooks = std::mem::take(&mut self.state.hooks);
            if hooks.is_empty() {
                return Ok(());
            }
            // The sum of all flushes: those within the scope have changed rows, too.
            let report = self.last_flush().cloned().unwrap_or_default();
            for hook in hooks {
                self.run_hook(&hook, &report).await?;
            }
            self.flush(None).await?;
        }
    }
}
