//! Reading rows by key.

use hashbrown::{HashMap, HashSet};

use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::arena::Id;
use crate::declare::lock::Lock;
use crate::declare::model::Model;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::rows::keys::KeyRows;
use crate::rows::select::{Found, Select};
use crate::rows::stored::Stored;
use crate::session::Session;

pub(super) async fn find<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    key: &M::Key,
) -> Result<Option<M>, Error> {
    Ok(conn.at_work(&Read::<M> { keys: &[key] }).await?.pop())
}

/// A read of the rows with some keys.
struct Read<'k, M: Model> {
    keys: &'k [&'k M::Key],
}

impl<C: Wrapped, M: Stored<C::Db>> Task<C> for Read<'_, M> {
    type Output = Vec<M>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Vec<M>, Error> {
        by_keys(session, self.keys, Lock::None).await
    }
}

pub(super) async fn fresh<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    key: &M::Key,
) -> Result<Option<M>, Error> {
    let model = Catalog::<C::Db>::get()?.graph.position_of::<M>()?;
    conn.flush_atomically(Some(model)).await?;
    find(conn, key).await
}

/// Reads rows again, where they still are.
pub(super) async fn refresh<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    rows: &mut [M],
) -> Result<(), Error> {
    let mut left: Vec<&mut M> = rows.iter_mut().collect();
    let mut missing = Vec::new();
    while !left.is_empty() {
        let keys: Vec<M::Key> = left.iter().map(|row| row.key()).collect();
        let mut keys: Vec<&M::Key> = keys.iter().collect();
        keys.sort_unstable();
        keys.dedup();
        let read = conn.at_work(&Read::<M> { keys: &keys }).await?;
        let mut read: HashMap<M::Key, Option<M>> =
            read.into_iter().map(|row| (row.key(), Some(row))).collect();
        // A row of which there are several copies is read for each: models need not be `Clone`.
        let mut again = Vec::new();
        for row in left {
            match read.get_mut(&row.key()).map(Option::take) {
                Some(Some(now)) => *row = now,
                Some(None) => again.push(row),
                None => missing.push(row),
            }
        }
        left = again;
    }
    // Under a collation a row may be found whose key is spelled otherwise: each by itself.
    if !missing.is_empty() && !M::META.keys_have_one_spelling() {
        for row in missing {
            let key = row.key();
            let read = Read::<M> { keys: &[&key] };
            if let Some(now) = conn.at_work(&read).await?.pop() {
                *row = now;
            }
        }
    }
    Ok(())
}

/// The row with a key, which must be there, as the only one of a list.
pub(super) async fn by_key<C: Wrapped, M: Stored<C::Db>>(
    session: &mut Session<'_, C>,
    key: &M::Key,
    lock: Lock,
) -> Result<Vec<M>, Error> {
    let rows = by_keys(session, &[key], lock).await?;
    if rows.is_empty() {
        return Err(not_found::<M>(key));
    }
    Ok(rows)
}

/// The rows with some keys.
pub(super) async fn by_keys<C: Wrapped, M: Stored<C::Db>>(
    session: &mut Session<'_, C>,
    keys: &[&M::Key],
    lock: Lock,
) -> Result<Vec<M>, Error> {
    let model = session.catalog.graph.position_of::<M>()?;
    let by: Vec<&'static str> = session.registration(model).key_names().collect();
    let select = Select {
        model,
        selection: Some(M::selection),
        names: Vec::new(),
        by: &by,
        values: &KeyRows::<C::Db, M>::new(keys),
        ordered: false,
        lock,
    };
    let mut rows = Vec::with_capacity(keys.len());
    session
        .select(&select, &mut |row, _| {
            rows.push(M::read(row)?);
            Ok(())
        })
        .await?;
    Ok(rows)
}

/// The ids of keys, in order, each once.
pub(super) fn ids<C: Wrapped, M: Stored<C::Db>>(
    session: &mut Session<'_, C>,
    keys: &[M::Key],
) -> Result<(ModelIndex, Vec<Id>), Error> {
    let model = session.catalog.graph.position_of::<M>()?;
    let arena = session.arena::<M>(model);
    let mut ids: Vec<Id> = keys.iter().map(|key| arena.intern(key)).collect();
    let mut seen = HashSet::new();
    ids.retain(|&id| seen.insert(id));
    session.arenas.get(model).sort(&mut ids);
    Ok((model, ids))
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

pub(super) fn not_found<M: Model>(key: &M::Key) -> Error {
    Error::NotFound {
        model: M::NAME,
        key: format!("{key:?}"),
    }
}
