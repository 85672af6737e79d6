//! Changing rows as copies of them say.

use std::marker::PhantomData;
use std::ops::Range;

use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use hashbrown::{HashMap, HashSet};

use super::changeset::unsettle;
use super::update::{among_key, execute_returning, unsettle_rows};
use super::{Statements, Write, read, write};
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::arena::{AnyArena, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::model::ModelMeta;
use crate::declare::positions::{ColumnIndex, RelationIndex};
use crate::engine::ahead::{self, Start};
use crate::engine::marking::Marking;
use crate::engine::update;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::keys::{KeyRows, Keys};
use crate::rows::stored::Stored;
use crate::rows::{Image, RowSet};
use crate::session::Session;
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Array, Dialect};

/// A copy of a row, of whatever model.
pub(super) trait AnyCopy<DB: Dialect>: Send + Sync {
    /// Becomes the first row of a set.
    fn become_first_of(&mut self, rows: Box<dyn RowSet<DB>>) -> Result<(), Error>;

    /// The columns in which it differs from the first row of a set.
    fn differences_from(&self, rows: &dyn RowSet<DB>) -> ColumnSet;

    /// The id of the parent that it names.
    fn parent(&self, relation: RelationIndex, parents: &mut (dyn AnyArena + 'static))
    -> Option<Id>;

    /// Binds the value of one column.
    fn bind_column<'b>(&'b self, column: ColumnIndex, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB: Dialect, M: Stored<DB>> AnyCopy<DB> for M {
    fn become_first_of(&mut self, rows: Box<dyn RowSet<DB>>) -> Result<(), Error> {
        *self = read::first(rows)?;
        Ok(())
    }

    fn differences_from(&self, rows: &dyn RowSet<DB>) -> ColumnSet {
        let rows = rows.as_any().downcast_ref::<Vec<M>>();
        let first = rows.and_then(|rows| rows.first());
        first.map_or(ColumnSet::NONE, |first| first.differences(self))
    }

    fn parent(
        &self,
        relation: RelationIndex,
        parents: &mut (dyn AnyArena + 'static),
    ) -> Option<Id> {
        self.parent_id(relation, parents)
    }

    fn bind_column<'b>(&'b self, column: ColumnIndex, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.bind(column, out)
    }
}

/// An update of one row by a copy of it.
pub(super) struct Save<'s, DB> {
    pub(super) model: ModelIndex,
    pub(super) row: &'s dyn AnyCopy<DB>,
    pub(super) key: &'s dyn Keys<DB>,
}

impl<C: Wrapped> Task<C> for Save<'_, C::Db> {
    type Output = Box<dyn RowSet<C::Db>>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<Box<dyn RowSet<C::Db>>, Error> {
        let Self { model, row, key } = *self;
        let registration = session.registration(model);
        let meta = registration.meta;
        let is_locked_ahead = self.lock_what_follows(session, marking).await?;
        let lock = session.image_lock(model);
        let before = read::by_key(session, model, key, lock).await?;
        let changed = row.differences_from(&*before) & savable(meta);
        if changed.is_empty() {
            return Ok(before);
        }
        if !is_locked_ahead && !marking.is_disabled() {
            ahead::parents(session, model, |relation, parents| {
                let old = before.parent_id(0, relation, parents);
                vec![[old, row.parent(relation, parents)]]
            })
            .await?;
        }
        let values = Copy(row);
        let mut statement = Statement::new("UPDATE ");
        statement.made(registration.table).text(" SET ");
        for (at, column) in changed.iter().enumerate() {
            statement.text(if at > 0 { ", " } else { "" });
            statement.name(meta.columns[column].name).text(" = ");
            statement.value(&values, 0, column);
        }
        let unsettled = marking.unsettled(session, model, changed);
        unsettle::<C>(meta, &mut statement, unsettled, changed);
        among_key(&mut statement, registration, key);
        let after = execute_returning(session, model, statement, key).await?;
        if let Some(mut recorder) = marking.recorder(session)
            && after.len() > 0
        {
            recorder.record(
                model,
                Some(Image::new(&*before, 0)),
                Some(Image::new(&*after, 0)),
            );
        }
        Ok(after)
    }
}

impl<C: Wrapped> Write<C> for Save<'_, C::Db> {
    fn model(&self) -> ModelIndex {
        self.model
    }

    fn statements(&self) -> Statements {
        Statements::One
    }

    async fn read_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        rows: &mut Box<dyn RowSet<C::Db>>,
    ) -> Result<(), Error> {
        read::refresh(conn, self.model, rows).await
    }
}

impl<DB: Dialect> Save<'_, DB> {
    /// Locks what follows from the columns in which the copy differs from the row. Which they are, a
    /// first look tells: it need not be right, since the row is read again under its lock. Says
    /// whether anything was to be locked.
    async fn lock_what_follows<C: Wrapped<Db = DB>>(
        &self,
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
    ) -> Result<bool, Error> {
        let Self { model, row, key } = *self;
        let savable = savable(session.registration(model).meta);
        let any = Cause::Change(Change::Updated(savable));
        if ahead::locks(session, marking, (model, 1), any).is_none() {
            return Ok(false);
        }
        let now = read::by_keys(session, model, key, Lock::None).await?;
        let changed = row.differences_from(&*now) & savable;
        let change = Cause::Change(Change::Updated(changed));
        let Some(locks) = ahead::locks(session, marking, (model, 1), change) else {
            return Ok(false);
        };
        let start = Start::at(model, key).naming(session, |relation, parents| {
            row.parent(relation, parents).into_iter().collect()
        });
        ahead::lock(session, &start, &locks).await?;
        Ok(true)
    }
}

/// The caller's copy of a row, to bind.
struct Copy<'r, DB>(&'r dyn AnyCopy<DB>);

impl<DB: Dialect> Rows<DB> for Copy<'_, DB> {
    fn bind<'b>(
        &'b self,
        _: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        self.0.bind_column(column, out)
    }

    fn array(&self, _: Range<usize>, _: ColumnIndex) -> Option<Array<'_, DB>> {
        None
    }

    fn len(&self) -> usize {
        1
    }
}

pub(super) async fn many<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    rows: &mut [M],
) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let model = read::model_of::<C, M>()?;
    write(conn, &SaveMany { model, rows }).await?;
    read::refresh_own(conn, model, rows).await
}

/// An update of rows by copies of them.
struct SaveMany<'s, M> {
    model: ModelIndex,
    rows: &'s [M],
}

impl<C: Wrapped, M: Stored<C::Db>> Task<C> for SaveMany<'_, M> {
    type Output = ();

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<(), Error> {
        let Self { model, rows } = *self;
        let keys: Vec<M::Key> = rows.iter().map(M::key).collect();
        let keys: Vec<&M::Key> = keys.iter().collect();
        let ids = read::ids(session, model, &KeyRows::<C::Db, M::Key>::of::<M>(&keys));
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
            let columns = images?[at].differences(latest.get(id)?) & savable(M::META);
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
    fn model(&self) -> ModelIndex {
        self.model
    }

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
fn savable(meta: &ModelMeta) -> ColumnSet {
    let is_savable = |&column: &ColumnIndex| {
        let it = &meta.columns[column];
        it.saved && !it.maintained && !meta.key.contains(&column)
    };
    meta.columns
        .keys()
        .filter(is_savable)
        .fold(ColumnSet::NONE, ColumnSet::with)
}
