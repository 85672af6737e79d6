//! Changing rows as copies of them say.

use std::marker::PhantomData;
use std::ops::Range;

use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use hashbrown::{HashMap, HashSet};

use super::changeset::unsettle;
use super::update::{execute_returning, unsettle_rows};
use super::{Statements, Write, read, write};
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::model::Model;
use crate::declare::positions::ColumnIndex;
use crate::engine::ahead::{self, Start};
use crate::engine::marking::Marking;
use crate::engine::update;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::Image;
use crate::rows::keys::KeyRows;
use crate::rows::stored::Stored;
use crate::session::Session;
use crate::sql::Array;
use crate::sql::statement::{Rows, Statement};

pub(super) async fn save<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    row: &mut M,
) -> Result<(), Error> {
    let key = row.key();
    let rows = write(
        conn,
        &Save {
            row: &*row,
            key: &key,
        },
    )
    .await?;
    *row = rows
        .into_iter()
        .next()
        .ok_or_else(|| read::not_found::<M>(&key))?;
    Ok(())
}

/// An update of one row by a copy of it.
struct Save<'s, M: Model> {
    row: &'s M,
    key: &'s M::Key,
}

impl<C: Wrapped, M: Stored<C::Db>> Task<C> for Save<'_, M> {
    type Output = Vec<M>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<Vec<M>, Error> {
        let model = session.catalog.graph.position_of::<M>()?;
        let Self { row, key } = *self;
        lock_what_follows(session, marking, model, row).await?;
        let lock = session.image_lock(model);
        let before: Vec<M> = read::by_key(session, key, lock).await?;
        let changed = before[0].differences(row) & savable::<M>();
        if changed.is_empty() {
            return Ok(before);
        }
        if !marking.is_disabled() {
            ahead::parents(session, model, |relation, parents| {
                vec![[
                    before[0].parent_id(relation, parents),
                    row.parent_id(relation, parents),
                ]]
            })
            .await?;
        }
        let values = Copies::<C, M>::new(vec![row], changed.iter().collect());
        let keys = [key];
        let rows = KeyRows::<C::Db, M>::new(&keys);
        let mut statement = Statement::new("UPDATE ");
        statement.made(M::table).text(" SET ");
        values.set(&mut statement);
        let unsettled = marking.unsettled(session, model, changed);
        unsettle::<C, M>(&mut statement, unsettled, changed);
        let after: Vec<M> = execute_returning(session, statement, &rows).await?;
        if let Some(mut recorder) = marking.recorder(session)
            && !after.is_empty()
        {
            recorder.record(
                model,
                Some(Image::new(&before, 0)),
                Some(Image::new(&after, 0)),
            );
        }
        Ok(after)
    }
}

impl<C: Wrapped, M: Stored<C::Db>> Write<C> for Save<'_, M> {
    type Model = M;

    fn statements(&self) -> Statements {
        Statements::One
    }

    async fn read_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        rows: &mut Vec<M>,
    ) -> Result<(), Error> {
        read::refresh(conn, rows).await
    }
}

/// Locks what follows from the columns in which a copy differs from the row. Which they are, a
/// first look tells: it need not be right, since the row is read again under its lock.
async fn lock_what_follows<C: Wrapped, M: Stored<C::Db>>(
    session: &mut Session<'_, C>,
    marking: &Marking<'_>,
    model: ModelIndex,
    row: &M,
) -> Result<(), Error> {
    let any = Cause::Change(Change::Updated(savable::<M>()));
    if ahead::locks(session, marking, (model, 1), any).is_none() {
        return Ok(());
    }
    let key = row.key();
    let keys = [&key];
    let now: Vec<M> = read::by_keys(session, &keys, Lock::None).await?;
    let changed = now
        .first()
        .map_or(ColumnSet::NONE, |now| now.differences(row));
    let change = Cause::Change(Change::Updated(changed & savable::<M>()));
    if let Some(locks) = ahead::locks(session, marking, (model, 1), change) {
        let rows = KeyRows::<C::Db, M>::new(&keys);
        let start = Start::at(model, &rows).naming(session, |relation, parents| {
            row.parent_id(relation, parents).into_iter().collect()
        });
        ahead::lock(session, &start, &locks).await?;
    }
    Ok(())
}

pub(super) async fn many<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    rows: &mut [M],
) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    write(conn, &SaveMany { rows }).await?;
    read::refresh(conn, rows).await
}

/// An update of rows by copies of them.
struct SaveMany<'s, M> {
    rows: &'s [M],
}

