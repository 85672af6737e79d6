//! What a connection knows of statements that have failed, and what still works afterwards.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::connection::{MaintainedConnection, Wrapped};
use crate::engine::strict;
use crate::error::{Error, ErrorKind, FirstError};
use crate::report::Work;
#[cfg(feature = "async")]
use crate::session::Anew;
use crate::sql::Dialect;

/// The failures since the outermost level began.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    /// The error with which the database ended the transaction, until the outermost level has ended
    /// too.
    pub(super) ended: Option<FirstError>,
    /// The error of a query that was still being read, of which it is not known whether the
    /// transaction has outlived it.
    pub(super) suspect: Option<FirstError>,
    /// The first error, or the first since the last that was undone.
    pub(super) failed: Option<FirstError>,
    /// The level that can only be undone, since something in it was half done.
    pub(super) spoiled: Option<usize>,
    told: Told,
    /// The level that was to be undone, with all inside it, when its body was not waited for.
    pub(super) abandoned: Option<usize>,
    /// Whether a transaction or savepoint is about to begin or to end: nobody knows whether it has,
    /// if this is not waited for.
    pub(super) is_between: bool,
    /// Whether rows of a query were not read to their end, among which there may have been an
    /// error.
    pub(super) unread: bool,
}

/// What errors have told.
#[derive(Debug, Default)]
struct Told {
    /// Whether the database has refused something that may succeed when it is run again.
    refused: bool,
    /// Whether the connection was found to be lost: no statement will ever succeed.
    is_gone: bool,
}

impl Failures {
    /// Notes what an error tells of the connection.
    fn tell(&mut self, error: &Error) {
        self.told.refused |= error.is_retryable();
        self.told.is_gone |= error.kind() == ErrorKind::ConnectionLost;
    }
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Fails with the first error, where the database has ended the transaction.
    pub(crate) async fn check(&mut self) -> Result<(), DieselError> {
        self.settle_abandoned().await?;
        self.examine().await;
        self.check_now()
    }

    /// The same by what is known, without asking the database.
    pub(super) fn check_now(&self) -> Result<(), DieselError> {
        self.check_between()?;
        let first = self.state.failures.ended.as_ref();
        let spoiled = self
            .state
            .failures
            .spoiled
            .and(self.state.failures.failed.as_ref());
        first.or(spoiled).map_or(Ok(()), |first| Err(first.again()))
    }

    /// Notes that the levels inside a depth are to be undone, before anything else is done on the
    /// connection.
    #[cfg(feature = "async")]
    pub(crate) fn note_abandoned(&mut self, depth: usize) {
        let known = self.state.failures.abandoned.get_or_insert(depth);
        *known = depth.min(*known);
        // What the write that was given up has left here must not meet the next one.
        self.state.anew = Anew::Never;
        self.state.aside = None;
    }

    /// Whether nothing can be done on the connection any more, since something was not waited for.
    pub(super) fn is_lost(&self) -> bool {
        self.state.failures.is_between || self.inner.is_out_of_step()
    }

    /// Whether another connection is needed, since nothing can be done on this one, or the database
    /// is gone.
    pub(crate) fn is_of_no_use(&mut self) -> bool {
        let is_broken = self.state.pending.depth() == 0 && self.is_broken();
        self.state.failures.told.is_gone || self.is_lost() || is_broken
    }

    /// Forgets that the database has refused something, be it by an error that is not noted yet.
    pub(crate) fn forget_refusals(&mut self) {
        // Within a transaction the error may yet tell that it has ended.
        if self.state.pending.depth() == 0
            && let Some(suspect) = self.state.failures.suspect.take()
        {
            let error = Error::Database(suspect.again());
            self.state.failures.tell(&error);
            if self.state.keeps_prepared {
                self.inner.recover();
            }
        }
        self.state.failures.told.refused = false;
    }

    /// Whether the database has refused something since [`forget_refusals`](Self::forget_refusals).
    pub(crate) fn was_refused(&self) -> bool {
        self.state.failures.told.refused
    }

    /// Has the constraints checked now that the commit would check, where the database can do so.
    pub(crate) async fn check_deferred(&mut self) -> Result<(), DieselError> {
        let Some(check) = C::Db::CHECK_DEFERRED else {
            return Ok(());
        };
        self.check().await?;
        let checked = self.inner.batch(check).await;
        self.noted(checked).await
    }

    /// Whether the database is still there.
    pub(crate) async fn answers(&mut self) -> bool {
        let answers = self.inner.batch("SELECT 1").await.is_ok();
        self.state.failures.told.is_gone |= !answers;
        answers
    }

