//! Reading rows by key.

use hashbrown::{HashMap, HashSet};

use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::arena::{self, AnyArena, Id};
use crate::declare::lock::Lock;
use crate::declare::model::{Model, ModelMeta};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::rows::keys::{KeyRows, Keys};
use crate::rows::select::{Found, Select};
use crate::rows::stored::Stored;
use crate::rows::{RowSet, typed};
use crate::session::Session;
use crate::sql::Dialect;
use crate::sql::statement::Rows;

pub(super) async fn find<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    key: &M::Key,
) -> Result<Option<M>, Error> {
    let keys = [key];
    let read = Read {
        model: model_of::<C, M>()?,
        keys: &KeyRows::<C::Db, M::Key>::of::<M>(&keys),
    };
    Ok(typed(conn.at_work(&read).await?).pop())
}

/// The one row of a set, which the database has returned.
pub(super) fn first<DB: Dialect, M: Stored<DB>>(rows: Box<dyn RowSet<DB>>) -> Result<M, Error> {
    typed(rows).pop().ok_or_else(returned_nothing)
}

/// The error for a row that the database should have returned.
pub(super) fn returned_nothing() -> Error {
    Error::Database(diesel::result::Error::NotFound)
}

/// A model's place.
pub(super) fn model_of<C: Wrapped, M: Model>() -> Result<ModelIndex, Error> {
    Catalog::<C::Db>::get()?.graph.position_of::<M>()
}

/// A read of the rows with some keys.
struct Read<'k, C: Wrapped> {
    model: ModelIndex,
    keys: &'k dyn Keys<C::Db>,
}

impl<C: Wrapped> Task<C> for Read<'_, C> {
    type Output = Box<dyn RowSet<C::Db>>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Box<dyn RowSet<C::Db>>, Error> {
        by_keys(session, self.model, self.keys, Lock::None).await
    }
}

pub(super) async fn fresh<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    key: &M::Key,
) -> Result<Option<M>, Error> {
    conn.flush_atomically(Some(model_of::<C, M>()?)).await?;
    find(conn, key).await
}

/// Reads the rows of a set again, where they still are.
pub(super) async fn refresh<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    model: ModelIndex,
    rows: &mut Box<dyn RowSet<C::Db>>,
) -> Result<(), Error> {
    let set = &**rows;
    let ids = |arena: &mut (dyn AnyArena + 'static)| {
        let rows = 0..set.len();
        rows.map(|row| set.id(row, arena)).collect()
    };
    for mut read in conn.at_work(&Again { model, ids: &ids }).await? {
        for (row, at) in read.places {
            rows.swap(row, &mut *read.rows, at);
        }
    }
    Ok(())
}

/// The same for a caller's own rows.
pub(super) async fn refresh_own<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    model: ModelIndex,
    rows: &mut [M],
) -> Result<(), Error> {
    let own = &*rows;
    let ids = |arena: &mut (dyn AnyArena + 'static)| {
        let arena = arena::typed::<M::Key>(arena);
        own.iter().map(|row| arena.intern(&row.key())).collect()
    };
    for read in conn.at_work(&Again { model, ids: &ids }).await? {
        let mut now: Vec<M> = typed(read.rows);
        for (row, at) in read.places {
            std::mem::swap(&mut rows[row], &mut now[at]);
        }
    }
    Ok(())
}

/// Rows that were read again, and which of them is which of the rows before.
struct ReadAgain<DB> {
    rows: Box<dyn RowSet<DB>>,
    places: Vec<(usize, usize)>,
}

/// A second read of rows.
struct Again<'r> {
    model: ModelIndex,
    ids: &'r (dyn Fn(&mut (dyn AnyArena + 'static)) -> Vec<Id> + Sync),
}

