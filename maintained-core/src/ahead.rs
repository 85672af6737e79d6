//! Locks that are taken ahead of a write.
//!
//! A row that names a parent locks it, weakly, when it is written: that is how databases check foreign keys. On
//! `InnoDB` two writers that hold such a lock on one parent, and both then compute its fields, wait for one another
//! forever. So the parents that a flush will compute are locked strongly before the write, in the order of their keys.
//! `PostgreSQL` has a lock that does not conflict with the foreign key's, unless the parent keeps a unique field.

use std::collections::BTreeSet;

use crate::arena::{AnyArena, Id};
use crate::backend::{Database, Lock};
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::session::Session;

/// Locks the parents that the rows name, before the rows are written; `parents` gives their ids for a relation.
pub(crate) fn parents<C: Database>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    parents: impl Fn(usize, &mut (dyn AnyArena + 'static)) -> Vec<Option<Id>>,
) -> Result<(), Error> {
    for (relation, parent) in relations(session, model) {
        let named = parents(relation, session.arenas.get_mut(parent));
        let ids: BTreeSet<Id> = named.into_iter().flatten().collect();
        let mut ids: Vec<Id> = ids.into_iter().collect();
        session.arenas.get(parent).sort(&mut ids);
        if !ids.is_empty() {
            session.lock(parent, &ids, strength(session, parent))?;
        }
    }
    Ok(())
}

/// How strongly a parent is locked whose fields will be computed.
fn strength<C: Database>(session: &Session<'_, C>, parent: ModelIndex) -> Lock {
    let columns = session.catalog.graph.models[parent].meta.columns;
    if columns
        .iter()
        .any(|column| column.maintained && column.unique)
    {
        Lock::Update
    } else {
        Lock::NoKeyUpdate
    }
}

/// The relations of a model whose parents must be locked ahead, and those parents.
pub(crate) fn relations<C: Database>(
    session: &Session<'_, C>,
    model: ModelIndex,
) -> Vec<(usize, ModelIndex)> {
    let graph = &session.catalog.graph;
    let node = &graph.models[model];
    let has_unique = |parent: ModelIndex| {
        graph.models[parent]
            .meta
            .columns
            .iter()
            .any(|column| column.maintained && column.unique)
    };
    let is_read = |relation: usize| node.wakes.iter().any(|wake| wake.up == Some(relation));
    let conflicts =
        |parent| C::LOCKS && session.locks && (C::FOREIGN_KEYS_CONFLICT || has_unique(parent));
    let relations = node.parents.iter().copied().enumerate();
    relations
        .filter(|&(relation, parent)| is_read(relation) && conflicts(parent))
        .collect()
}
