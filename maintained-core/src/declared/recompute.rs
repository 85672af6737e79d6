//! Declared fields that are computed anew: by one statement a batch, which writes only rows whose value differs.

use std::collections::HashMap;

use super::statement::{self, Declared};
use crate::arena::Id;
use crate::backend::{Database, Lock};
use crate::error::Error;
use crate::session::{Found, Session, reading};
use crate::statement::{Rows, Statement};
use crate::update;

/// Rows whose field has changed.
pub(super) struct Rewritten<C: Database> {
    /// The rows as they are now.
    pub(super) after: Found<C>,
    /// The rows as they were, where that was asked for.
    pub(super) before: Option<Before<C>>,
    /// The places, in `after`, of the rows whose field is not what it was: a column that rounds may store once more what
    /// it holds.
    pub(super) changed: Vec<usize>,
}

/// Rows as they were, and the place of each row there.
pub(super) type Before<C> = (Found<C>, HashMap<Id, usize>);

/// Which images of the rewritten rows are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Images {
    None,
    After,
    Both,
}

/// Computes a field of some rows, and writes it where it differs; `None` where nobody needs to know which rows changed.
pub(super) fn batch<C: Database>(
    session: &mut Session<'_, C>,
    field: Declared,
    ids: &[Id],
    images: Images,
) -> Result<Option<Rewritten<C>>, Error> {
    let before = read_before(session, field, ids, images)?;
    let keys = keys(session, field, ids);
    statement::lock_parents(session, field, &*keys)?;
    let after = if C::RETURNS_UPDATED {
        write(session, field, &*keys, images)?
    } else {
        let differing = differing(session, field, &*keys)?;
        write_known(session, field, &differing)?;
        if images == Images::None {
            session.work.changed(field.model, differing.len());
            None
        } else {
            Some(session.rows(field.model, &differing, Lock::None)?)
        }
    };
    Ok(after.map(|after| compared(session, field, after, before)))
}

/// Compares the rows that were written with what they were, and counts those that changed.
fn compared<C: Database>(
    session: &mut Session<'_, C>,
    field: Declared,
    after: Found<C>,
    before: Option<Before<C>>,
) -> Rewritten<C> {
    let column = field.meta.field();
    let is_changed = |&at: &usize| {
        let was = before.as_ref();
        let was = was.and_then(|(found, places)| Some((found, *places.get(&after.ids[at])?)));
        was.is_none_or(|(was, place)| {
            let differences = was.rows.differences(place, &*after.rows, at);
            differences.contains(column)
        })
    };
    let changed: Vec<usize> = (0..after.ids.len()).filter(is_changed).collect();
    session.work.changed(field.model, changed.len());
    Rewritten {
        after,
        before,
        changed,
    }
}

/// The same for a field whose values are unique in the database: those that differ are taken away first, from all rows, so
/// that rows can swap them.
pub(super) fn unique<C: Database>(
    session: &mut Session<'_, C>,
    field: Declared,
    ids: &[Id],
    images: Images,
    size: usize,
) -> Result<Option<Rewritten<C>>, Error> {
    let before = read_before(session, field, ids, images)?;
    let mut all = Vec::new();
    for ids in ids.chunks(size) {
        let asked = keys(session, field, ids);
        statement::lock_parents(session, field, &*asked)?;
        let differing = differing(session, field, &*asked)?;
        if !differing.is_empty() {
            let keys = keys(session, field, &differing);
            update::clear(session, field.model, &*keys, &[field.meta.field()])?;
        }
        all.extend(differing);
    }
    for ids in all.chunks(size) {
        write_known(session, field, ids)?;
    }
    if images == Images::None {
        session.work.changed(field.model, all.len());
        return Ok(None);
    }
    let after = session.rows(field.model, &all, Lock::None)?;
    Ok(Some(compared(session, field, after, before)))
}

fn keys<C: Database>(
    session: &Session<'_, C>,
    field: Declared,
    ids: &[Id],
) -> Box<dyn Rows<C::Backend>> {
    let registration = session.registration(field.model);
    (registration.key_rows)(session.arenas.get(field.model), ids)
}

/// Locks the rows, and reads them where that is asked for.
fn read_before<C: Database>(
    session: &mut Session<'_, C>,
    field: Declared,
    ids: &[Id],
    images: Images,
) -> Result<Option<Before<C>>, Error> {
    if images == Images::Both {
        let found = session.rows(field.model, ids, Lock::NoKeyUpdate)?;
        let places = found.ids.iter().copied().zip(0..).collect();
        return Ok(Some((found, places)));
    }
    if C::LOCKS {
        session.lock(field.model, ids, Lock::NoKeyUpdate)?;
    }
    Ok(None)
}

/// Writes the values of the rows that differ, which return.
fn write<C: Database>(
    session: &mut Session<'_, C>,
    field: Declared,
    keys: &dyn Rows<C::Backend>,
    images: Images,
) -> Result<Option<Found<C>>, Error> {
    let registration = session.registration(field.model);
    let name = field.name(session);
    let mut statement = update(session, field, keys);
    let failed = |source| update::writing(registration.meta.name, &[name], source);
    if images == Images::None {
        let count = session.execute(&statement).map_err(failed)?;
        session.work.changed(field.model, count);
        return Ok(None);
    }
    statement
        .text(" RETURNING ")
        .fragment((registration.selection)());
    for name in registration.key_names() {
        statement.text(", ").name(name);
    }
    let found = session.returned(field.model, statement).map_err(failed)?;
    Ok(Some(found))
}

/// Writes the values of rows that are known to differ.
fn write_known<C: Database>(
    session: &mut Session<'_, C>,
    field: Declared,
    ids: &[Id],
) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let registration = session.registration(field.model);
    let name = field.name(session);
    let keys = keys(session, field, ids);
    let statement = update(session, field, &*keys);
    let written = session.execute(&statement);
    written
        .map_err(|source| update::writing(registration.meta.name, &[name], source))
        .map(drop)
}

/// The statement that writes the values of the rows that differ.
fn update<'q, C: Database>(
    session: &Session<'_, C>,
    field: Declared,
    keys: &'q dyn Rows<C::Backend>,
) -> Statement<'q, C::Backend> {
    let registration = session.registration(field.model);
    let names: Vec<&'static str> = registration.key_names().collect();
    let source = statement::computed(session, field, keys);
    let distinct = C::distinct(field.kind(session));
    C::update_from(
        &registration.table,
        &names,
        (field.name(session), distinct),
        source,
    )
}

/// Those of the rows whose value differs, in the order of their keys.
fn differing<C: Database>(
    session: &mut Session<'_, C>,
    field: Declared,
    keys: &dyn Rows<C::Backend>,
) -> Result<Vec<Id>, Error> {
    let registration = session.registration(field.model);
    let mut differing = Vec::new();
    let statement = statement::differing(session, field, keys);
    let read = session.load(statement, &mut |row, arenas| {
        differing.push((registration.read_key)(
            row,
            0,
            arenas.get_mut(field.model),
        )?);
        Ok(())
    });
    read.map_err(|source| reading(registration.meta.name, source))?;
    session.arenas.get(field.model).sort(&mut differing);
    Ok(differing)
}
