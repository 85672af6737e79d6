//! The ways from a row that is written to the rows that it may come to, as queries that find their
//! keys.

use std::ops::Range;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

use crate::declare::arena::{AnyArena, Id};
use crate::declare::positions::ColumnIndex;
use crate::graph::{Hop, Locks, ModelIndex, Relation, RelationIndex, Step};
use crate::session::Session;
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Array, Dialect, Fragment, Onward};
use crate::wire::Wire;

/// Of so many children of a row, at most, the keys are looked up.
const CHILDREN: usize = 64;

/// The keys of parents that rows name by a relation.
pub(crate) type Named<'q, DB> = (RelationIndex, Box<dyn Rows<DB> + 'q>);

/// Where the ways to the rows begin.
pub(crate) struct Start<'q, C: Wire> {
    pub(crate) model: ModelIndex,
    /// The keys of the rows that are written, where they are there already.
    pub(crate) own: Option<&'q dyn Rows<C::Db>>,
    /// The keys of the parents that they will name, by relation.
    pub(crate) named: Vec<Named<'q, C::Db>>,
}

/// What makes the statement of a write, as often as it is asked for.
pub(crate) type MakeWrite<'w, 'q, DB> = &'w (dyn Fn() -> Statement<'q, DB> + Sync);

/// Where ways begin, and what is locked at their ends.
pub(super) type Causes<'q, 'l, C> = (&'q Start<'q, C>, Vec<&'l Locks>);

impl<'q, C: Wire> Start<'q, C> {
    /// From nowhere yet.
    pub(crate) fn new(model: ModelIndex) -> Self {
        Self {
            model,
            own: None,
            named: Vec::new(),
        }
    }

    /// From rows that are there.
    pub(crate) fn at(model: ModelIndex, own: &'q dyn Rows<C::Db>) -> Self {
        Self {
            own: Some(own),
            ..Self::new(model)
        }
    }

    /// From the parents that rows name: `parents` gives their ids for a relation.
    pub(crate) fn naming(
        mut self,
        session: &mut Session<'_, C>,
        parents: impl Fn(RelationIndex, &mut (dyn AnyArena + 'static)) -> Vec<Id>,
    ) -> Self {
        let graph = &session.catalog.graph;
        for (relation, &parent) in graph.models[self.model].parents.iter_enumerated() {
            let mut ids = parents(relation, session.arenas.get_mut(parent));
            ids.sort_unstable();
            ids.dedup();
            if !ids.is_empty() {
                let keys =
                    (session.registration(parent).key_rows)(session.arenas.get(parent), &ids);
                self.named.push((relation, keys));
            }
        }
        self
    }
}

/// What finds keys: each as a column with the name [`Statement::numbered`] 0.
pub(super) struct Keys<'q, DB: Backend> {
    pub(super) query: Statement<'q, DB>,
    /// Whether it finds one at most, so that it can stand for a value.
    pub(super) is_one: bool,
}

/// What finds the keys of the rows that are locked of one model, given its place in the order.
pub(super) fn keys<'q, C: Wire>(
    session: &Session<'_, C>,
    all: &[Causes<'q, '_, C>],
    place: usize,
) -> Option<Keys<'q, C::Db>> {
    let mut queries = Vec::new();
    for (start, locks) in all {
        let groups = locks.iter().flat_map(|locks| &locks.groups);
        let mut ways: Vec<&[Hop]> = Vec::new();
        for way in groups
            .filter(|it| it.place == place)
            .flat_map(|it| &it.ways)
        {
            if !ways.contains(&&**way) {
                ways.push(way);
            }
        }
        for way in ways {
            find(session, start, way, &mut queries);
        }
    }
    either(queries)
}

/// All that several queries find.
fn either<DB: Backend>(queries: Vec<Keys<'_, DB>>) -> Option<Keys<'_, DB>> {
    let count = queries.len();
    let mut queries = queries.into_iter();
    if count < 2 {
        return queries.next();
    }
    let mut all = Statement::new("");
    for (at, keys) in queries.enumerate() {
        all.text(if at == 0 { "(" } else { " UNION (" });
        all.append(keys.query).text(")");
    }
    Some(Keys {
        query: all,
        is_one: false,
    })
}

/// Adds the queries that find the keys at the end of a way.
fn find<'q, C: Wire>(
    session: &Session<'_, C>,
    start: &'q Start<'q, C>,
    hops: &[Hop],
    found: &mut Vec<Keys<'q, C::Db>>,
) {
    if hops.iter().any(|&hop| is_by_arrays(session, hop)) {
        return;
    }
    let (queries, mut rest) = begin(session, start, hops);
    let Some(mut keys) = either(queries) else {
        return;
    };
    while !rest.is_empty() {
        let Some((next, taken)) = step(session, keys, rest) else {
            return;
        };
        keys = next;
        rest = &rest[taken..];
    }
    found.push(keys);
}

/// Whether a hop goes along keys that are arrays, of which no list can be made.
fn is_by_arrays<C: Wire>(session: &Session<'_, C>, hop: Hop) -> bool {
    let (Hop::Once(step) | Hop::Along(step)) = hop;
    let (Step::Up(relation) | Step::Down(relation)) = step;
    let meta = session.registration(relation.child).meta;
    (meta.columns[meta.relations[relation.index].column].array)()
}

