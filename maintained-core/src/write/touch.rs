//! Rows that were changed by other means.

use std::collections::BTreeSet;

use super::{Statements, Write, read};
use crate::connection::{Task, Wrapped, matching};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::engine::ahead::{self, Start};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::Image;
use crate::rows::keys::Keys;
use crate::rows::select::Found;
use crate::session::Session;
use crate::sql::{Dialect, Kept};

/// All columns of a row may have changed.
const TOUCHED: Cause = Cause::Change(Change::Updated(ColumnSet::ALL));

/// The rows that are touched.
pub(super) enum Rows<'t, DB: Dialect> {
    All(&'t dyn Keys<DB>),
    Present(&'t dyn Keys<DB>),
    Matching(Kept<DB>),
}

pub(super) struct Touch<'t, DB: Dialect> {
    pub(super) model: ModelIndex,
    pub(super) rows: Rows<'t, DB>,
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
