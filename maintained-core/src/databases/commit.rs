//! How a scope over several databases ends: all are made ready to be committed, then all are
//! committed.

use std::fmt;

use diesel::result::Error as DieselError;
use tracing::Instrument;

use super::Entered;
use crate::connection::Wrapped;
use crate::error::Error;
use crate::sql::Ending;

impl<K: Ord + Clone + fmt::Debug, C: Wrapped> Entered<'_, K, C> {
    /// Ends the scope as its body has ended.
    pub(super) async fn close<T, E: From<DieselError>>(
        mut self,
        result: Result<T, E>,
    ) -> Result<T, E> {
        let span = self.span.clone();
        let end = async {
            match result {
                Ok(value) => self.commit().await.map(|()| value).map_err(E::from),
                Err(error) => {
                    self.undo().await;
                    Err(error)
                }
            }
        };
        let result = end.instrument(span).await;
        self.databases.scopes.truncate(self.depth);
        self.is_ended = true;
        self.give_up();
        result
    }

    async fn commit(&mut self) -> Result<(), DieselError> {
        let ended = match self.prepare().await {
            Ok(()) if self.is_two_phase() => self.commit_on_all().await,
            Ok(()) => self.commit_in_turn().await,
            Err(error) => Err(error),
        };
        let Err(error) = ended else {
            return Ok(());
        };
        // The error says why; a failure of a rollback would only follow from it.
        self.undo().await;
        self.note_prepared();
        if !self.progress.has_begun() {
            return Err(error);
        }
        let error = Error::from(error);
        if self.depth > 0 {
            self.spoil_released(&error);
            return Err(error.into());
        }
        self.databases.is_partly = true;
        Err(self.progress.error(error).into())
    }

    /// Does on all databases whatever can fail before the first is committed.
    async fn prepare(&mut self) -> Result<(), DieselError> {
        let depth = self.depth;
        let members = self.databases.members.values_mut();
        let mut members: Vec<_> = members.filter(|member| member.depth() > depth).collect();
        for member in &mut members {
            member.prepare().await?;
        }
        // Of a single database the commit itself will tell.
        if depth == 0 && members.len() > 1 {
            for member in members {
                member.conn.check_deferred().await?;
            }
        }
        Ok(())
    }

    /// Commits one database after the other, up to the first that fails.
    pub(super) async fn commit_in_turn(&mut self) -> Result<(), DieselError> {
        let Self {
            databases,
            depth,
            progress,
            ..
        } = self;
        let members = databases.members.iter_mut();
        for (key, member) in members.filter(|(_, member)| member.depth() > *depth) {
            progress.under_way = Some(key.clone());
            if let Err(error) = member.close(Ok(())).await {
                // A database that refuses a commit has undone it. One that is gone may have
                // committed.
                if *depth == 0 && member.conn.answers().await {
                    progress.undone.extend(progress.under_way.take());
                }
                return Err(error);
            }
            progress.committed.extend(progress.under_way.take());
        }
        Ok(())
    }

    /// Undoes the scope on all databases that have not ended it.
    async fn undo(&mut self) {
        let Self {
            databases,
            depth,
            progress,
            ..
        } = self;
        let members = databases.members.iter_mut();
        for (key, member) in members.filter(|(_, member)| member.depth() > *depth) {
            // Nobody will commit it any more, even if this is not waited for.
            progress.note_undone(key);
            let undo = Err(DieselError::RollbackTransaction);
            member.close(undo).await.ok();
        }
        if self.progress.ending() == Some(Ending::Undo) {
            self.end_prepared(Ending::Undo).await.ok();
        }
    }

    /// Gives up, on the databases that have released their savepoint of an inner scope, the level
    /// around it: what it holds of the scope cannot be undone alone.
    fn spoil_released(&mut self, error: &Error) {
        let released = std::mem::take(&mut self.progress.committed);
        for (key, member) in &mut self.databases.members {
            if released.contains(key) {
                member.conn.spoil(error);
            }
        }
    }

    /// Tells of a scope that has not come to its end, where that leaves it on some databases only.
    pub(super) fn note_unfinished(&mut self) {
        if !self.progress.has_begun() {
            return;
        }
        self.note_prepared();
        let error = Error::other("the end of the scope has panicked, or was not waited for");
        if self.depth > 0 {
            self.spoil_released(&error);
            return;
        }
        let error = self.progress.error(error);
        tracing::error!(%error, "nobody was told");
        self.databases.untold = Some(error);
    }
}
