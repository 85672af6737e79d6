//! The parents from which fields are copied.

use super::field::Declared;
use crate::declare::setter::{Direction, InputMeta};
use crate::error::Error;
use crate::session::{Session, reading};
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Dialect, Parents};
use crate::wire::Wire;

/// Locks the parents along a chain of parents, so that what is copied from them stays as it is.
pub(super) async fn lock_parents<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    keys: &dyn Rows<C::Db>,
) -> Result<(), Error> {
    if !session.switches.locks || !C::Db::LOCKS {
        return Ok(());
    }
    let hops: Vec<&InputMeta> = field.meta.chain().collect();
    for last in 0..hops.len() {
        let hops = &hops[..=last];
        // Children are read without a lock: whoever writes one has to lock the row above it.
        if hops[last].direction == Direction::Children {
            return Ok(());
        }
        let model = session.catalog.graph.index_of((hops[last].model)());
        let (Some(model), Some(query)) = (model, named(session, field, hops, keys)) else {
            return Ok(());
        };
        let registration = session.registration(model);
        let Some(key) = registration.key_names().next() else {
            return Ok(());
        };
        let mut statement = Statement::new("");
        let parents = Parents {
            table: registration.table,
            selection: None,
            key,
            query,
            is_one: keys.len() == 1,
            is_array: registration.has_array_key(),
            clause: C::Db::lock(session.strength(session.parent_lock(model))),
        };
        C::Db::lock_named(&mut statement, parents);
        let locked = session.load(statement, &mut |_, _| Ok(())).await;
        locked.map_err(|source| reading(registration.meta.name, source))?;
    }
    Ok(())
}

/// The keys of the parents that some rows name along a chain of parents.
fn named<'q, C: Wire>(
    session: &Session<'_, C>,
    field: Declared,
    hops: &[&InputMeta],
    keys: &'q dyn Rows<C::Db>,
) -> Option<Statement<'q, C::Db>> {
    let (last, before) = hops.split_last()?;
    let from = match before.last() {
        Some(hop) => session.catalog.graph.index_of((hop.model)())?,
        None => field.model,
    };
    let from = session.registration(from);
    let names: Vec<&'static str> = from.key_names().collect();
    let mut query = Statement::new("SELECT DISTINCT ");
    query
        .name(from.foreign_key_name(last.relation))
        .text(" AS ")
        .numbered(0)
        .text(" FROM ")
        .made(from.table)
        .text(" WHERE ");
    if before.is_empty() {
        C::Db::among(&mut query, &names, keys);
    } else {
        let before = named(session, field, before, keys)?;
        query.names(names).text(" IN (").append(before).text(")");
    }
    Some(query)
}
