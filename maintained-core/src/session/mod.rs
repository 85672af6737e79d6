//! Where statements run: everything that the library sends to a database goes through here.

pub(crate) mod learned;
pub(crate) mod read_ahead;
mod rows;
mod select;
pub(crate) mod texts;

use std::fmt;

use diesel::backend::Backend;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::{Error as DieselError, QueryResult};

use crate::catalog::{Catalog, Registration};
use crate::declare::arena::{Arena, Arenas, Id};
use crate::declare::lock::Lock;
use crate::declare::model::Model;
use crate::error::Error;
use crate::graph::{ModelIndex, UnitIndex};
use crate::marks::aside::Aside;
use crate::marks::locked::Locked;
use crate::report::Work;
use crate::rows::select::Reader;
use crate::session::learned::Learned;
use crate::session::read_ahead::{ReadAhead, Writes};
use crate::session::texts::Texts;
use crate::sql::statement::Statement;
use crate::sql::{Blocks, Operated, OwnTable};
use crate::wire::Wire;

/// A connection at work, with what is known of the rows that it works on.
pub(crate) struct Session<'c, C: Wire> {
    pub(crate) inner: &'c mut C,
    pub(crate) catalog: &'static Catalog<C::Db>,
    pub(crate) arenas: &'c mut Arenas,
    pub(crate) work: &'c mut Work,
    pub(crate) texts: &'c mut Texts,
    pub(crate) locked: &'c mut Locked,
    /// Where rows that cannot be computed are noted, if the others are to be computed without them.
    pub(crate) aside: Option<&'c mut Aside>,
    pub(crate) learned: &'c mut Learned,
    pub(crate) switches: Switches,
    /// Whether a statement that changes rows has been run.
    pub(crate) wrote: bool,
    /// Rows that are locked and read ahead, where they are wanted.
    pub(crate) read_ahead: Option<ReadAhead<C::Db>>,
    /// Whether the write may give its locks back and begin anew, and whether it has to.
    pub(crate) anew: Anew,
}

/// What tests may switch off, to see what it is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switches {
    /// Whether rows are locked.
    pub(crate) locks: bool,
    /// Whether fields from which nothing else follows go by short ways.
    pub(crate) short_ways: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            locks: true,
            short_ways: true,
        }
    }
}

/// Whether a write gives its locks back and begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anew {
    /// No: it is part of a transaction, or has begun often enough.
    Never,
    /// If it has to.
    May,
    /// It has to: it would lock rows out of order.
    Must,
}

/// A statement as Diesel takes it.
pub(crate) trait Sent<DB: Backend>: QueryFragment<DB> + QueryId {}

impl<DB: Backend, T: QueryFragment<DB> + QueryId> Sent<DB> for T {}

