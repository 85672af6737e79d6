//! The rows that a small write may lock, locked before it begins, by one statement.
//!
//! The statement finds the keys by plain reads and locks the rows model by model, in the one order
//! that all writes keep. It is not what keeps fields right: the flush locks whatever it computes
//! and reads, unless it was read along with such a lock. What has changed in between, or
//! lies behind a long list of children, is locked late, and may be refused.

use std::sync::Arc;

use diesel::query_builder::QueryFragment;
use diesel::result::Error as DieselError;

use super::look::{self, Looked};
use super::ways::{Causes, MakeWrite, Start};
use crate::declare::arena::Id;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Cause, Locks, ModelIndex};
use crate::marks::pending::Pending;
use crate::session::read_ahead::WrittenRows;
use crate::session::{Anew, Session, reading};
use crate::sql::Dialect;
use crate::sql::statement::Statement;
use crate::wire::Wire;

/// A write of more rows than this is no small one.
pub(crate) const SMALL: usize = 16;

/// What a change to so many rows locks before it begins; none, where its flush does so.
pub(crate) fn locks<C: Wire>(
    session: &Session<'_, C>,
    marking: &Marking<'_>,
    (model, rows): (ModelIndex, usize),
    cause: Cause,
) -> Option<Arc<Locks>> {
    let is_small =
        C::Db::LOCKS && session.switches.locks && marking.is_immediate() && rows <= SMALL;
    let locks = is_small.then(|| session.catalog.graph.locks(model, cause));
    locks.filter(|locks| locks.meet)
}

/// Locks what a change to some rows may come to.
pub(crate) async fn lock<C: Wire>(
    session: &mut Session<'_, C>,
    start: &Start<'_, C>,
    locks: &Locks,
) -> Result<(), Error> {
    lock_all(session, &[(start, vec![locks])], None)
        .await
        .map(drop)
}

/// The same of a change which, if it is given, is made along with the locks where that takes but
/// one statement. None where the change is still to be made.
pub(crate) async fn lock_and_write<'q, 'n: 'q, C: Wire>(
    session: &mut Session<'_, C>,
    start: &'q Start<'q, C>,
    locks: &Locks,
    write: Option<MakeWrite<'_, 'n, C::Db>>,
) -> Result<Option<WrittenRows<C::Db>>, Error> {
    lock_all(session, &[(start, vec![locks])], write).await
}

/// Locks what several marks lead to, where they are few.
pub(crate) async fn marked<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &Pending,
) -> Result<(), Error> {
    if !C::Db::LOCKS || !session.switches.locks {
        return Ok(());
    }
    let Some(marks) = pending.few(SMALL) else {
        return Ok(());
    };
    let graph = &session.catalog.graph;
    let (mut keys, mut found) = (Vec::new(), Vec::new());
    for (model, few) in marks {
        let causes = few.slots.into_iter().map(Cause::Mark);
        let locks: Vec<Arc<Locks>> = causes.map(|cause| graph.locks(model, cause)).collect();
        let mut ids: Vec<Id> = few.ids.into_iter().collect();
        session.arenas.get(model).sort(&mut ids);
        let rows = (session.registration(model).key_rows)(session.arenas.get(model), &ids);
        keys.push((model, rows));
        found.push(locks);
    }
    if !graph.meet(&found.concat()) {
        return Ok(());
    }
    let starts = keys.iter().map(|(model, keys)| Start::at(*model, &**keys));
    let starts: Vec<_> = starts.collect();
    let all = starts.iter().zip(&found).map(|(start, locks)| {
        let locks = locks.iter().map(|locks| &**locks);
        (start, locks.collect())
    });
    let done = lock_all(session, &all.collect::<Vec<_>>(), None).await;
    done.map(drop)
}

/// Locks what may come of the rows that a filter matches, where they are few.
pub(crate) async fn matching<C: Wire>(
    session: &mut Session<'_, C>,
    marking: &Marking<'_>,
    (model, cause): (ModelIndex, Cause),
    filter: &(dyn QueryFragment<C::Db> + Sync),
) -> Result<(), Error> {
    // How many rows match is not known before they are read.
    let Some(locks) = locks(session, marking, (model, 1), cause) else {
        return Ok(());
    };
    let registration = session.registration(model);
    let mut statement = Statement::new("SELECT ");
    statement
        .names(registration.key_names())
        .text(" FROM ")
        .made(registration.table)
        .text(" WHERE ")
        .borrowed(filter)
        .text(" LIMIT ")
        .number(SMALL + 1);
    let mut ids = Vec::new();
    let read = session
        .load(statement, &mut |row, arenas| {
            ids.push((registration.read_key)(row, 0, arenas.get_mut(model))?);
            Ok(())
        })
        .await;
    read.map_err(|source| reading(registration.meta.name, source))?;
    if ids.is_empty() || ids.len() > SMALL {
        return Ok(());
    }
    session.arenas.get(model).sort(&mut ids);
    let keys = (registration.key_rows)(session.arenas.get(model), &ids);
    lock(session, &Start::at(model, &*keys), &locks).await
}

/// Locks rows model by model, by one statement. Where it has waited for others, what they have
/// changed may lead to more rows. A write that stands alone then looks again, without waiting.
/// Where rows are not to be had, the flush would lock them in another order: so the write gives all
/// its locks back and begins anew.
async fn lock_all<'q, 'n: 'q, C: Wire>(
    session: &mut Session<'_, C>,
    all: &[Causes<'q, '_, C>],
    write: Option<MakeWrite<'_, 'n, C::Db>>,
) -> Result<Option<WrittenRows<C::Db>>, Error> {
    let Some(&(&Start { model, .. }, _)) = all.first() else {
        return Ok(None);
    };
    let name = session.registration(model).meta.name;
    let Looked {
        has_waited,
        written,
    } = look::first(session, model, all, write).await?;
    if has_waited && session.anew == Anew::May && look::misses_some(session, name, all).await? {
        session.anew = Anew::Must;
        return Err(Error::Database(DieselError::RollbackTransaction));
    }
    Ok(written)
}
