//! Rows that were changed by other means.

use std::collections::BTreeSet;

use super::track::matching;
use super::{Filter, Statements, read};
use crate::backend::{Database, Lock};
use crate::connection::{MaintainedConnection, Marking};
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::rows::Image;
use crate::session::{Found, Session};
use crate::stored::Stored;

/// Touches the rows with these keys, all of which must be there.
pub(super) fn rows<C: Database, M: Stored<C>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let found = |session: &mut Session<'_, C>| {
        let (model, ids) = read::ids::<C, M>(session, keys)?;
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
    touch::<C, M>(conn, |session| {
        let (model, ids) = read::ids::<C, M>(session, keys)?;
        session.rows(model, &ids, Lock::NoKeyUpdate)
    })
}

/// Touches the rows that a filter matches.
pub(super) fn matched<C: Database, M: Stored<C>>(
    conn: &mut MaintainedConnection<C>,
    filter: &impl Filter<C, M::Table>,
) -> Result<usize, Error> {
    touch::<C, M>(conn, |session| {
        let model = session.catalog.index_of::<M>()?;
        matching(session, model, filter, Lock::NoKeyUpdate)
    })
}

/// Leaves the marks of rows, which `find` locks and reads, and says how many rows these are.
fn touch<C: Database, M: Stored<C>>(
    conn: &mut MaintainedConnection<C>,
    find: impl Fn(&mut Session<'_, C>) -> Result<Found<C>, Error>,
) -> Result<usize, Error> {
    let body = |conn: &mut MaintainedConnection<C>| {
        conn.at_work(|session, marking| {
            let model = session.catalog.index_of::<M>()?;
            let found = find(session)?;
            mark(session, marking, model, &found);
            // Two spellings of a key may be those of one row.
            let ids: BTreeSet<_> = found.ids.iter().collect();
            Ok(ids.len())
        })
    };
    super::write::<C, M, usize>(conn, Statements::One, body, |_, _| Ok(()))
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
