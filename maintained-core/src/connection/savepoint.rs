//! The savepoints of writes, one a level: it is set anew for each write, and never released alone.
//!
//! Diesel's savepoints are set and released, which takes two statements a write. The library's own is still there when a
//! write has ended, and moves on with the next one. Whatever ends the level ends it, too.

use std::fmt;

use diesel::connection::TransactionManager;
use diesel::result::{Error as DieselError, QueryResult};

use crate::backend::Database;
use crate::connection::levels::{Begun, Level};
use crate::connection::{Levels, MaintainedConnection, State};
use crate::statement::Statement;
use crate::texts::{Texts, Worded};

/// The library's own savepoint of a level, to be set.
pub struct Savepoint<'s, C> {
    pub(crate) inner: &'s mut C,
    texts: &'s mut Texts,
    /// How deep the level is.
    depth: usize,
    /// Whether it has been set for a write before.
    pub(crate) is_set: bool,
    /// Whether the database is not known to refuse to prepare it.
    pub(crate) can_be_prepared: &'s mut bool,
}

impl<C: Database> Savepoint<'_, C> {
    /// Its name.
    pub(crate) fn name(&self) -> String {
        name(self.depth)
    }

    /// Sends a statement about it, prepared once.
    pub(crate) fn send(&mut self, action: &'static str) -> QueryResult<()> {
        let mut statement = Statement::new(action);
        statement.numbered(self.depth);
        let sent = match self.texts.of::<C>(&statement)? {
            Some(text) => self
                .inner
                .execute_returning_count(&Worded { statement, text }),
            None => self.inner.execute_returning_count(&statement),
        };
        sent.map(drop)
    }
}

impl<C> fmt::Debug for Savepoint<'_, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Savepoint")
            .field("depth", &self.depth)
            .field("is_set", &self.is_set)
            .finish_non_exhaustive()
    }
}

/// As [`Statement::numbered`] writes it.
fn name(depth: usize) -> String {
    format!("maintained_{depth}")
}

impl<C: Database> MaintainedConnection<C> {
    /// Runs a write in a transaction, or after a savepoint, of its own. When it fails or panics, its rows and marks are gone.
    pub(crate) fn as_write<T, E>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<DieselError>,
    {
        if self.state.pending.depth() == 0 {
            Levels::begin_transaction(self)?;
        } else {
            self.begin_write()?;
        }
        self.within(body)
    }

    fn begin_write(&mut self) -> QueryResult<()> {
        self.check()?;
        let State {
            levels,
            texts,
            prepares_savepoints,
            ..
        } = &mut self.state;
        let is_set = levels.last().is_some_and(|level| level.has_savepoint);
        let mut savepoint = Savepoint {
            inner: &mut self.inner,
            texts,
            depth: levels.len(),
            is_set,
            can_be_prepared: prepares_savepoints,
        };
        let set = C::set_savepoint(&mut savepoint);
        self.noted(set)?;
        if let Some(level) = self.state.levels.last_mut() {
            level.has_savepoint = true;
        }
        self.enter(Level::new(Begun::ByWrite));
        Ok(())
    }

    /// Undoes what was done since the savepoint of the write that is ending.
    pub(super) fn undo_write(&mut self) -> QueryResult<()> {
        let name = name(self.state.levels.len() - 1);
        self.inner
            .batch_execute(&format!("ROLLBACK TO SAVEPOINT {name}"))
    }
}
