//! Transactions and savepoints, and the marks that live and die with them.

use diesel::connection::{AnsiTransactionManager, TransactionManager, TransactionManagerStatus};
use diesel::result::{Error as DieselError, QueryResult};

use crate::backend::Database;
use crate::connection::{MaintainedConnection, State};
use crate::session::Anew;

/// The transaction manager of a [`MaintainedConnection`]: the one of the connection inside, with the pending marks
/// following every transaction and savepoint, whoever opens it.
#[derive(Debug, Clone, Copy)]
pub struct Levels;

impl<C: Database> TransactionManager<MaintainedConnection<C>> for Levels {
    type TransactionStateData = AnsiTransactionManager;

    fn begin_transaction(conn: &mut MaintainedConnection<C>) -> QueryResult<()> {
        conn.check()?;
        let begun = if conn.state.pending.depth() == 0 {
            conn.state.reports.begin();
            conn.state.failures.failed = None;
            AnsiTransactionManager::begin_transaction_sql(
                &mut conn.inner,
                C::begin(conn.state.isolation),
            )
        } else {
            AnsiTransactionManager::begin_transaction(&mut conn.inner)
        };
        conn.noted(begun)?;
        conn.state.pending.begin();
        conn.state.locked.begin();
        Ok(())
    }

    fn rollback_transaction(conn: &mut MaintainedConnection<C>) -> QueryResult<()> {
        if conn.state.pending.depth() == 0 {
            return Err(DieselError::NotInTransaction);
        }
        if conn.state.failures.ended.is_some() {
            conn.leave_ended();
            return Ok(());
        }
        conn.examine();
        let undone = AnsiTransactionManager::rollback_transaction(&mut conn.inner);
        conn.leave(Leaving::Undone);
        if undone.is_err() && conn.state.pending.depth() == 0 {
            conn.reset();
        }
        undone
    }

    /// Commits; the outermost transaction brings everything up to date first.
    fn commit_transaction(conn: &mut MaintainedConnection<C>) -> QueryResult<()> {
        if conn.state.pending.depth() == 0 {
            return Err(DieselError::NotInTransaction);
        }
        conn.examine();
        if let Some(first) = conn
            .state
            .failures
            .ended
            .as_ref()
            .map(crate::error::FirstError::again)
        {
            conn.leave_ended();
            return Err(first);
        }
        if conn.is_aborted() {
            // A commit would be a rollback, and the database would not say so.
            let first = conn.latest_error();
            Self::rollback_transaction(conn)?;
            return Err(first);
        }
        if conn.state.pending.depth() == 1
            && let Err(error) = conn.finish()
        {
            // The error says why nothing is committed; a failure of the rollback would only follow from it.
            Self::rollback_transaction(conn).ok();
            return Err(error.into());
        }
        let committed = AnsiTransactionManager::commit_transaction(&mut conn.inner);
        match &committed {
            Ok(()) => conn.leave(Leaving::Kept),
            Err(_) => conn.follow_inner(),
        }
        conn.noted(committed)
    }

    fn transaction_manager_status_mut(
        conn: &mut MaintainedConnection<C>,
    ) -> &mut TransactionManagerStatus {
        AnsiTransactionManager::transaction_manager_status_mut(&mut conn.inner)
    }
}

/// How a level ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaving {
    Kept,
    Undone,
}

impl<C: Database> MaintainedConnection<C> {
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
        if how == Leaving::Undone {
            self.state.failures.failed = None;
            self.state.failures.spoiled =
                self.state.failures.spoiled.filter(|&level| level <= depth);
            self.state.hooks.retain(|hook| hook.depth <= depth);
        }
        self.state
            .hooks
            .iter_mut()
            .for_each(|hook| hook.depth = hook.depth.min(depth));
        if depth == 0 {
            if how == Leaving::Undone {
                self.state.reports.undo();
            }
            self.state.hooks.clear();
            if self.state.anew == Anew::May {
                // The write is over, be it by a panic.
                self.state.anew = Anew::Never;
            }
            self.settle();
        }
    }

    /// Whether the database takes no more statements until this level is rolled back.
    pub(super) fn is_aborted(&mut self) -> bool {
        if self.state.failures.spoiled.is_some() {
            return true;
        }
        match AnsiTransactionManager::transaction_manager_status_mut(&mut self.inner) {
            TransactionManagerStatus::Valid(status) => {
                let level = status.in_transaction.as_ref();
                level.is_some_and(|level| level.requires_rollback_maybe_up_to_top_level)
            }
            TransactionManagerStatus::InError => true,
        }
    }

    /// Leaves a level of a transaction that the database has ended.
    fn leave_ended(&mut self) {
        self.leave(Leaving::Undone);
        if self.state.pending.depth() == 0 {
            self.reset();
        }
    }

    /// Makes the connection usable again, once the last level of an ended transaction is left.
    fn reset(&mut self) {
        self.state.failures.ended = None;
        if self.inner.is_in_transaction(&DieselError::NotInTransaction) {
            AnsiTransactionManager::transaction_manager_status_mut(&mut self.inner).set_in_error();
        } else {
            *AnsiTransactionManager::transaction_manager_status_mut(&mut self.inner) =
                TransactionManagerStatus::default();
        }
    }

    /// Undoes the levels that the inner connection has left by itself, as it does when a commit fails.
    fn follow_inner(&mut self) {
        let status = AnsiTransactionManager::transaction_manager_status_mut(&mut self.inner);
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
    pub(super) fn noted<T>(&mut self, result: QueryResult<T>) -> QueryResult<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => match self.noting(Err(crate::Error::Database(error))) {
                Ok(value) => Ok(value),
                Err(error) => Err(error.into()),
            },
        }
    }
}

impl<C: Database> MaintainedConnection<C> {
    /// Whether the connection must not be handed out again.
    #[cfg(feature = "r2d2")]
    pub(super) fn is_unclean(&mut self) -> bool {
        !self.state.frames.is_empty()
            || !self.state.pending.is_empty()
            || Levels::is_broken_transaction_manager(self)
    }
}
