//! What a connection knows of statements that have failed, and what still works afterwards.

use diesel::result::Error as DieselError;

use crate::backend::Database;
use crate::connection::MaintainedConnection;
use crate::error::{Error, FirstError};

/// The failures since the outermost level began.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    /// The error with which the database ended the transaction, until the outermost level has ended too.
    pub(super) ended: Option<FirstError>,
    /// The error of a query that was still being read, of which it is not known whether the transaction has outlived it.
    pub(super) suspect: Option<FirstError>,
    /// The first error, or the first since the last that was undone.
    pub(super) failed: Option<FirstError>,
    /// The level that can only be undone, since something in it was half done.
    pub(super) spoiled: Option<usize>,
    /// Whether the database has refused something that may succeed when it is run again.
    pub(crate) refused: bool,
}

impl<C: Database> MaintainedConnection<C> {
    /// Fails with the first error, where the database has ended the transaction.
    pub(crate) fn check(&mut self) -> Result<(), DieselError> {
        self.examine();
        let first = self.state.failures.ended.as_ref();
        let spoiled = self
            .state
            .failures
            .spoiled
            .and(self.state.failures.failed.as_ref());
        first.or(spoiled).map_or(Ok(()), |first| Err(first.again()))
    }

    /// Notes the error of a query that was being read, if there was one.
    pub(crate) fn examine(&mut self) {
        if let Some(error) = self.state.failures.suspect.take() {
            let error = Error::Database(error.again());
            self.state.failures.refused |= error.is_retryable();
            if let Some(source) = error.database() {
                self.note(source);
            }
        }
    }

    /// Notes the database's error, if there is one.
    pub(super) fn noting<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.state.failures.refused |= error.is_retryable();
            if let Some(source) = error.database() {
                self.note(source);
            }
        }
        result
    }

    /// Finds out, after a statement has failed, whether the transaction is still there.
    pub(super) fn note(&mut self, error: &DieselError) {
        if self.state.keeps_prepared {
            self.inner.recover();
        }
        self.state
            .failures
            .failed
            .get_or_insert_with(|| FirstError::of(error));
        if self.state.pending.depth() > 0
            && self.state.failures.ended.is_none()
            && !self.inner.is_in_transaction(error)
        {
            self.state.failures.ended = Some(FirstError::of(error));
        }
    }

    /// Runs a write of one statement in the level that is open. Where it fails or panics after it has changed rows,
    /// it cannot be undone alone, and what follows from it is not up to date: the level is given up.
    pub(crate) fn in_level<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.check()?;
        self.state.wrote = false;
        let guard = Unfinished(self);
        let result = write(guard.0);
        let conn = &mut *guard.0;
        if let Err(error) = &result {
            if conn.state.wrote {
                conn.spoil(error);
            }
            conn.state.pending.note_differences(false);
        }
        std::mem::forget(guard);
        result
    }

    /// Gives the innermost level up: all that follows in it fails with this error.
    pub(super) fn spoil(&mut self, error: &Error) {
        let failures = &mut self.state.failures;
        failures.failed = Some(FirstError::of_any(error));
        failures.spoiled.get_or_insert(self.state.pending.depth());
    }

    /// The error after which the database took no more statements.
    pub(super) fn latest_error(&self) -> DieselError {
        let failed = self.state.failures.failed.as_ref();
        failed.map_or(DieselError::RollbackTransaction, FirstError::again)
    }
}

/// A write that has not come to its end.
struct Unfinished<'c, C: Database>(&'c mut MaintainedConnection<C>);

impl<C: Database> Drop for Unfinished<'_, C> {
    fn drop(&mut self) {
        let panicked = "a write has panicked: the transaction can only be rolled back";
        self.0
            .spoil(&DieselError::QueryBuilderError(panicked.into()).into());
        self.0.state.pending.note_differences(false);
    }
}