impl<C: Wire> Session<'_, C> {
    /// How strongly rows are locked where this much is asked for.
    pub(crate) fn strength(&self, lock: Lock) -> Lock {
        if self.switches.locks {
            lock
        } else {
            Lock::None
        }
    }

    /// Runs a query, and says how many rows it returned.
    ///
    /// What sends rows (`load_any`) and [`send`](Self::send) are the only places where a statement is
    /// sent that counts in a report. What is asked once a connection does not
    /// (`learned`), nor does what sets the session's mode or undoes a block.
    pub(crate) fn load<'s>(
        &'s mut self,
        statement: Statement<'_, C::Db>,
        read: &'s mut Reader<'_, C::Db>,
    ) -> impl Future<Output = QueryResult<usize>> + Send {
        debug_assert!(!statement.is_write(), "a query writes nothing");
        self.load_any(false, statement, read)
    }

    /// Runs what returns rows; `notes` says whether it is noted that rows were written.
    fn load_any<'s>(
        &'s mut self,
        notes: bool,
        statement: Statement<'_, C::Db>,
        read: &'s mut Reader<'_, C::Db>,
    ) -> impl Future<Output = QueryResult<usize>> + Send {
        self.work.statement();
        let worded = self.texts.of(statement);
        let (arenas, wrote) = (&mut *self.arenas, &mut self.wrote);
        let sent = worded.map(|query| self.inner.load(query, move |row| read(row, arenas)));
        async move {
            let done = sent?.await;
            // Where no row comes back none was written. Where one cannot be read, it was written all
            // the same.
            let is_written = match &done {
                Ok(count) => *count > 0,
                Err(error) => matches!(error, DieselError::DeserializationError(_)),
            };
            *wrote |= notes && is_written;
            done
        }
    }

    /// Runs a write of a flush that returns rows.
    ///
    /// `wrote` is not set: a flush that fails is known to be unfinished by the marks that it was to
    /// work off.
    pub(crate) fn load_flushed<'s>(
        &'s mut self,
        writes: Writes,
        statement: Statement<'_, C::Db>,
        read: &'s mut Reader<'_, C::Db>,
    ) -> impl Future<Output = QueryResult<usize>> + Send {
        self.forget(writes);
        self.load_any(false, statement, read)
    }

    /// Reads texts from some columns of a query; none where one is null, or no text.
    pub(crate) async fn texts<const N: usize>(
        &mut self,
        query: &'static str,
        columns: [usize; N],
        action: &'static str,
    ) -> Result<Vec<[Option<String>; N]>, Error> {
        let mut rows = Vec::new();
        let read = self
            .load(Statement::new(query), &mut |row, _| {
                rows.push(columns.map(|at| C::Db::read_text(row, at).ok().flatten()));
                Ok(())
            })
            .await;
        let action = action.to_owned();
        read.map_err(|source| Error::Statement { action, source })?;
        Ok(rows)
    }

    /// Whether one of the library's own tables is there.
    pub(crate) async fn finds(&mut self, table: OwnTable) -> Result<bool, Error> {
        let found = self
            .load(Statement::new(table.find), &mut |_, _| Ok(()))
            .await;
        let found = found.map_err(|source| Error::Statement {
            action: format!("looking for the table `{}`", table.name),
            source,
        });
        Ok(found? > 0)
    }

    /// Forgets the rows that a statement changes.
    fn forget(&mut self, writes: Writes) {
        if let Some(read_ahead) = &mut self.read_ahead {
            read_ahead.forget(&self.catalog.graph, writes);
        }
    }

    /// Runs a write that returns rows.
    pub(crate) fn load_written<'s>(
        &'s mut self,
        writes: Writes,
        statement: Statement<'_, C::Db>,
        read: &'s mut Reader<'_, C::Db>,
    ) -> impl Future<Output = QueryResult<usize>> + Send {
        self.forget(writes);
        self.load_any(true, statement, read)
    }

    /// Runs a statement that changes rows and returns none, and says how many it affected.
    pub(crate) fn execute(
        &mut self,
        writes: Writes,
        statement: Statement<'_, C::Db>,
    ) -> impl Future<Output = QueryResult<usize>> + Send {
        let worded = self.texts.of(statement);
        let sent = worded.map(|worded| self.send(writes, worded));
        async move { sent?.await }
    }

    /// The same with a statement of another make.
    pub(crate) fn send(
        &mut self,
        writes: Writes,
        statement: impl Sent<C::Db>,
    ) -> impl Future<Output = QueryResult<usize>> + Send {
        self.forget(writes);
        self.work.statement();
        let wrote = &mut self.wrote;
        let sent = self.inner.execute(statement);
        async move {
            let count = sent.await?;
            *wrote = true;
            Ok(count)
        }
    }

    pub(crate) fn registration(&self, model: ModelIndex) -> &'static Registration<C::Db> {
        self.catalog.models[model]
    }

    pub(crate) fn arena<M: Model>(&mut self, model: ModelIndex) -> &mut Arena<M::Key> {
        self.arenas.typed(model)
    }

    /// Whether the tables of some models have no triggers and no rules of the user's own.
    pub(crate) async fn are_plain(
        &mut self,
        models: impl Iterator<Item = ModelIndex> + Send,
    ) -> Result<bool, Error> {
        let tables = models.map(|model| {
            let name = self.catalog.tables.name(model);
            (model, self.registration(model).table, name)
        });
        let tables: Vec<_> = tables.collect();
        let plain = self.learned.are_plain(self.inner, &tables).await;
        plain.map_err(Error::Database)
    }

    /// How the server takes several statements as one, if it does.
    pub(crate) async fn blocks(&mut self) -> Result<Option<Blocks>, Error> {
        let blocks = self.learned.blocks(self.inner).await;
        blocks.map_err(Error::Database)
    }

    /// Whether the session's mode has the database cut what a column cannot hold.
    pub(crate) async fn is_lax(&mut self) -> Result<bool, Error> {
        let is_lax = self.learned.is_lax(self.inner).await;
        is_lax.map_err(Error::Database)
    }

    /// A row's key as text, for messages.
    pub(crate) fn describe(&self, model: ModelIndex, id: Id) -> String {
        self.arenas.get(model).describe(id)
    }

    /// The same session, which notes rows that cannot be computed. What it learns of `wrote` and
    /// `anew` is lost with it.
    pub(crate) fn setting_aside<'s>(&'s mut self, aside: &'s mut Aside) -> Session<'s, C> {
        Session {
            inner: self.inner,
            catalog: self.catalog,
            arenas: self.arenas,
            work: self.work,
            texts: self.texts,
            locked: self.locked,
            aside: Some(aside),
            learned: self.learned,
            switches: self.switches,
            wrote: self.wrote,
            read_ahead: None,
            anew: self.anew,
        }
    }

    /// Notes that a unit cannot be computed for a row.
    pub(crate) fn note_unable(&mut self, unit: UnitIndex, id: Id) {
        if let Some(aside) = &mut self.aside {
            aside.failed.push((unit, id));
        }
    }

    /// How strongly a parent is locked that a setter reads: see
    /// [`Graph::parent_lock`](crate::graph::Graph::parent_lock).
    pub(crate) fn parent_lock(&self, model: ModelIndex) -> Lock {
        self.catalog.graph.parent_lock(model)
    }

    /// How strongly a row is locked before it is changed. Where the change may set a unique column
    /// to NULL, it is at once the lock that such a change needs.
    pub(crate) fn image_lock(&self, model: ModelIndex) -> Lock {
        if self.catalog.graph.models[model].unsettled.is_empty() {
            Lock::NoKeyUpdate
        } else {
            Lock::Update
        }
    }
}

/// The error of a statement that reads a model's rows.
pub(crate) fn reading(model: &'static str, source: DieselError) -> Error {
    Error::Statement {
        action: format!("reading the rows of `{model}`"),
        source,
    }
}

/// The error of a write that returns a model's rows: the database's own, unless it is about reading
/// them.
pub(crate) fn returning(model: &'static str, source: DieselError) -> Error {
    match source {
        DieselError::DeserializationError(_) => reading(model, source),
        other => Error::Database(other),
    }
}

impl<C: Wire> fmt::Debug for Session<'_, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("work", &self.work)
            .finish_non_exhaustive()
    }
}
