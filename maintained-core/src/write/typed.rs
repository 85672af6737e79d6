//! The ways in and out of writes: what knows the types of a model and of its key.
//!
//! The less stands here the better, since it is compiled for each model, or for each type of keys.
//! Rows that are added, or saved many at a time, know their type throughout ([`add`](super::add),
//! [`save`](super::save)).

use diesel::query_builder::QueryFragment;

use super::changeset::names_key;
use super::compiled::{Kind, Writer, run};
use super::defaults::missed;
use super::delete::{Delete, statements};
use super::insert::{Insert, next_batch};
use super::new_row::{New, NewRow};
use super::save::{AnyCopy, Save};
use super::touch::{Rows, Touch};
use super::update::Update;
use super::{Statements, read};
use crate::connection::MaintainedConnection;
use crate::declare::key::Key;
use crate::declare::model::ModelMeta;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::rows::keys::{Binding, KeyRows, Keys, OwnedKeys};
use crate::rows::stored::Stored;
use crate::rows::{RowSet, typed};
use crate::sql::{Dialect, Kept};

pub(super) async fn insert<C, M, V>(conn: &mut MaintainedConnection<C>, new: V) -> Result<M, Error>
where
    C: Writer,
    M: Stored<C::Db>,
    V: NewRow<C::Db, M::Table> + Send + Sync,
{
    let model = read::model_of::<C, M>();
    read::first(inserted(conn, (model, M::META), &[&new], Statements::One).await?)
}

pub(super) async fn insert_many<C, M, V>(
    conn: &mut MaintainedConnection<C>,
    new: Vec<V>,
) -> Result<Vec<M>, Error>
where
    C: Writer,
    M: Stored<C::Db>,
    V: NewRow<C::Db, M::Table> + Send + Sync,
{
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let new: Vec<New<'_, C::Db>> = new.iter().map(|row| row as _).collect();
    let is_one = next_batch::<C>(M::META, &new)?.len() == new.len();
    let model = read::model_of::<C, M>();
    let statements = Statements::one_if(is_one);
    Ok(typed(
        inserted(conn, (model, M::META), &new, statements).await?,
    ))
}

/// Inserts rows of whatever model.
async fn inserted<C: Writer>(
    conn: &mut MaintainedConnection<C>,
    (model, meta): (Result<ModelIndex, Error>, &'static ModelMeta),
    new: &[New<'_, C::Db>],
    statements: Statements,
) -> Result<Box<dyn RowSet<C::Db>>, Error> {
    let insert = Insert {
        model: model?,
        new,
        statements,
    };
    let inserted = run(conn, Kind::Insert(&insert)).await;
    inserted.map_err(|error| missed(meta, error))?.into_rows()
}

pub(super) async fn update<C, M>(
    conn: &mut MaintainedConnection<C>,
    key: M::Key,
    changes: impl QueryFragment<C::Db> + Send + Sync,
) -> Result<M, Error>
where
    C: Writer,
    M: Stored<C::Db>,
{
    let model = read::model_of::<C, M>();
    let key = OwnedKeys::one_of::<M>(key);
    read::first(updated(conn, (model, M::META), &key, &changes).await?)
}

/// Updates a row of whatever model.
async fn updated<C: Writer>(
    conn: &mut MaintainedConnection<C>,
    (model, meta): (Result<ModelIndex, Error>, &'static ModelMeta),
    key: &dyn Keys<C::Db>,
    changes: &(dyn QueryFragment<C::Db> + Send + Sync),
) -> Result<Box<dyn RowSet<C::Db>>, Error> {
    let sql = C::Db::sql_of(changes)?;
    let update = Update {
        model: model?,
        key,
        changes,
        sql: &sql,
        statements: Statements::one_if(!names_key::<C>(meta, &sql)?),
    };
    let rows = run(conn, Kind::Update(&update)).await?.into_rows()?;
    if rows.len() == 0 {
        return Err(read::not_found(meta, key));
    }
    Ok(rows)
}

pub(super) fn save<'c, C: Writer, M: Stored<C::Db>>(
    conn: &'c mut MaintainedConnection<C>,
    row: &'c mut M,
) -> impl Future<Output = Result<(), Error>> + Send + 'c {
    let model = (read::model_of::<C, M>(), M::META);
    let key = OwnedKeys::one_of::<M>(row.key());
    saved(conn, model, key, row)
}

/// Saves a copy of whatever model, and reads the row back into it.
async fn saved<C: Writer, K: Key>(
    conn: &mut MaintainedConnection<C>,
    (model, meta): (Result<ModelIndex, Error>, &'static ModelMeta),
    key: OwnedKeys<C::Db, K>,
    row: &mut dyn AnyCopy<C::Db>,
) -> Result<(), Error> {
    let save = Save {
        model: model?,
        row: &*row,
        key: &key,
    };
    let now = run(conn, Kind::Save(&save)).await?.into_rows()?;
    if now.len() == 0 {
        return Err(read::not_found(meta, &key));
    }
    row.become_first_of(now)
}

pub(super) fn delete<C: Writer, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    key: M::Key,
) -> impl Future<Output = Result<(), Error>> + Send + '_ {
    async fn owned<C: Writer, K: Key>(
        conn: &mut MaintainedConnection<C>,
        model: Result<ModelIndex, Error>,
        key: K,
        binding: Binding<C::Db, K>,
    ) -> Result<(), Error> {
        with_keys(conn, model, &[key], binding).await
    }
    owned(conn, read::model_of::<C, M>(), key, Binding::of::<M>())
}

