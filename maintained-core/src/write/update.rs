//! Changing rows by changesets.

use diesel::query_builder::QueryFragment;

use super::changeset::{assigned, assigned_parents, may_query, unsettle};
use super::joint;
use super::{Statements, Write, read};
use crate::catalog::Registration;
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::engine::ahead::{self, Start};
use crate::engine::declared::{Joint, Part};
use crate::engine::marking::Marking;
use crate::engine::update;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::keys::Keys;
use crate::rows::{Image, RowSet};
use crate::session::Session;
use crate::session::read_ahead::{Writes, WrittenRows};
use crate::sql::Dialect;
use crate::sql::statement::Statement;

/// An update of one row by a changeset.
pub(super) struct Update<'u, DB: Dialect> {
    pub(super) model: ModelIndex,
    pub(super) key: &'u dyn Keys<DB>,
    pub(super) changes: &'u (dyn QueryFragment<DB> + Sync),
    pub(super) sql: &'u str,
    pub(super) statements: Statements,
}

impl<C: Wrapped> Task<C> for Update<'_, C::Db> {
    type Output = Box<dyn RowSet<C::Db>>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<Box<dyn RowSet<C::Db>>, Error> {
        let Self {
            model,
            key,
            changes,
            sql,
            ..
        } = *self;
        let meta = session.registration(model).meta;
        let mut is_locked_ahead = false;
        let has_unsettled = !session.catalog.graph.models[model].unsettled.is_empty();
        let set = if C::Db::LOCKS || has_unsettled {
            assigned::<C>(meta, sql)?
        } else {
            ColumnSet::ALL
        };
        let unsettled = if has_unsettled {
            marking.unsettled(session, model, set)
        } else {
            ColumnSet::NONE
        };
        let registration = session.registration(model);
        let statement = || {
            let mut statement = Statement::new("UPDATE ");
            statement
                .made(registration.table)
                .text(" SET ")
                .spelled(changes, sql);
            unsettle::<C>(meta, &mut statement, unsettled, set);
            among_key(&mut statement, registration, key);
            statement
        };
        if C::Db::LOCKS {
            let change = Cause::Change(Change::Updated(set));
            if let Some(locks) = ahead::locks(session, marking, (model, 1), change) {
                let mut start = Start::at(model, key);
                start.named = assigned_parents::<C>(meta, changes, sql)?;
                let is_one =
                    self.statements == Statements::One && !sql.is_empty() && !may_query(sql);
                let write = is_one.then_some(&statement as _);
                let written = ahead::lock_and_write(session, &start, &locks, write).await?;
                if let Some(WrittenRows { before, after }) = written {
                    if after.len() == 0 {
                        return Err(read::not_found(meta, key));
                    }
                    return self.noted(session, marking, before.as_deref(), after);
                }
                is_locked_ahead = true;
            }
        }
        let lock = session.image_lock(model);
        let before = read::by_key(session, model, key, lock).await?;
        if sql.is_empty() {
            return Ok(before);
        }
        if !is_locked_ahead && !marking.is_disabled() {
            let model = (model, set);
            ahead::parents_of_update(session, model, &*before, changes, sql).await?;
        }
        let after = execute_returning(session, model, statement(), key).await?;
        self.noted(session, marking, Some(&*before), after)
    }
}

impl<DB: Dialect> Update<'_, DB> {
    /// Leaves the marks of the row that has changed.
    fn noted<C: Wrapped<Db = DB>>(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        before: Option<&dyn RowSet<DB>>,
        after: Box<dyn RowSet<DB>>,
    ) -> Result<Box<dyn RowSet<DB>>, Error> {
        let model = self.model;
        let arena = session.arenas.get_mut(model);
        let is_same = |before: &&dyn RowSet<DB>| {
            after.len() > 0 && before.len() > 0 && after.id(0, arena) == before.id(0, arena)
        };
        let Some(before) = before.filter(is_same) else {
            return Err(Error::KeyChanged {
                model: session.registration(model).meta.name,
                key: self.key.describe(0),
            });
        };
        if let Some(mut recorder) = marking.recorder(session) {
            recorder.record(
                model,
                Some(Image::new(before, 0)),
                Some(Image::new(&*after, 0)),
            );
        }
        Ok(after)
    }
}

impl<C: Wrapped> Write<C> for Update<'_, C::Db> {
    fn model(&self) -> ModelIndex {
        self.model
    }

    fn statements(&self) -> Statements {
        self.statements
    }

    async fn jointly(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        is_alone: bool,
    ) -> Result<Option<Box<dyn RowSet<C::Db>>>, Error> {
        if self.sql.is_empty() || self.statements != Statements::One {
            return Ok(None);
        }
        let meta = session.registration(self.model).meta;
        let set = if C::Db::WRITES_IN_QUERIES {
            assigned::<C>(meta, self.sql)?
        } else {
            ColumnSet::ALL
        };
        let change = (self.model, Change::Updated(set));
        let Some(joint) = Joint::of(session, marking, change, is_alone).await? else {
            return Ok(None);
        };
        let mut set = Statement::new("");
        set.spelled(self.changes, self.sql);
        let part = Part::Update(set, self.key);
        let row = joint::run(session, marking, (self.model, &joint), part).await?;
        if row.len() == 0 {
            return Err(read::not_found(meta, self.key));
        }
        Ok(Some(row))
    }

    async fn read_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        rows: &mut Box<dyn RowSet<C::Db>>,
    ) -> Result<(), Error> {
        read::refresh(conn, self.model, rows).await
    }
}

/// Ends a statement with the condition that a row has the key.
pub(super) fn among_key<'q, DB: Dialect>(
    statement: &mut Statement<'q, DB>,
    registration: &Registration<DB>,
    key: &'q dyn Keys<DB>,
) {
    let names: Vec<&'static str> = registration.key_names().collect();
    statement.text(" WHERE ");
    DB::among(statement, &names, key);
}

/// Runs an `UPDATE` of the row with the key, and reads the row that it returns.
pub(super) async fn execute_returning<'q, C: Wrapped>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    mut statement: Statement<'q, C::Db>,
    key: &'q dyn Keys<C::Db>,
) -> Result<Box<dyn RowSet<C::Db>>, Error> {
    let registration = session.registration(model);
    if C::Db::RETURNS_UPDATED {
        statement.text(" RETURNING ").made(registration.selection);
    } else {
        session.execute(Writes::Rows(model), statement).await?;
        statement = Statement::new("SELECT ");
        statement.made(registration.selection);
        statement.text(" FROM ").made(registration.table);
        among_key(&mut statement, registration, key);
    }
    let mut rows = (registration.new_rows)();
    let written = (model, C::Db::RETURNS_UPDATED);
    session.written(written, statement, &mut *rows).await?;
    Ok(rows)
}

/// Sets unique fields to NULL of rows whose other columns are about to change.
pub(super) async fn unsettle_rows<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &Marking<'_>,
    model: ModelIndex,
    changed: &[(Id, ColumnSet)],
) -> Result<(), Error> {
    let all = changed
        .iter()
        .fold(ColumnSet::NONE, |all, &(_, columns)| all | columns);
    for column in marking.unsettled(session, model, all).iter() {
        let is_meant = |&&(_, changed): &&(Id, ColumnSet)| {
            marking.unsettled(session, model, changed).contains(column)
        };
        let ids: Vec<Id> = changed.iter().filter(is_meant).map(|&(id, _)| id).collect();
        let keys = (session.registration(model).key_rows)(session.arenas.get(model), &ids);
        update::clear(session, model, &*keys, &[column]).await?;
    }
    Ok(())
}
