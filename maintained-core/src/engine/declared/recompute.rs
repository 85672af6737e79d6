//! Declared fields that are computed anew: by one statement a batch, which writes only rows whose
//! value differs.

use diesel::deserialize;
use hashbrown::HashMap;

use super::copied;
use super::field::Declared;
use super::statement;
use crate::catalog::Registration;
use crate::declare::arena::{Arenas, Id};
use crate::declare::lock::Lock;
use crate::engine::{held, update};
use crate::error::Error;
use crate::graph::{ModelIndex, RelationIndex};
use crate::rows::select::{Found, Select};
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Dialect, Results};
use crate::wire::Wire;

/// Rows whose field has changed.
pub(super) enum Rewritten<DB: Dialect> {
    /// The rows, and the parents that they name.
    Named(Named),
    /// The rows as they are now and as they were.
    Seen(Seen<DB>),
}

/// Rows, and the parents that some relations of theirs name.
#[derive(Default)]
pub(super) struct Named {
    pub(super) ids: Vec<Id>,
    /// For each row as many as there are relations.
    pub(super) parents: Vec<Option<Id>>,
}

/// Rows as they are now and as they were.
pub(super) struct Seen<DB: Dialect> {
    pub(super) after: Found<DB>,
    pub(super) before: Before<DB>,
    /// The places, in `after`, of the rows whose field is not what it was: a column that rounds may
    /// store once more what it holds.
    pub(super) changed: Vec<usize>,
}

/// Rows as they were, and the place of each row there.
pub(super) type Before<DB> = (Found<DB>, HashMap<Id, usize>);

/// What has to be known of the rewritten rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Images<'r> {
    /// Nothing.
    None,
    /// Which they are, and the parents that these relations name.
    Named(&'r [RelationIndex]),
    /// What they are and were.
    Both,
}

/// Computes a field of some rows, and writes it where it differs; `None` where nobody needs to know
/// which rows changed.
pub(super) async fn batch<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    ids: &[Id],
    images: Images<'_>,
) -> Result<Option<Rewritten<C::Db>>, Error> {
    // Rows are locked before anything is read that their field follows from.
    let before = read_before(session, field, ids, images).await?;
    let keys = keys(session, field, ids);
    copied::lock_parents(session, field, &*keys).await?;
    let after = if C::Db::RETURNS_UPDATED {
        write(session, field, &*keys, images).await?
    } else {
        // An `UPDATE` that returns no rows does not tell which it changes.
        let differing = differing(session, field, &*keys).await?;
        write_known(session, field, &differing).await?;
        read_after(session, field, &differing, images).await?
    };
    Ok(rewritten(session, field, before, after))
}

/// Counts the rows that changed, and says what is known of them.
fn rewritten<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    before: Option<Before<C::Db>>,
    after: After<C::Db>,
) -> Option<Rewritten<C::Db>> {
    let (count, rewritten) = match (after, before) {
        (After::Named(named), _) => (named.ids.len(), Some(Rewritten::Named(named))),
        (After::Rows(after), Some(before)) => {
            let seen = Seen::compared(field, after, before);
            (seen.changed.len(), Some(Rewritten::Seen(seen)))
        }
        (After::Rows(after), None) => (after.ids.len(), None),
        (After::Count(count), _) => (count, None),
    };
    session.work.changed(field.model, count);
    match &rewritten {
        None => {}
        Some(Rewritten::Named(named)) => {
            session
                .work
                .note_rows(field.model, named.ids.iter().copied());
        }
        Some(Rewritten::Seen(seen)) => {
            let changed = seen.changed.iter().map(|&at| seen.after.ids[at]);
            session.work.note_rows(field.model, changed);
        }
    }
    rewritten
}

/// What is known of rows after they were written.
enum After<DB: Dialect> {
    Count(usize),
    Named(Named),
    Rows(Found<DB>),
}

impl<DB: Dialect> Seen<DB> {
    /// Compares rows with what they were.
    fn compared(field: Declared, after: Found<DB>, before: Before<DB>) -> Self {
        let (was, places) = &before;
        let is_changed = |&at: &usize| {
            let place = places.get(&after.ids[at]);
            place.is_none_or(|&place| {
                let differences = was.rows.differences(place, &*after.rows, at);
                differences.contains(field.meta.field())
            })
        };
        let changed = (0..after.ids.len()).filter(is_changed).collect();
        Self {
            after,
            before,
            changed,
        }
    }
}

/// Does what [`batch`] does for a field whose values are unique in the database, for all rows at
/// once: the values that differ are set to NULL first, so that rows can swap them.
pub(super) async fn unique<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    ids: &[Id],
    images: Images<'_>,
    size: usize,
) -> Result<Option<Rewritten<C::Db>>, Error> {
    let before = read_before(session, field, ids, images).await?;
    let mut all = Vec::new();
    for ids in ids.chunks(size) {
        let asked = keys(session, field, ids);
        copied::lock_parents(session, field, &*asked).await?;
        let differing = differing(session, field, &*asked).await?;
        if !differing.is_empty() {
            let keys = keys(session, field, &differing);
            update::clear(session, field.model, &*keys, &[field.meta.field()]).await?;
        }
        all.extend(differing);
    }
    for ids in all.chunks(size) {
        write_known(session, field, ids).await?;
    }
    let after = read_after(session, field, &all, images).await?;
    Ok(rewritten(session, field, before, after))
}

/// The keys of some rows, to bind.
pub(super) fn keys<C: Wire>(
    session: &Session<'_, C>,
    field: Declared,
    ids: &[Id],
) -> Box<dyn Rows<C::Db>> {
    let registration = session.registration(field.model);
    (registration.key_rows)(session.arenas.get(field.model), ids)
}

