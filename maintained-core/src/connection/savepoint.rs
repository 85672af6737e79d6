//! The savepoints of writes, one a level.
//!
//! Diesel's savepoints are set and released, which takes two messages a write. Where a message costs more than the work,
//! the library's own is left when the write has ended, and moves on with the next one; whatever ends the level ends it, too.

use diesel::connection::TransactionManager;
use diesel::result::{Error as DieselError, QueryResult};

use crate::backend::Database;
use crate::connection::levels::{Begun, Level};
use crate::connection::{Levels, MaintainedConnection};
use crate::statement::Statement;
use crate::texts::Worded;

/// How a database is best told of a savepoint for each write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Savepoints {
    /// It is released when the write has ended; the statements are prepared once.
    Released,
    /// It is left, and released in one message with the next one.
    Left,
    /// It is left, and the next one takes its place. A database may refuse to prepare the statement.
    Replaced,
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
        if self.state.levels.is_empty() {
            Levels::begin_transaction(self)?;
        } else {
            self.check()?;
            let set = self.set_savepoint();
            self.noted(set)?;
            self.enter(Level::new(Begun::ByWrite));
        }
        self.within(body)
    }

    fn set_savepoint(&mut self) -> QueryResult<()> {
        let depth = self.state.levels.len();
        let is_set = self.state.levels[depth - 1].has_savepoint;
        match C::SAVEPOINTS {
            Savepoints::Released => self.send_prepared("SAVEPOINT ", depth)?,
            Savepoints::Left => {
                let name = name(depth);
                let mut sql = format!("SAVEPOINT {name}");
                if is_set {
                    sql.insert_str(0, &format!("RELEASE SAVEPOINT {name}; "));
                }
                self.inner.batch_execute(&sql)?;
                self.state.levels[depth - 1].has_savepoint = true;
            }
            Savepoints::Replaced => {
                let prepares = self.state.prepared.takes_savepoints;
                self.state.prepared.takes_savepoints =
                    prepares && self.send_prepared("SAVEPOINT ", depth).is_ok();
                if !self.state.prepared.takes_savepoints {
                    self.inner
                        .batch_execute(&format!("SAVEPOINT {}", name(depth)))?;
                }
            }
        }
        Ok(())
    }

    /// Sends a statement about the savepoint of a level.
    fn send_prepared(&mut self, action: &'static str, depth: usize) -> QueryResult<()> {
        let mut statement = Statement::new(action);
        statement.numbered(depth);
        let sent = match self.state.texts.of::<C>(&statement)? {
            Some(text) => {
                let worded = Worded { statement, text };
                self.inner.execute_returning_count(&worded)
            }
            None => self.inner.execute_returning_count(&statement),
        };
        sent.map(drop)
    }

    /// Ends a write that has gone well.
    pub(super) fn keep_write(&mut self) -> QueryResult<()> {
        if C::SAVEPOINTS != Savepoints::Released {
            return Ok(());
        }
        self.send_prepared("RELEASE ", self.state.levels.len() - 1)
    }

    /// Undoes what was done since the savepoint of the write that is ending.
    pub(super) fn undo_write(&mut self) -> QueryResult<()> {
        let name = name(self.state.levels.len() - 1);
        self.inner
            .batch_execute(&format!("ROLLBACK TO SAVEPOINT {name}"))?;
        self.keep_write()
    }
}

/// A savepoint's name, as [`Statement::numbered`] writes it.
fn name(depth: usize) -> String {
    format!("maintained_{depth}")
}
