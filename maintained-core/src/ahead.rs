//! Locks that are taken ahead of a write.
//!
//! A row that names a parent locks it, weakly, when it is written: that is how databases check foreign keys. On
//! `InnoDB` two writers that hold such a lock on one parent, and both then compute its fields, wait for one another
//! forever. So the parents that a flush will compute are locked strongly before the write, in the order of their keys.
//! `PostgreSQL` has a lock that does not conflict with the foreign key's, unless the parent keeps a unique field.

use std::collections::BTreeSet;
use std::ops::Range;

use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

use crate::arena::{AnyArena, Id};
use crate::backend::{Database, Lock};
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::session::Session;
use crate::statement::Rows;
use crate::stored::{Array, Fragment};

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

/// Locks the parents that a row names before an update and, where a changeset gives a foreign key a plain value, the one
/// that it names afterwards.
pub(crate) fn parents_of_update<C: Database>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    before: impl Fn(usize, &mut (dyn AnyArena + 'static)) -> Option<Id>,
    changes: &dyn QueryFragment<C::Backend>,
    sql: &str,
) -> Result<(), Error> {
    for (relation, parent) in relations(session, model) {
        let old = before(relation, session.arenas.get_mut(parent));
        let column = session.registration(model).foreign_key_name(relation);
        let old = Vec::from_iter(old);
        let keys = Sides::<C> {
            old: (session.registration(parent).key_rows)(session.arenas.get(parent), &old),
            new: C::assigned(changes, sql, column)?,
        };
        if !keys.is_empty() {
            session.lock_by(parent, &keys, strength(session, parent))?;
        }
    }
    Ok(())
}

/// The key of the parent before a change, and the value of the foreign key after it.
struct Sides<C: Database> {
    old: Box<dyn Rows<C::Backend>>,
    new: Option<Fragment<C>>,
}

impl<C: Database> Rows<C::Backend> for Sides<C> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: usize,
        out: AstPass<'_, 'b, C::Backend>,
    ) -> QueryResult<()> {
        match &self.new {
            Some(new) if row == self.old.len() => new.walk_ast(out),
            _ => self.old.bind(row, column, out),
        }
    }

    fn array(&self, rows: Range<usize>, column: usize) -> Option<Array<'_, C>> {
        match &self.new {
            Some(_) => None,
            None => self.old.array(rows, column),
        }
    }

    fn len(&self) -> usize {
        self.old.len() + usize::from(self.new.is_some())
    }

    fn is_plain(&self) -> bool {
        self.new.is_none()
    }
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