/// The queries with which a way begins, and the hops that are left then.
fn begin<'q, 'h, C: Wire>(
    session: &Session<'_, C>,
    start: &'q Start<'q, C>,
    hops: &'h [Hop],
) -> (Vec<Keys<'q, C::Db>>, &'h [Hop]) {
    match hops {
        [Hop::Once(Step::Up(relation)), rest @ ..] => (named(session, start, *relation), rest),
        [Hop::Once(Step::Down(relation)), rest @ ..] => {
            let (next, taken) = below(session, *relation, rest);
            let query = start.own.zip(next).map(|(own, select)| {
                let by = [session.foreign_key_name(*relation)];
                let mut query = select_from(session, relation.child, select);
                C::Db::among(&mut query, &by, own);
                query.text(" LIMIT ").number(CHILDREN);
                Keys {
                    query,
                    is_one: false,
                }
            });
            (query.into_iter().collect(), &rest[taken..])
        }
        [] | [Hop::Along(_), ..] => {
            let query = start
                .own
                .zip(session.key_name(start.model))
                .map(|(own, key)| {
                    let mut query = select_from(session, start.model, key);
                    C::Db::among(&mut query, &[key], own);
                    Keys {
                        query,
                        is_one: own.len() == 1,
                    }
                });
            (query.into_iter().collect(), hops)
        }
    }
}

/// The queries that find the parents which the rows name, before and after.
fn named<'q, C: Wire>(
    session: &Session<'_, C>,
    start: &'q Start<'q, C>,
    relation: Relation,
) -> Vec<Keys<'q, C::Db>> {
    let foreign_key = session.foreign_key_name(relation);
    let mut queries = Vec::new();
    if let Some(own) = start.own {
        let key: Vec<&'static str> = session.registration(start.model).key_names().collect();
        let mut query = select_from(session, start.model, foreign_key);
        C::Db::among(&mut query, &key, own);
        queries.push(Keys {
            query,
            is_one: own.len() == 1,
        });
    }
    let parent = session.catalog.graph.reached_by(Step::Up(relation));
    let named = start
        .named
        .iter()
        .filter(|(index, _)| *index == relation.index);
    for (_, parents) in named {
        if let Some(key) = session.key_name(parent) {
            let mut query = select_from(session, parent, key);
            C::Db::among(&mut query, &[key], &**parents);
            queries.push(Keys {
                query,
                is_one: parents.len() == 1,
            });
        }
    }
    queries
}

/// One hop on from the keys that a query finds, and how many of the hops it has taken.
fn step<'q, C: Wire>(
    session: &Session<'_, C>,
    from: Keys<'q, C::Db>,
    hops: &[Hop],
) -> Option<(Keys<'q, C::Db>, usize)> {
    let (&hop, rest) = hops.split_first()?;
    let (Hop::Once(step) | Hop::Along(step)) = hop;
    let (Step::Up(relation) | Step::Down(relation)) = step;
    let child = relation.child;
    let table = session.registration(child).table;
    let (select, by, taken) = match (hop, step) {
        (_, Step::Up(_)) => (
            session.foreign_key_name(relation),
            session.key_name(child)?,
            0,
        ),
        (Hop::Once(_), Step::Down(_)) => {
            let (select, taken) = below(session, relation, rest);
            (select?, session.foreign_key_name(relation), taken)
        }
        (Hop::Along(_), Step::Down(_)) => (
            session.key_name(child)?,
            session.foreign_key_name(relation),
            0,
        ),
    };
    let mut query = Statement::new("");
    let onward = Onward { select, table, by };
    match hop {
        Hop::Once(_) if from.is_one => {
            query = select_from(session, child, select);
            query.name(by).text(" = (").append(from.query).text(")");
        }
        Hop::Once(_) => C::Db::hop(&mut query, &onward, from.query),
        Hop::Along(_) => C::Db::along(&mut query, &onward, from.query),
    }
    let goes_up = hop == Hop::Once(Step::Up(relation));
    if !goes_up {
        query.text(" LIMIT ").number(CHILDREN);
    }
    let is_one = from.is_one && goes_up;
    Some((Keys { query, is_one }, taken + 1))
}

/// What is read of children, and how many hops of the rest that takes: their own key, or, where the
/// way goes on to another parent of theirs, the foreign key that names it.
fn below<C: Wire>(
    session: &Session<'_, C>,
    relation: Relation,
    rest: &[Hop],
) -> (Option<&'static str>, usize) {
    match rest.first() {
        Some(Hop::Once(Step::Up(other))) if other.child == relation.child => {
            (Some(session.foreign_key_name(*other)), 1)
        }
        _ => (session.key_name(relation.child), 0),
    }
}

/// `SELECT column FROM table WHERE `
fn select_from<'q, C: Wire>(
    session: &Session<'_, C>,
    model: ModelIndex,
    column: &'static str,
) -> Statement<'q, C::Db> {
    let mut query = Statement::new("SELECT ");
    query
        .name(column)
        .text(" AS ")
        .numbered(0)
        .text(" FROM ")
        .made(session.registration(model).table)
        .text(" WHERE ");
    query
}

impl<C: Wire> Session<'_, C> {
    fn foreign_key_name(&self, relation: Relation) -> &'static str {
        self.registration(relation.child)
            .foreign_key_name(relation.index)
    }

    /// The column of a model's key, where it is one, and no array.
    pub(crate) fn key_name(&self, model: ModelIndex) -> Option<&'static str> {
        self.registration(model).meta.plain_key()
    }
}

/// A key that a changeset gives a foreign key.
pub(crate) struct Assigned<C: Wire>(pub(crate) Fragment<C::Db>);

impl<C: Wire> Rows<C::Db> for Assigned<C> {
    fn bind<'b>(
        &'b self,
        _: usize,
        _: ColumnIndex,
        out: AstPass<'_, 'b, C::Db>,
    ) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn array(&self, _: Range<usize>, _: ColumnIndex) -> Option<Array<'_, C::Db>> {
        None
    }

    fn len(&self) -> usize {
        1
    }
}
