//! Transactions and savepoints, and the marks that live and die with them.

use diesel::connection::{
    AnsiTransactionManager, InTransactionStatus, TransactionManager, TransactionManagerStatus,
};
use diesel::result::{Error as DieselError, QueryResult};

use crate::connection::{Blocking, MaintainedConnection, State, Wrapped};
use crate::error::Error;
use crate::session::Anew;
use crate::sql::isolation::Isolation;
use crate::wire::done;

/// The transaction manager of a [`MaintainedConnection`]: the one of the connection inside, with
/// the pending marks following every transaction and savepoint, whoever opens it.
#[derive(Debug, Clone, Copy)]
pub struct Levels;

impl<C: Blocking> TransactionManager<MaintainedConnection<C>> for Levels {
    type TransactionStateData = AnsiTransactionManager;

    fn begin_transaction(conn: &mut MaintainedConnection<C>) -> QueryResult<()> {
        done(conn.begin_level())
    }

    fn rollback_transaction(conn: &mut MaintainedConnection<C>) -> QueryResult<()> {
        done(conn.undo_level())
    }

    /// Commits; the outermost transaction brings everything up to date first.
    fn commit_transaction(conn: &mut MaintainedConnection<C>) -> QueryResult<()> {
        done(conn.commit_level())
    }

    fn transaction_manager_status_mut(
        conn: &mut MaintainedConnection<C>,
    ) -> &mut TransactionManagerStatus {
        conn.inner.status()
    }
}