pub(super) fn delete_many<'c, C: Writer, M: Stored<C::Db>>(
    conn: &'c mut MaintainedConnection<C>,
    keys: &'c [M::Key],
) -> impl Future<Output = Result<(), Error>> + Send + 'c {
    with_keys(conn, read::model_of::<C, M>(), keys, Binding::of::<M>())
}

/// Deletes rows of whatever model.
async fn with_keys<C: Writer, K: Key>(
    conn: &mut MaintainedConnection<C>,
    model: Result<ModelIndex, Error>,
    keys: &[K],
    binding: Binding<C::Db, K>,
) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let keys: Vec<&K> = keys.iter().collect();
    let model = model?;
    let delete = Delete {
        model,
        keys: &KeyRows::new(&keys, binding),
        statements: statements::<C>(model, keys.len())?,
    };
    run(conn, Kind::Delete(&delete)).await.map(drop)
}

/// Touches the rows with these keys, all of which must be there.
pub(super) async fn touch<C: Writer, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<(), Error> {
    touch_by::<C, M>(conn, keys, |keys| Rows::All(keys))
        .await
        .map(drop)
}

/// Touches those of the rows with these keys that are there.
pub(super) async fn touch_present<C: Writer, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<usize, Error> {
    touch_by::<C, M>(conn, keys, |keys| Rows::Present(keys)).await
}

async fn touch_by<C: Writer, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
    rows: for<'k> fn(&'k dyn Keys<C::Db>) -> Rows<'k, C::Db>,
) -> Result<usize, Error> {
    if keys.is_empty() {
        return Ok(0);
    }
    let keys: Vec<&M::Key> = keys.iter().collect();
    let keys = KeyRows::<C::Db, M::Key>::of::<M>(&keys);
    let model = read::model_of::<C, M>()?;
    let rows = rows(&keys);
    let touch = Touch { model, rows };
    Ok(run(conn, Kind::Touch(&touch)).await?.count)
}

/// Touches the rows that a filter matches.
pub(super) async fn touch_matching<C: Writer, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    filter: Kept<C::Db>,
) -> Result<usize, Error> {
    let model = read::model_of::<C, M>()?;
    let rows = Rows::Matching(filter);
    let touch = Touch { model, rows };
    Ok(run(conn, Kind::Touch(&touch)).await?.count)
}
