//! Rows that were changed by other means.

use std::collections::BTreeSet;

use super::{Filter, Statements, read};
use crate::ahead::{self, Start};
use crate::arena::Id;
use crate::backend::{Database, Lock};
use crate::change::Change;
use crate::columns::ColumnSet;
use crate::connection::{MaintainedConnection, Marking, matching};
use crate::error::Error;
use crate::graph::{Cause, ModelIndex};
use crate::rows::Image;
use crate::session::{Found, Session};
use crate::stored::Stored;

/// All columns of a row may have changed.
const TOUCHED: Cause = Cause::Change(Change::Updated(ColumnSet::ALL));

/// Touches the rows with these keys, all of which must be there.
pub(super) fn rows<C: Database, M: Stored<C>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let found = |session: &mut Session<'_, C>, marking: &Marking<'_>| {
        let (model, ids) = read::ids::<C, M>(session, keys)?;
        lock_ahead(session, marking, model, &ids)?;
        Ok(read::all(session, model, &ids, Lock::NoKeyUpdate)?.0)
    };
    touch::<C, M>(conn, found).map(drop)
}

/// Touches those of the rows with these keys that are there.
pub(super) fn present<C: Database, M: Stored<C>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<usize, Error> {
    if keys.is_empty() {
        return Ok(0);
    }
    touch::<C, M>(conn, |session, marking| {
        let (model, ids) = read::ids::<C, M>(session, keys)?;
        lock_ahead(session, marking, model, &ids)?;
        session.rows(model, &ids, Lock::NoKeyUpdate)
    })
}

/// Touches the rows that a filter matches.
pub(super) fn matched<C: Database, M: Stored<C>>(
    conn: &mut MaintainedConnection<C>,
    filter: &impl Filter<C, M::Table>,
) -> Result<usize, Error> {
    touch::<C, M>(conn, |session, marking| {
        let model = session.catalog.index_of::<M>()?;
        ahead::matching(session, marking, (model, TOUCHED), filter)?;
        matching(session, model, filter, Lock::NoKeyUpdate)
    })
}

/// Leaves the marks of rows, which `find` locks and reads, and says how many rows these are.
fn touch<C: Database, M: Stored<C>>(
    conn: &mut MaintainedConnection<C>,
    find: impl Fn(&mut Session<'_, C>, &Marking<'_>) -> Result<Found<C>, Error>,
) -> Result<usize, Error> {
    let body = |conn: &mut MaintainedConnection<C>| {
        conn.at_work(|session, marking| {
            let model = session.catalog.index_of::<M>()?;
            let found = find(session, marking)?;
            mark(session, marking, model, &found);
            // Two spellings of a key may be those of one row.
            let ids: BTreeSet<_> = found.ids.iter().collect();
            Ok(ids.len())
        })
    };
    super::write::<C, M, usize>(conn, Statements::One, body, |_, _| Ok(()))
}

/// Locks what may follow from some rows, where they are few.
fn lock_ahead<C: Database>(
    session: &mut Session<'_, C>,
    marking: &Marking<'_>,
    model: ModelIndex,
    ids: &[Id],
) -> Result<(), Error> {
    if let Some(locks) = ahead::locks(session, marking, (model, ids.len()), TOUCHED) {
        let keys = (session.registration(model).key_rows)(session.arenas.get(model), ids);
        ahead::lock(session, &Start::at(model, &*keys), &locks)?;
    }
    Ok(())
}

fn mark<C: Database>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    model: ModelIndex,
    found: &Found<C>,
) {
    if let Some(mut recorder) = marking.recorder(session) {
        for row in 0..found.rows.len() {
            recorder.touch(model, Image::new(&*found.rows, row));
        }
    }
}