/// How a level ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    Kept,
    Undone,
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Begins a transaction or savepoint.
    pub(crate) async fn begin_level(&mut self) -> QueryResult<()> {
        self.check().await?;
        self.state.failures.is_between = C::IS_AWAITED;
        let begun = if self.state.pending.depth() == 0 {
            self.begin_alone();
            let begin = self.beginning_statement();
            self.inner.begin(begin).await
        } else {
            self.inner.set_savepoint().await
        };
        self.state.failures.is_between = false;
        self.noted(begun).await?;
        self.state.pending.begin();
        self.state.locked.begin();
        Ok(())
    }

    /// Begins a transaction, or a write without one: what earlier ones have left is forgotten.
    pub(crate) fn begin_alone(&mut self) {
        self.state.reports.begin();
        self.state.failures.failed = None;
        // What was read before says nothing of this transaction.
        self.state.failures.unread = false;
    }

    /// Whether a statement may run without a transaction: none is open, nor a scope or `track`, and
    /// the isolation is no stricter than that of a statement alone.
    pub(crate) fn may_go_alone(&self) -> bool {
        let state = &self.state;
        state.pending.depth() == 0
            && state.frames.is_empty()
            && state.brackets.is_empty()
            && state.isolation != Isolation::Serializable
    }

    /// Sends what begins the transaction, if that still waits for the first statement.
    pub(crate) async fn send_begin(&mut self) -> QueryResult<()> {
        let sent = self.inner.send_begin().await;
        self.noted(sent).await
    }

    /// Undoes the innermost level.
    pub(crate) async fn undo_level(&mut self) -> QueryResult<()> {
        if self.state.pending.depth() == 0 {
            return Err(DieselError::NotInTransaction);
        }
        if self.state.failures.ended.is_none() {
            if let Err(lost) = self.check_between() {
                // What is open ends with the connection.
                self.leave(Leaving::Undone);
                return Err(lost);
            }
            // An error that is not noted yet may say that a scope was refused, and may be run again,
            // or that the database has ended the transaction.
            self.examine().await;
        }
        if self.state.failures.ended.is_some() {
            self.leave_ended().await;
            return Ok(());
        }
        self.state.failures.is_between = C::IS_AWAITED;
        self.leave_branch().await;
        let undone = self.inner.roll_back().await;
        self.state.failures.is_between = false;
        self.leave(Leaving::Undone);
        if undone.is_err() && self.state.pending.depth() == 0 {
            self.reset().await;
        }
        undone
    }

    /// Commits the innermost level; the outermost transaction brings everything up to date first.
    pub(crate) async fn commit_level(&mut self) -> QueryResult<()> {
        self.before_commit().await?;
        self.state.failures.is_between = C::IS_AWAITED;
        let committed = match self.to_prepare() {
            Some(prepare) => self.prepare(&prepare).await,
            None => self.inner.commit().await,
        };
        self.state.failures.is_between = false;
        match &committed {
            Ok(()) => self.leave(Leaving::Kept),
            Err(_) => self.follow_inner(),
        }
        self.noted(committed).await
    }

    /// Gets the innermost level ready to be committed: whatever can fail before the database is
    /// told. If it fails, the level is undone. Once it is done, to do it again changes nothing.
    pub(crate) async fn before_commit(&mut self) -> QueryResult<()> {
        self.settle_abandoned().await?;
        if self.state.pending.depth() == 0 {
            return Err(DieselError::NotInTransaction);
        }
        self.examine().await;
        if self.state.pending.depth() == 1 {
            self.examine_rows().await;
        }
        if let Some(first) = self
            .state
            .failures
            .ended
            .as_ref()
            .map(crate::error::FirstError::again)
        {
            self.leave_ended().await;
            return Err(first);
        }
        if self.is_aborted() {
            // A commit would be a rollback, and the database would not say so.
            let first = self.latest_error();
            self.undo_level().await.ok();
            return Err(first);
        }
        if self.state.pending.depth() == 1
            && let Err(error) = self.finish().await
        {
            // The error says why nothing is committed; a failure of the rollback would only follow
            // from it.
            self.undo_level().await.ok();
            return Err(error.into());
        }
        Ok(())
    }

    fn leave(&mut self, how: Leaving) {
        let State {
            pending,
            locked,
            brackets,
            ..
        } = &mut self.state;
        match how {
            Leaving::Kept => {
                pending.release();
                locked.release();
                brackets.release(pending.depth());
            }
            Leaving::Undone => {
                pending.rollback();
                locked.rollback();
                brackets.rollback(pending.depth());
            }
        }
        let depth = pending.depth();
        match how {
            Leaving::Kept => self.state.reports.keep_rows(depth),
            Leaving::Undone => self.state.reports.undo_rows(depth),
        }
        if how == Leaving::Undone {
            self.state.failures.failed = None;
            self.state.failures.spoiled =
                self.state.failures.spoiled.filter(|&level| level <= depth);
            self.state.hooks.retain(|hook| hook.depth <= depth);
        }
        // Hooks of the level that has ended well belong to the level outside.
        self.state
            .hooks
            .iter_mut()
            .for_each(|hook| hook.depth = hook.depth.min(depth));
        if depth == 0 {
            self.state.branch = None;
            self.state.failures.unread = false;
            if how == Leaving::Undone {
                self.state.reports.undo();
            }
            self.state.hooks.clear();
            if self.state.anew == Anew::May {
                // The write is over, be it by a panic. `Must` stays: whoever runs the write again
                // asks for it.
                self.state.anew = Anew::Never;
            }
            self.settle();
        }
    }

    /// Whether Diesel no longer knows what state the transaction is in, or one is open. That of a
    /// test (`begin_test_transaction`) stays open for good.
    pub(super) fn is_broken(&mut self) -> bool {
        match self.inner.status() {
            TransactionManagerStatus::Valid(status) => {
                let is_of_test = |level: &InTransactionStatus| {
                    level.test_transaction && level.transaction_depth.get() == 1
                };
                let level = status.in_transaction.as_ref();
                level.is_some_and(|level| !is_of_test(level))
            }
            TransactionManagerStatus::InError => true,
        }
    }

    /// Whether the database takes no more statements until this level is rolled back.
    pub(super) fn is_aborted(&mut self) -> bool {
        if self.state.failures.spoiled.is_some() {
            return true;
        }
        match self.inner.status() {
            TransactionManagerStatus::Valid(status) => {
                let level = status.in_transaction.as_ref();
                level.is_some_and(|level| level.requires_rollback_maybe_up_to_top_level)
            }
            TransactionManagerStatus::InError => true,
        }
    }

    /// Leaves a level of a transaction that the database has ended.
    async fn leave_ended(&mut self) {
        self.leave_branch().await;
        self.leave(Leaving::Undone);
        if self.state.pending.depth() == 0 {
            self.reset().await;
        }
    }

    /// Makes the connection usable again, once the last level of an ended transaction is left.
    async fn reset(&mut self) {
        self.state.failures.is_between = C::IS_AWAITED;
        let is_in = self.inner.is_in_transaction(&DieselError::NotInTransaction);
        let is_in = is_in.await;
        self.state.failures.is_between = false;
        self.state.failures.ended = None;
        if is_in {
            self.inner.status().set_in_error();
        } else {
            *self.inner.status() = TransactionManagerStatus::default();
        }
    }

    /// Undoes the levels that the inner connection has left by itself, as it does when a commit
    /// fails.
    fn follow_inner(&mut self) {
        let status = self.inner.status();
        let depth = status
            .transaction_depth()
            .ok()
            .flatten()
            .map_or(0, |depth| depth.get() as usize);
        while self.state.pending.depth() > depth {
            self.leave(Leaving::Undone);
        }
    }

    /// Notes an error of Diesel's.
    pub(super) async fn noted<T>(&mut self, result: QueryResult<T>) -> QueryResult<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => match self.noting(Err(Error::Database(error))).await {
                Ok(value) => Ok(value),
                Err(error) => Err(error.into()),
            },
        }
    }
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Whether the connection must not be handed out again.
    #[cfg(any(feature = "async", feature = "r2d2"))]
    pub(super) fn is_unclean(&mut self) -> bool {
        self.is_lost()
            || self.state.failures.abandoned.is_some()
            || !self.state.frames.is_empty()
            || !self.state.pending.is_empty()
            || self.is_broken()
    }
}
