//! Locks that are taken ahead of a write.
//!
//! A row that names a parent locks it, weakly, when it is written: that is how databases check
//! foreign keys. On `InnoDB` two writers that hold such a lock on one parent, and both then compute
//! its fields, wait for one another forever. So the parents that a flush will compute, or lock
//! alone while it reads them, are locked strongly before the write, in the order of their keys.
//! `PostgreSQL` has a lock that does not conflict with the foreign key's, unless the parent keeps a
//! unique field.

mod look;
mod small;
mod ways;

use std::collections::BTreeSet;
use std::ops::Range;

use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

use crate::declare::arena::{AnyArena, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::positions::ColumnIndex;
use crate::error::Error;
use crate::graph::{Graph, ModelIndex, Relation, RelationIndex, Step};
use crate::rows::RowSet;
use crate::session::Session;
use crate::sql::statement::Rows;
use crate::sql::{Array, Dialect, Fragment};
use crate::wire::Wire;

pub(crate) use self::small::{SMALL, lock, lock_and_write, locks, marked, matching};
pub(crate) use self::ways::{Assigned, MakeWrite, Named, Start};

/// A relation of a model whose parents are locked before a row of it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ahead {
    pub(crate) relation: RelationIndex,
    pub(crate) parent: ModelIndex,
    /// Whether a parent is computed from such rows, be it the one that a row leaves. Otherwise it
    /// is only read by way of a row that names it anew.
    is_computed: bool,
}

/// Locks the parents that rows name, before the rows are written; `parents` gives for a relation
/// the ids that each row names before and after. Where both are the same, the write does not set the
/// foreign key, and locks no parent.
pub(crate) async fn parents<C: Wire>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    parents: impl Fn(RelationIndex, &mut (dyn AnyArena + 'static)) -> Vec<[Option<Id>; 2]>,
) -> Result<(), Error> {
    for ahead in relations(session, model) {
        let parent = ahead.parent;
        let named = parents(ahead.relation, session.arenas.get_mut(parent));
        let wanted = |[old, new]: [Option<Id>; 2]| {
            let is_set = old != new;
            [
                old.filter(|_| is_set && ahead.is_computed),
                new.filter(|_| is_set),
            ]
        };
        let ids: BTreeSet<Id> = named.into_iter().flat_map(wanted).flatten().collect();
        let is_free = |id: &Id| !session.locked.contains(parent, *id);
        let mut ids: Vec<Id> = ids.into_iter().filter(is_free).collect();
        session.arenas.get(parent).sort(&mut ids);
        if !ids.is_empty() {
            let count = session
                .lock(parent, &ids, session.catalog.graph.strongest(parent))
                .await?;
            // What is not there is not locked, and somebody may insert it.
            if count == ids.len() {
                session.locked.add(parent, &ids);
            }
        }
    }
    Ok(())
}

/// Locks the parents that a row, the first of a set, names before an update and, where a changeset
/// gives a foreign key a plain value, the one that it names afterwards. The parents of a relation
/// whose foreign key is not set are not locked by the update.
pub(crate) async fn parents_of_update<C: Wire>(
    session: &mut Session<'_, C>,
    (model, set): (ModelIndex, ColumnSet),
    before: &dyn RowSet<C::Db>,
    changes: &(dyn QueryFragment<C::Db> + Sync),
    sql: &str,
) -> Result<(), Error> {
    for ahead in relations(session, model) {
        let meta = session.registration(model).meta;
        if !set.contains(meta.relations[ahead.relation].column) {
            continue;
        }
        let parent = ahead.parent;
        let old = before.parent_id(0, ahead.relation, session.arenas.get_mut(parent));
        let old = Vec::from_iter(old.filter(|_| ahead.is_computed));
        let column = session.registration(model).foreign_key_name(ahead.relation);
        let keys = OldAndNew::<C> {
            old: (session.registration(parent).key_rows)(session.arenas.get(parent), &old),
            new: C::Db::assigned(changes, sql, column)?,
        };
        if !keys.is_empty() {
            session
                .lock_by(parent, &keys, session.catalog.graph.strongest(parent))
                .await?;
        }
    }
    Ok(())
}

/// The key of the parent before a change, and behind it the value of the foreign key after it.
struct OldAndNew<C: Wire> {
    old: Box<dyn Rows<C::Db>>,
    new: Option<Fragment<C::Db>>,
}

impl<C: Wire> Rows<C::Db> for OldAndNew<C> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, C::Db>,
    ) -> QueryResult<()> {
        match &self.new {
            Some(new) if row == self.old.len() => new.walk_ast(out),
            _ => self.old.bind(row, column, out),
        }
    }

    fn array(&self, rows: Range<usize>, column: ColumnIndex) -> Option<Array<'_, C::Db>> {
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

/// The relations of a model whose parents must be locked ahead.
pub(crate) fn relations<C: Wire>(session: &Session<'_, C>, model: ModelIndex) -> Vec<Ahead> {
    if !C::Db::LOCKS || !session.switches.locks {
        return Vec::new();
    }
    relations_of::<C::Db>(&session.catalog.graph, model)
}

/// The same on a database that locks rows.
pub(crate) fn relations_of<DB: Dialect>(graph: &Graph, model: ModelIndex) -> Vec<Ahead> {
    let node = &graph.models[model];
    let ahead = |(index, &parent): (RelationIndex, &ModelIndex)| {
        let relation = Relation {
            child: model,
            index,
        };
        let is_computed = node.wakes.iter().any(|wake| wake.up == Some(index));
        let is_locked = if DB::FOREIGN_KEYS_CONFLICT {
            is_computed || is_locked_by_a_hop(graph, relation, parent)
        } else {
            is_computed && graph.strongest(parent) == Lock::Update
        };
        is_locked.then_some(Ahead {
            relation: index,
            parent,
            is_computed,
        })
    };
    let parents = node.parents.iter_enumerated();
    parents.filter_map(ahead).collect()
}

/// Whether a flush locks the parents along a relation alone, since some rule reads them by way of
/// its rows and they may be computed in the same flush.
fn is_locked_by_a_hop(graph: &Graph, relation: Relation, parent: ModelIndex) -> bool {
    let hop = Step::Down(relation);
    let mut slots = graph.models[parent].slots.iter();
    graph.parent_lock(parent) != Lock::Share
        && slots.any(|slot| slot.walk.is_some_and(|(step, _)| step == hop))
}
