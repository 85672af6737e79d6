//! Writing columns of many rows at once.

use diesel::backend::Backend;
use hashbrown::HashMap;

use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::model::ModelMeta;
use crate::declare::positions::ColumnIndex;
use crate::engine::held;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::rows::select::Found;
use crate::rows::{Part, RowSet};
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::Dialect;
use crate::sql::statement::{Rows, Slice, Statement};
use crate::wire::Wire;

/// Some rows of a set.
pub(crate) struct Chosen<DB: Dialect> {
    pub(crate) set: Box<dyn RowSet<DB>>,
    pub(crate) rows: Vec<usize>,
    /// Columns whose values the set does not have, and those values, one for each of the rows.
    pub(crate) numbers: Vec<(ColumnIndex, Vec<i64>)>,
}

/// Writes maintained columns of rows that a flush has read and computed.
///
/// Values that are unique in the database are taken away first, so that rows can swap them.
pub(crate) async fn maintained<'s, C: Wire>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    chosen: impl Iterator<Item = &'s Chosen<C::Db>> + Clone,
    columns: ColumnSet,
) -> Result<(), Error> {
    let meta = session.registration(model).meta;
    let unique: Vec<ColumnIndex> = columns
        .iter()
        .filter(|&column| meta.columns[column].unique)
        .collect();
    if !unique.is_empty() {
        for Chosen { set, rows, .. } in chosen.clone() {
            let part = Part {
                set: &**set,
                meta,
                rows,
                columns: meta.key,
                numbers: &[],
            };
            clear(session, model, &part, &unique).await?;
        }
    }
    for Chosen { set, rows, numbers } in chosen {
        let bound = with_key(meta, columns);
        let part = Part {
            set: &**set,
            meta,
            rows,
            columns: &bound,
            numbers,
        };
        write(session, model, &part, columns).await?;
    }
    Ok(())
}

/// The columns of a model's key, and then some others.
pub(crate) fn with_key(meta: &ModelMeta, columns: ColumnSet) -> Vec<ColumnIndex> {
    meta.key.iter().copied().chain(columns.iter()).collect()
}

/// Writes some columns of rows. The first values of each row are its key, the others those of the
/// columns.
pub(crate) async fn write<C: Wire>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    values: &dyn Rows<C::Db>,
    columns: ColumnSet,
) -> Result<(), Error> {
    let registration = session.registration(model);
    let key: Vec<&'static str> = registration.key_names().collect();
    let set: Vec<&'static str> = columns
        .iter()
        .map(|column| registration.meta.columns[column].name)
        .collect();
    for part in parts(values, C::Db::most_rows(key.len() + set.len())) {
        let statement = C::Db::update(registration.table, &key, &set, &part);
        let written = session.execute(Writes::Rows(model), statement).await;
        written.map_err(|source| held::failed("writing", registration.meta, &set, source))?;
    }
    Ok(())
}

/// Sets columns of rows to NULL.
pub(crate) async fn clear<C: Wire>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    keys: &dyn Rows<C::Db>,
    columns: &[ColumnIndex],
) -> Result<(), Error> {
    let registration = session.registration(model);
    let key: Vec<&'static str> = registration.key_names().collect();
    let names: Vec<&'static str> = columns
        .iter()
        .map(|&column| registration.meta.columns[column].name)
        .collect();
    for part in parts(keys, C::Db::most_rows(key.len())) {
        let mut statement = Statement::new("UPDATE ");
        statement.made(registration.table).text(" SET ");
        for (at, name) in names.iter().enumerate() {
            statement
                .text(if at > 0 { ", " } else { "" })
                .name(name)
                .text(" = NULL");
        }
        statement.text(" WHERE ");
        C::Db::among(&mut statement, &key, &part);
        let written = session.execute(Writes::Rows(model), statement).await;
        written.map_err(|source| held::failed("writing", registration.meta, &names, source))?;
    }
    Ok(())
}

/// Rows of values, at most so many at a time.
pub(crate) fn parts<DB: Backend>(
    rows: &dyn Rows<DB>,
    most: usize,
) -> impl Iterator<Item = Slice<'_, DB>> {
    let starts = (0..rows.len()).step_by(most);
    starts.map(move |from| Slice::new(rows, from..rows.len().min(from + most)))
}

/// Tells which columns have changed as the database stores them.
///
/// A column type that rounds or normalises (`Numeric`, `Timestamp`, JSON) may store another value
/// than the one that was written. Such rows are read before and after the write; for all other
/// types what was computed is what is stored.
pub(crate) struct Stores<C: Wire> {
    model: ModelIndex,
    before: Option<Before<C::Db>>,
}

/// Rows as they are stored after they were written.
pub(crate) struct AsStored<DB: Dialect> {
    found: Found<DB>,
    places: HashMap<Id, usize>,
}

impl<DB: Dialect> AsStored<DB> {
    /// The set that holds a row, and its place there.
    pub(crate) fn row(&self, id: Id) -> Option<(&dyn RowSet<DB>, usize)> {
        let place = *self.places.get(&id)?;
        Some((&*self.found.rows, place))
    }
}

/// Rows before they are written.
struct Before<DB: Dialect> {
    /// Those that are written, in the order of the batch.
    asked: Vec<Id>,
    /// In whatever order the database has read them.
    found: Found<DB>,
}

impl<C: Wire> Stores<C> {
    /// Reads the rows before they are written, where that is needed.
    pub(crate) async fn before(
        session: &mut Session<'_, C>,
        model: ModelIndex,
        ids: &[Id],
        columns: &[ColumnSet],
    ) -> Result<Self, Error> {
        let all = columns
            .iter()
            .fold(ColumnSet::NONE, |all, &columns| all | columns);
        let meta = session.registration(model).meta;
        if all
            .iter()
            .all(|column| (meta.columns[column].kind)().is_exact())
        {
            return Ok(Self {
                model,
                before: None,
            });
        }
        let changed = ids
            .iter()
            .zip(columns)
            .filter(|(_, columns)| !columns.is_empty());
        let changed: Vec<Id> = changed.map(|(&id, _)| id).collect();
        let found = session.rows(model, &changed, Lock::None).await?;
        let asked = changed;
        Ok(Self {
            model,
            before: Some(Before { asked, found }),
        })
    }

    /// Reads them again after the write, where that is needed, and leaves of the columns that were
    /// written those that changed.
    pub(crate) async fn after(
        &self,
        session: &mut Session<'_, C>,
        ids: &[Id],
        columns: &mut [ColumnSet],
    ) -> Result<Option<AsStored<C::Db>>, Error> {
        let Some(Before {
            asked,
            found: before,
        }) = &self.before
        else {
            return Ok(None);
        };
        let after = session.rows(self.model, asked, Lock::None).await?;
        let places: HashMap<Id, usize> = after.ids.iter().copied().zip(0..).collect();
        let difference = |(row, id): (usize, &Id)| {
            let &at = places.get(id)?;
            Some((*id, before.rows.differences(row, &*after.rows, at)))
        };
        let differences: HashMap<Id, ColumnSet> = before
            .ids
            .iter()
            .enumerate()
            .filter_map(difference)
            .collect();
        for (columns, id) in columns.iter_mut().zip(ids) {
            if let Some(&differences) = differences.get(id) {
                *columns = *columns & differences;
            }
        }
        Ok(Some(AsStored {
            found: after,
            places,
        }))
    }
}