impl<C: Wrapped> Task<C> for Again<'_> {
    type Output = Vec<ReadAgain<C::Db>>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Vec<ReadAgain<C::Db>>, Error> {
        let model = self.model;
        let ids = (self.ids)(session.arenas.get_mut(model));
        let mut left: Vec<(usize, Id)> = ids.into_iter().enumerate().collect();
        let mut missing = Vec::new();
        let mut all = Vec::new();
        while !left.is_empty() {
            let mut wanted: Vec<Id> = left.iter().map(|&(_, id)| id).collect();
            session.arenas.get(model).sort(&mut wanted);
            wanted.dedup();
            let rows = by_ids(session, model, &wanted).await?;
            let arena = session.arenas.get_mut(model);
            let read = 0..rows.len();
            let mut read: HashMap<Id, Option<usize>> =
                read.map(|at| (rows.id(at, arena), Some(at))).collect();
            // A row of which there are several copies is read for each: models need not be `Clone`.
            let mut again = Vec::new();
            let mut places = Vec::new();
            for (row, id) in left {
                match read.get_mut(&id).map(Option::take) {
                    Some(Some(at)) => places.push((row, at)),
                    Some(None) => again.push((row, id)),
                    None => missing.push((row, id)),
                }
            }
            all.push(ReadAgain { rows, places });
            left = again;
        }
        // Under a collation a row may be found whose key is spelled otherwise: each by itself.
        if !session.catalog.graph.models[model].keys_have_one_spelling {
            for (row, id) in missing {
                let rows = by_ids(session, model, &[id]).await?;
                let places = (0..rows.len()).map(|at| (row, at)).collect();
                all.push(ReadAgain { rows, places });
            }
        }
        Ok(all)
    }
}

async fn by_ids<C: Wrapped>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    ids: &[Id],
) -> Result<Box<dyn RowSet<C::Db>>, Error> {
    let keys = (session.registration(model).key_rows)(session.arenas.get(model), ids);
    by_keys(session, model, &*keys, Lock::None).await
}

/// The row with a key, the only one of some, which must be there; as the only row of a set.
pub(super) async fn by_key<C: Wrapped>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    key: &dyn Keys<C::Db>,
    lock: Lock,
) -> Result<Box<dyn RowSet<C::Db>>, Error> {
    if session.read_ahead.is_some() {
        let ids = key.ids(session.arenas.get_mut(model));
        if let Some(found) = session.read_before(model, &ids, lock) {
            return Ok(found.rows);
        }
    }
    let rows = by_keys(session, model, key, lock).await?;
    if rows.len() == 0 {
        return Err(not_found(session.registration(model).meta, key));
    }
    Ok(rows)
}

/// The rows with some keys.
pub(super) async fn by_keys<C: Wrapped>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    keys: &dyn Rows<C::Db>,
    lock: Lock,
) -> Result<Box<dyn RowSet<C::Db>>, Error> {
    let registration = session.registration(model);
    let by: Vec<&'static str> = registration.key_names().collect();
    let select = Select {
        model,
        selection: Some(registration.selection),
        names: Vec::new(),
        by: &by,
        values: keys,
        ordered: false,
        lock,
    };
    let mut rows = (registration.new_rows)();
    session
        .select(&select, &mut |row, _| rows.read(row, 0))
        .await?;
    Ok(rows)
}

/// The ids of keys, in order, each once.
pub(super) fn ids<C: Wrapped>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    keys: &dyn Keys<C::Db>,
) -> Vec<Id> {
    let mut ids = keys.ids(session.arenas.get_mut(model));
    let mut seen = HashSet::new();
    ids.retain(|&id| seen.insert(id));
    session.arenas.get(model).sort(&mut ids);
    ids
}

/// The rows with some ids, each of which must be there; and the ids of rows that spell their key
/// otherwise, by those that they were asked for with.
pub(super) async fn all<C: Wrapped>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    ids: &[Id],
    lock: Lock,
) -> Result<(Found<C::Db>, HashMap<Id, Id>), Error> {
    let found = session.rows(model, ids, lock).await?;
    let mut respelled = HashMap::new();
    let there: HashSet<Id> = found.ids.iter().copied().collect();
    let may_be_there = !session.catalog.graph.models[model].keys_have_one_spelling;
    for &id in ids.iter().filter(|id| !there.contains(*id)) {
        let spelled = if may_be_there {
            session.spelled(model, id).await?
        } else {
            None
        };
        let Some(spelled) = spelled else {
            return Err(Error::NotFound {
                model: session.registration(model).meta.name,
                key: session.describe(model, id),
            });
        };
        respelled.insert(id, spelled);
    }
    Ok((found, respelled))
}

/// The error for the first of some keys.
pub(super) fn not_found<DB: Dialect>(meta: &ModelMeta, keys: &dyn Keys<DB>) -> Error {
    Error::NotFound {
        model: meta.name,
        key: keys.describe(0),
    }
}