/// Locks the rows, and reads them where that is asked for.
async fn read_before<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    ids: &[Id],
    images: Images<'_>,
) -> Result<Option<Before<C::Db>>, Error> {
    if images == Images::Both {
        let found = session.rows(field.model, ids, Lock::NoKeyUpdate).await?;
        let places = found.ids.iter().copied().zip(0..).collect();
        return Ok(Some((found, places)));
    }
    if C::Db::LOCKS {
        session.lock(field.model, ids, Lock::NoKeyUpdate).await?;
    }
    Ok(None)
}

/// Writes the values of the rows that differ, and returns of these rows what is asked for.
async fn write<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    keys: &dyn Rows<C::Db>,
    images: Images<'_>,
) -> Result<After<C::Db>, Error> {
    let registration = session.registration(field.model);
    let name = field.name(session);
    let mut statement = update(session, field, keys);
    let failed = |source| held::failed("writing", registration.meta, &[name], source);
    match images {
        Images::None => {
            let count = session
                .execute(Writes::Rows(field.model), statement)
                .await
                .map_err(failed)?;
            Ok(After::Count(count))
        }
        Images::Named(relations) => {
            statement
                .text(" RETURNING ")
                .names(names(registration, relations));
            let mut named = Named::default();
            let read = named.reader(session, field.model, relations);
            session
                .load_flushed(Writes::Rows(field.model), statement, &mut { read })
                .await
                .map_err(failed)?;
            Ok(After::Named(named))
        }
        Images::Both => {
            statement.text(" RETURNING ").made(registration.selection);
            for name in registration.key_names() {
                statement.text(", ").name(name);
            }
            let found = session
                .returned((field.model, Writes::Rows(field.model)), statement)
                .await
                .map_err(failed)?;
            Ok(After::Rows(found))
        }
    }
}

/// The names of the key's columns, and of the foreign keys of some relations.
fn names<DB: Dialect>(
    registration: &'static Registration<DB>,
    relations: &[RelationIndex],
) -> Vec<&'static str> {
    let foreign_keys = relations
        .iter()
        .map(|&at| registration.foreign_key_name(at));
    registration.key_names().chain(foreign_keys).collect()
}

impl Named {
    /// What reads a row of those columns.
    fn reader<'n, C: Wire>(
        &'n mut self,
        session: &Session<'_, C>,
        model: ModelIndex,
        relations: &'n [RelationIndex],
    ) -> impl FnMut(&<C::Db as Results>::Row<'_, '_>, &mut Arenas) -> deserialize::Result<()> + use<'n, C>
    {
        let registration = session.registration(model);
        let parents = &session.catalog.graph.models[model].parents;
        let width = registration.meta.key.len();
        move |row, arenas| {
            self.ids
                .push((registration.read_key)(row, 0, arenas.get_mut(model))?);
            for (at, &relation) in (width..).zip(relations) {
                let read = registration.relations[relation].read_foreign_key;
                self.parents
                    .push(read(row, at, arenas.get_mut(parents[relation]))?);
            }
            Ok(())
        }
    }
}

/// Writes the values of rows that are known to differ.
async fn write_known<C: Wire>(
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
    let written = session.execute(Writes::Rows(field.model), statement).await;
    written
        .map_err(|source| held::failed("writing", registration.meta, &[name], source))
        .map(drop)
}

/// Reads rows after they were written, as far as that is asked for.
async fn read_after<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    ids: &[Id],
    images: Images<'_>,
) -> Result<After<C::Db>, Error> {
    match images {
        Images::None => Ok(After::Count(ids.len())),
        Images::Both => {
            let rows = session.rows(field.model, ids, Lock::None).await?;
            Ok(After::Rows(rows))
        }
        Images::Named(relations) => {
            let registration = session.registration(field.model);
            let by: Vec<&'static str> = registration.key_names().collect();
            let keys = keys(session, field, ids);
            let select = Select {
                model: field.model,
                selection: None,
                names: names(registration, relations),
                by: &by,
                values: &*keys,
                ordered: false,
                lock: Lock::None,
            };
            let mut named = Named::default();
            let read = named.reader(session, field.model, relations);
            session.select(&select, &mut { read }).await?;
            Ok(After::Named(named))
        }
    }
}

/// The statement that writes the values of the rows that differ.
fn update<'q, C: Wire>(
    session: &Session<'_, C>,
    field: Declared,
    keys: &'q dyn Rows<C::Db>,
) -> Statement<'q, C::Db> {
    let registration = session.registration(field.model);
    let names: Vec<&'static str> = registration.key_names().collect();
    let source = statement::computed(session, field, keys);
    let rows = (&names[..], keys);
    C::Db::update_from(registration.table, rows, field.set(session), source)
}

/// Those of the rows whose value differs, in the order of their keys.
pub(super) async fn differing<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    keys: &dyn Rows<C::Db>,
) -> Result<Vec<Id>, Error> {
    let registration = session.registration(field.model);
    let mut differing = Vec::new();
    let statement = statement::differing(session, field, keys);
    let read = session
        .load(statement, &mut |row, arenas| {
            differing.push((registration.read_key)(
                row,
                0,
                arenas.get_mut(field.model),
            )?);
            Ok(())
        })
        .await;
    let name = field.name(session);
    read.map_err(|source| held::failed("computing", registration.meta, &[name], source))?;
    session.arenas.get(field.model).sort(&mut differing);
    Ok(differing)
}
