//! Deleting rows.

use super::update::unsettle_rows;
use super::{Statements, read, write};
use crate::ahead::{self, Start};
use crate::arena::Id;
use crate::backend::{Database, Lock};
use crate::cascade::Hanging;
use crate::change::Change;
use crate::connection::{MaintainedConnection, Marking};
use crate::error::Error;
use crate::graph::{Cause, ModelIndex};
use crate::registry::Catalog;
use crate::session::Session;
use crate::statement::Statement;
use crate::stored::Stored;
use crate::update;

pub(super) fn many<C: Database, M: Stored<C>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let body = |conn: &mut MaintainedConnection<C>| {
        conn.at_work(|session, marking| {
            let (model, ids) = read::ids::<C, M>(session, keys)?;
            rows(session, marking, model, &ids)
        })
    };
    let statements = statements::<C, M>(keys.len())?;
    write::<C, M, ()>(conn, statements, body, |_, ()| Ok(()))
}

/// How many statements it takes to delete so many rows: rows that lose a parent may have to give up unique values first.
fn statements<C: Database, M: Stored<C>>(count: usize) -> Result<Statements, Error> {
    let catalog = Catalog::<C>::get()?;
    let models = &catalog.graph.models;
    let below = &models[catalog.index_of::<M>()?].below;
    let is_settled = below.iter().all(|&it| models[it].unsettled.is_empty());
    let is_one = is_settled && count <= C::most_rows(M::META.key.len());
    Ok(if is_one {
        Statements::One
    } else {
        Statements::Many
    })
}

fn rows<C: Database>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    model: ModelIndex,
    ids: &[Id],
) -> Result<(), Error> {
    let registration = session.registration(model);
    let keys = (registration.key_rows)(session.arenas.get(model), ids);
    let changed = (model, ids.len());
    if let Some(locks) = ahead::locks(session, marking, changed, Cause::Change(Change::Deleted)) {
        ahead::lock(session, &Start::at(model, &*keys), &locks)?;
    }
    let (found, _) = read::all(session, model, ids, Lock::Update)?;
    let mut hanging = None;
    if !marking.is_disabled() {
        ahead::parents(session, model, |relation, parents| {
            let rows = 0..found.rows.len();
            rows.map(|row| [found.rows.parent_id(row, relation, parents), None])
                .collect()
        })?;
        let all = Hanging::on(session, model, found)?;
        for (model, rows) in all.nulled(session) {
            unsettle_rows(session, marking, model, &rows)?;
        }
        hanging = Some(all);
    }
    let names: Vec<&'static str> = registration.key_names().collect();
    update::in_parts(&*keys, C::most_rows(names.len()), |keys| {
        let mut statement = Statement::new("DELETE FROM ");
        statement.made(registration.table).text(" WHERE ");
        C::among(&mut statement, &names, keys);
        session.execute(&statement)?;
        Ok(())
    })?;
    if let Some(hanging) = hanging {
        let now = hanging.again(session)?;
        if let Some(mut recorder) = marking.recorder(session) {
            hanging.record(&mut recorder, &now);
        }
    }
    Ok(())
}