    /// Fails where nobody knows the state of the transaction.
    pub(super) fn check_between(&self) -> Result<(), DieselError> {
        let lost = if self.state.failures.is_between {
            "a BEGIN, COMMIT, ROLLBACK or savepoint was not waited for, so that nobody knows the state of the \
             transaction: open another connection"
        } else if self.inner.is_out_of_step() {
            "a statement was not waited for, and the driver would take its answer for that of the next one: open another \
             connection"
        } else {
            return Ok(());
        };
        Err(DieselError::QueryBuilderError(lost.into()))
    }

    /// Undoes what was not waited for.
    pub(crate) async fn settle_abandoned(&mut self) -> Result<(), DieselError> {
        self.check_between()?;
        if let Some(depth) = self.state.failures.abandoned {
            self.undo_to(depth).await;
            self.state.failures.abandoned = None;
        }
        if self.state.learned.is_strict {
            let mut work = Work::default();
            strict::relax(&mut self.session(&mut work)?.0).await;
        }
        Ok(())
    }

    /// Notes the error of a query that was being read, or that was not waited for, if there was
    /// one.
    pub(crate) async fn examine(&mut self) {
        if self.inner.take_unanswered() {
            let left = DieselError::QueryBuilderError("a statement was not waited for".into());
            let suspect = &mut self.state.failures.suspect;
            suspect.get_or_insert_with(|| FirstError::of(&left));
        }
        if let Some(error) = self.state.failures.suspect.clone() {
            let error = Error::Database(error.again());
            self.state.failures.tell(&error);
            if let Some(source) = error.database() {
                self.note(source).await;
            }
            self.state.failures.suspect = None;
        }
    }

    /// Finds out whether the outermost transaction can be committed, where an error may have gone
    /// unread.
    pub(super) async fn examine_rows(&mut self) {
        if self.state.failures.unread {
            let left = DieselError::QueryBuilderError("rows were not read to their end".into());
            self.note(&left).await;
            self.state.failures.unread = false;
        }
    }

    /// Notes the database's error, if there is one.
    pub(super) async fn noting<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.state.failures.tell(error);
            if let Some(source) = error.database() {
                self.note(source).await;
            }
        }
        result
    }

    /// Finds out, after a statement has failed, whether the transaction is still there.
    pub(super) async fn note(&mut self, error: &DieselError) {
        if self.state.keeps_prepared {
            self.inner.recover();
        }
        self.state
            .failures
            .failed
            .get_or_insert_with(|| FirstError::of(error));
        if self.state.pending.depth() > 0 && self.state.failures.ended.is_none() {
            // If this is not waited for, the next call finds it out.
            let suspect = self.state.failures.suspect.replace(FirstError::of(error));
            if !self.inner.is_in_transaction(error).await {
                let ended = self.why_ended(error).await;
                self.state.failures.ended = Some(ended);
            }
            self.state.failures.suspect = suspect;
        }
    }

    /// Why the transaction is not there any more: the statement that has failed, unless the
    /// connection was lost after that.
    async fn why_ended(&mut self, error: &DieselError) -> FirstError {
        let first = FirstError::of(error);
        let is_lost = Error::Database(first.again()).kind() == ErrorKind::ConnectionLost;
        if is_lost || self.answers().await {
            return first;
        }
        let lost = format!("the connection was lost after a statement had failed: {error}");
        FirstError::of(&DieselError::DatabaseError(
            DatabaseErrorKind::ClosedConnection,
            Box::new(lost),
        ))
    }

    /// Begins a write of one statement in the level that is open. Where it fails, panics or is not
    /// waited for after it has changed rows, it cannot be undone alone, and what follows from it is
    /// not up to date: the level is given up.
    pub(crate) async fn in_level(&mut self) -> Result<Unfinished<'_, C>, Error> {
        self.check().await?;
        self.state.wrote = false;
        Ok(Unfinished {
            conn: self,
            is_ended: false,
        })
    }

    /// Gives the innermost level up: all that follows in it fails with this error.
    pub(crate) fn spoil(&mut self, error: &Error) {
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
pub(crate) struct Unfinished<'c, C: Wrapped> {
    pub(crate) conn: &'c mut MaintainedConnection<C>,
    is_ended: bool,
}

impl<C: Wrapped> Unfinished<'_, C> {
    /// Ends the write.
    pub(crate) fn end<T>(mut self, result: Result<T, Error>) -> Result<T, Error> {
        self.is_ended = true;
        if let Err(error) = &result {
            // A write that has changed nothing leaves nothing to undo: the level goes on.
            if self.conn.state.wrote {
                self.conn.spoil(error);
            }
            self.conn.state.pending.note_differences(false);
        }
        result
    }
}

impl<C: Wrapped> Drop for Unfinished<'_, C> {
    fn drop(&mut self) {
        if self.is_ended {
            return;
        }
        let left =
            "a write has panicked, or was not waited for: the transaction can only be rolled back";
        self.conn
            .spoil(&DieselError::QueryBuilderError(left.into()).into());
        self.conn.state.pending.note_differences(false);
    }
}
