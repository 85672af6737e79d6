//! Rows that were changed by other means.

use std::collections::BTreeSet;

use super::{Statements, Write, read, write};
use crate::connection::{MaintainedConnection, Task, Wrapped, matching};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::model::Model;
use crate::engine::ahead::{self, Start};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::Image;
use crate::rows::select::Found;
use crate::rows::stored::Stored;
use crate::session::Session;
use crate::sql::Kept;

/// All columns of a row may have changed.
const TOUCHED: Cause = Cause::Change(Change::Updated(ColumnSet::ALL));

/// Touches the rows with these keys, all of which must be there.
pub(super) async fn rows<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    write(conn, &Touch::<C, M>::All(keys)).await.map(drop)
}

/// Touches those of the rows with these keys that are there.
pub(super) async fn present<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<usize, Error> {
    if keys.is_empty() {
        return Ok(0);
    }
    write(conn, &Touch::<C, M>::Present(keys)).await
}

/// Touches the rows that a filter matches.
pub(super) async fn matched<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    filter: Kept<C::Db>,
) -> Result<usize, Error> {
    write(conn, &Touch::<C, M>::Matching(filter)).await
}

/// The rows that are touched.
enum Touch<'t, C: Wrapped, M: Model> {
    All(&'t [M::Key]),
    Present(&'t [M::Key]),
    Matching(Kept<C::Db>),
}

impl<C: Wrapped, M: Stored<C::Db>> Touch<'_, C, M> {
    /// Locks and reads the rows.
    async fn find(
        &self,
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
        model: ModelIndex,
    ) -> Result<Found<C::Db>, Error> {
        let keys = match self {
            Self::All(keys) | Self::Present(keys) => keys,
            Self::Matching(filter) => {
                ahead::matching(session, marking, (model, TOUCHED), &**filter).await?;
                return matching(session, model, &**filter, Lock::NoKeyUpdate).await;
            }
        };
        let (model, ids) = read::ids::<C, M>(session, keys)?;
        lock_ahead(session, marking, model, &ids).await?;
        if matches!(self, Self::Present(_)) {
            return session.rows(model, &ids, Lock::NoKeyUpdate).await;
        }
        Ok(read::all(session, model, &ids, Lock::NoKeyUpdate).await?.0)
    }
}

/// Leaves the marks of the rows, and says how many these are.
impl<C: Wrapped, M: Stored<C::Db>> Task<C> for Touch<'_, C, M> {
    type Output = usize;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<usize, Error> {
        let model = session.catalog.graph.position_of::<M>()?;
        let found = self.find(session, marking, model).await?;
        mark(session, marking, model, &found);
        // Two spellings of a key may be those of one row.
        let ids: BTreeSet<_> = found.ids.iter().collect();
        Ok(ids.len())
    }
}

impl<C: Wrapped, M: Stored<C::Db>> Write<C> for Touch<'_, C, M> {
    type Model = M;

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
