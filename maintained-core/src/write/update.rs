//! Changing rows by changesets.

use diesel::query_builder::QueryFragment;

use super::changeset::{assigned, assigned_parents, names_key, unsettle};
use super::joint;
use super::{Statements, Write, read, write};
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::arena::{AnyArena, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::model::{Model, RelationMeta};
use crate::engine::ahead::{self, Start};
use crate::engine::declared::{Joint, Part};
use crate::engine::marking::Marking;
use crate::engine::update;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::Image;
use crate::rows::keys::KeyRows;
use crate::rows::stored::Stored;
use crate::session::{Session, returning};
use crate::sql::Dialect;
use crate::sql::statement::Statement;

pub(super) async fn one<C, M>(
    conn: &mut MaintainedConnection<C>,
    key: M::Key,
    changes: impl QueryFragment<C::Db> + Send + Sync,
) -> Result<M, Error>
where
    C: Wrapped,
    M: Stored<C::Db>,
{
    let sql = C::Db::sql_of(&changes)?;
    let update = Update::<C, M> {
        key: &key,
        changes: &changes,
        sql: &sql,
        statements: Statements::one_if(!names_key::<C, M>(&sql)?),
    };
    let rows = write(conn, &update).await?;
    rows.into_iter()
        .next()
        .ok_or_else(|| read::not_found::<M>(&key))
}

/// An update of one row by a changeset.
struct Update<'u, C: Wrapped, M: Model> {
    key: &'u M::Key,
    changes: &'u (dyn QueryFragment<C::Db> + Sync),
    sql: &'u str,
    statements: Statements,
}

impl<C: Wrapped, M: Stored<C::Db>> Task<C> for Update<'_, C, M> {
    type Output = Vec<M>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<Vec<M>, Error> {
        let model = session.catalog.graph.position_of::<M>()?;
        let keys = [self.key];
        let Self {
            key, changes, sql, ..
        } = *self;
        let rows = KeyRows::<C::Db, M>::new(&keys);
        if C::Db::LOCKS {
            let change = Cause::Change(Change::Updated(assigned::<C, M>(sql)?));
            if let Some(locks) = ahead::locks(session, marking, (model, 1), change) {
                let mut start = Start::at(model, &rows);
                start.named = assigned_parents::<C, M>(changes, sql)?;
                ahead::lock(session, &start, &locks).await?;
            }
        }
        let lock = session.image_lock(model);
        let before: Vec<M> = read::by_key(session, key, lock).await?;
        if sql.is_empty() {
            return Ok(before);
        }
        let has_unsettled = !session.catalog.graph.models[model].unsettled.is_empty();
        if !marking.is_disabled() {
            let old = |relation, parents: &mut (dyn AnyArena + 'static)| {
                before[0].parent_id(relation, parents)
            };
            ahead::parents_of_update(session, model, old, changes, sql).await?;
        }
        let mut statement = Statement::new("UPDATE ");
        statement.made(M::table).text(" SET ").borrowed(changes);
        if has_unsettled {
            let set = assigned::<C, M>(sql)?;
            unsettle::<C, M>(&mut statement, marking.unsettled(session, model, set), set);
        }
        let after: Vec<M> = execute_returning(session, statement, &rows).await?;
        if after.first().map(M::key) != Some(before[0].key()) {
            return Err(Error::KeyChanged {
                model: M::NAME,
                key: format!("{key:?}"),
            });
        }
        if let Some(mut recorder) = marking.recorder(session) {
            recorder.record(
                model,
                Some(Image::new(&before, 0)),
                Some(Image::new(&after, 0)),
            );
        }
        Ok(after)
    }
}

impl<C: Wrapped, M: Stored<C::Db>> Write<C> for Update<'_, C, M> {
    type Model = M;

    fn statements(&self) -> Statements {
        self.statements
    }

    async fn jointly(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        is_alone: bool,
    ) -> Result<Option<Vec<M>>, Error> {
        if self.sql.is_empty() || self.statements != Statements::One {
            return Ok(None);
        }
        let model = session.catalog.graph.position_of::<M>()?;
        let change = (model, Change::Updated(ColumnSet::ALL));
        let Some(joint) = Joint::of(session, marking, change, is_alone).await? else {
            return Ok(None);
        };
        if is_alone {
            // The statement would find out that the row moves, fail, and all be done again.
            let set = assigned::<C, M>(self.sql)?;
            let is_moving = |relation: &RelationMeta| set.contains(relation.column);
            if M::META.relations.iter().any(is_moving) {
                return Ok(None);
            }
        }
        let keys = [self.key];
        let key = KeyRows::<C::Db, M>::new(&keys);
        let mut set = Statement::new("");
        set.borrowed(self.changes);
        let part = Part::Update(set, &key);
        let mut rows = joint::run::<C, M>(session, marking, (model, &joint), part).await?;
        let after = rows.pop().ok_or_else(|| read::not_found::<M>(self.key))?;
        Ok(Some(vec![after]))
    }

    async fn read_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        rows: &mut Vec<M>,
    ) -> Result<(), Error> {
        read::refresh(conn, rows).await
    }
}

/// Ends an `UPDATE` with the condition that the row has the key, and reads the row that it returns.
pub(super) async fn execute_returning<'q, C: Wrapped, M: Stored<C::Db>>(
    session: &mut Session<'_, C>,
    mut statement: Statement<'q, C::Db>,
    key: &'q KeyRows<'q, C::Db, M>,
) -> Result<Vec<M>, Error> {
    let names: Vec<&'static str> = M::META.key_names().collect();
    statement.text(" WHERE ");
    C::Db::among(&mut statement, &names, key);
    if !C::Db::RETURNS_UPDATED {
        session.execute(statement).await?;
        return read::by_keys(session, key.keys(), Lock::None).await;
    }
    statement.text(" RETURNING ").made(M::selection);
    let mut rows = Vec::new();
    let read = session
        .load_written(statement, &mut |row, _| {
            rows.push(M::read(row)?);
            Ok(())
        })
        .await;
    read.map_err(|source| returning(M::NAME, source))?;
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
