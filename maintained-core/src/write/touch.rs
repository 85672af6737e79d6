//! Rows that were changed by other means.

use std::collections::BTreeSet;

use super::compiled::{Kind, run};
use super::{Statements, Write, Writer, read};
use crate::connection::{MaintainedConnection, Task, Wrapped, matching};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::engine::ahead::{self, Start};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::Image;
use crate::rows::keys::{KeyRows, Keys};
use crate::rows::select::Found;
use crate::rows::stored::Stored;
use crate::session::Session;
use crate::sql::{Dialect, Kept};

/// All columns of a row may have changed.
const TOUCHED: Cause = Cause::Change(Change::Updated(ColumnSet::ALL));

/// Touches the rows with these keys, all of which must be there.
pub(super) async fn rows<C: Writer, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<(), Error> {
    touch::<C, M>(conn, keys, |keys| Rows::All(keys))
        .await
        .map(drop)
}

/// Touches those of the rows with these keys that are there.
pub(super) async fn present<C: Writer, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<usize, Error> {
    touch::<C, M>(conn, keys, |keys| Rows::Present(keys)).await
}

async fn touch<C: Writer, M: Stored<C::Db>>(
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
pub(super) async fn matched<C: Writer, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    filter: Kept<C::Db>,
) -> Result<usize, Error> {
    let model = read::model_of::<C, M>()?;
    let rows = Rows::Matching(filter);
    let touch = Touch { model, rows };
    Ok(run(conn, Kind::Touch(&touch)).await?.count)
}

/// The rows that are touched.
enum Rows<'t, DB: Dialect> {
    All(&'t dyn Keys<DB>),
    Present(&'t dyn Keys<DB>),
    Matching(Kept<DB>),
}

pub(super) struct Touch<'t, DB: Dialect> {
    model: ModelIndex,
    rows: Rows<'t, DB>,
}

impl<DB: Dialect> Touch<'_, DB> {
    /// Locks and reads the rows.
    async fn find<C: Wrapped<Db = DB>>(
        &self,
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
    ) -> Result<Found<DB>, Error> {
        let model = self.model;
        let keys = match &self.rows {
            Rows::All(keys) | Rows::Present(keys) => *keys,
            Rows::Matching(filter) => {
                ahead::matching(session, marking, (model, TOUCHED), &**filter).await?;
                return matching(session, model, &**filter, Lock::NoKeyUpdate).await;
            }
        };
        let ids = read::ids(session, model, keys);
        lock_ahead(session, marking, model, &ids).await?;
        if matches!(self.rows, Rows::Present(_)) {
            return session.rows(model, &ids, Lock::NoKeyUpdate).await;
        }
        Ok(read::all(session, model, &ids, Lock::NoKeyUpdate).await?.0)
    }
}

/// Leaves the marks of the rows, and says how many these are.
impl<C: Wrapped> Task<C> for Touch<'_, C::Db> {
    type Output = usize;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<usize, Error> {
        let found = self.find(session, marking).await?;
        mark(session, marking, self.model, &found);
        // Two spellings of a key may be those of one row.
        let ids: BTreeSet<_> = found.ids.iter().collect();
        Ok(ids.len())
    }
}

impl<C: Wrapped> Write<C> for Touch<'_, C::Db> {
    fn model(&self) -> ModelIndex {
        self.model
    }

    fn statements(&self) -> Statements {
        Statements::One
    }
}

/// Locks what may follow from some rows, where they are few.
async fn lock_ahead<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &Marking<'_>,
    model: ModelIndex,
    ids: &[Id],
) -> Result<(), Error> {
    if let Some(locks) = ahead::locks(session, marking, (model, ids.len()), TOUCHED) {
        let keys = (session.registration(model).key_rows)(session.arenas.get(model), ids);
        ahead::lock(session, &Start::at(model, &*keys), &locks).await?;
    }
    Ok(())
}

fn mark<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    model: ModelIndex,
    found: &Found<C::Db>,
) {
    if let Some(mut recorder) = marking.recorder(session) {
        for row in 0..found.rows.len() {
            recorder.touch(model, Image::new(&*found.rows, row));
        }
    }
}