impl<C: Wrapped, M: Stored<C::Db>> Task<C> for SaveMany<'_, M> {
    type Output = ();

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<(), Error> {
        let rows = self.rows;
        let keys: Vec<M::Key> = rows.iter().map(M::key).collect();
        let (model, ids) = read::ids::<C, M>(session, &keys)?;
        let lock = session.image_lock(model);
        let (before, respelled) = read::all(session, model, &ids, lock).await?;
        let arena = session.arena::<M>(model);
        let mut latest: HashMap<Id, &M> = HashMap::with_capacity(rows.len());
        for row in rows {
            let id = arena.intern(&row.key());
            latest.insert(respelled.get(&id).copied().unwrap_or(id), row);
        }
        let images = before.rows.as_any().downcast_ref::<Vec<M>>();
        let differing = |(at, id): (usize, &Id)| {
            let columns = images?[at].differences(latest.get(id)?) & savable::<M>();
            (!columns.is_empty()).then_some((at, *id, columns))
        };
        // A row comes once for each spelling of its key that was asked for.
        let mut seen = HashSet::new();
        let mut is_first = |id| M::META.keys_have_one_spelling() || seen.insert(id);
        let changed: Vec<(usize, Id, ColumnSet)> = before
            .ids
            .iter()
            .enumerate()
            .filter(|(_, id)| is_first(**id))
            .filter_map(differing)
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        let written: Vec<&M> = changed
            .iter()
            .filter_map(|(_, id, _)| latest.get(id).copied())
            .collect();
        if !marking.is_disabled() {
            ahead::parents(session, model, |relation, parents| {
                let both = changed.iter().zip(&written);
                both.map(|(&(at, ..), row)| {
                    let old = before.rows.parent_id(at, relation, parents);
                    [old, row.parent_id(relation, parents)]
                })
                .collect()
            })
            .await?;
        }
        let rows = changed.iter().map(|&(_, id, columns)| (id, columns));
        unsettle_rows(session, marking, model, &rows.collect::<Vec<_>>()).await?;
        let columns = changed
            .iter()
            .fold(ColumnSet::NONE, |all, &(_, _, columns)| all | columns);
        let values = Copies::<C, M>::new(written, update::with_key(M::META, columns));
        update::write(session, model, &values, columns).await?;
        let ids: Vec<Id> = changed.iter().map(|&(_, id, _)| id).collect();
        let after = session.rows(model, &ids, Lock::None).await?;
        let places: HashMap<Id, usize> = after.ids.iter().copied().zip(0..).collect();
        if let Some(mut recorder) = marking.recorder(session) {
            for (at, id, _) in changed {
                if let Some(&now) = places.get(&id) {
                    let before = Image::new(&*before.rows, at);
                    recorder.record(model, Some(before), Some(Image::new(&*after.rows, now)));
                }
            }
        }
        Ok(())
    }
}

impl<C: Wrapped, M: Stored<C::Db>> Write<C> for SaveMany<'_, M> {
    type Model = M;

    fn statements(&self) -> Statements {
        Statements::Many
    }
}

/// Some columns of the caller's copies of rows, to bind.
struct Copies<'r, C, M> {
    rows: Vec<&'r M>,
    columns: Vec<ColumnIndex>,
    connection: PhantomData<fn(C)>,
}

impl<'r, C, M> Copies<'r, C, M> {
    fn new(rows: Vec<&'r M>, columns: Vec<ColumnIndex>) -> Self {
        let connection = PhantomData;
        Self {
            rows,
            columns,
            connection,
        }
    }
}

impl<C: Wrapped, M: Stored<C::Db>> Copies<'_, C, M> {
    /// Adds `column = value, ..` for the first row.
    fn set<'q>(&'q self, statement: &mut Statement<'q, C::Db>) {
        for (at, &column) in self.columns.iter().enumerate() {
            statement.text(if at > 0 { ", " } else { "" });
            statement.name(M::META.columns[column].name).text(" = ");
            statement.value(self, 0, ColumnIndex::at(at));
        }
    }
}

impl<C: Wrapped, M: Stored<C::Db>> Rows<C::Db> for Copies<'_, C, M> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, C::Db>,
    ) -> QueryResult<()> {
        self.rows[row].bind(self.columns[column.number()], out)
    }

    fn array(&self, rows: Range<usize>, column: ColumnIndex) -> Option<Array<'_, C::Db>> {
        let column = self.columns[column.number()];
        if (M::META.columns[column].array)() {
            return None;
        }
        M::array(&self.rows[rows], column)
    }

    fn len(&self) -> usize {
        self.rows.len()
    }
}

/// The columns that a save writes.
fn savable<M: Model>() -> ColumnSet {
    let meta = M::META;
    let is_savable = |&column: &ColumnIndex| {
        let it = &meta.columns[column];
        it.saved && !it.maintained && !meta.key.contains(&column)
    };
    meta.columns
        .keys()
        .filter(is_savable)
        .fold(ColumnSet::NONE, ColumnSet::with)
}
