//! The children of many rows in one pass, where a subquery for each row is slow.
//!
//! `PostgreSQL` expects so much of thousands of subqueries that it compiles the statement (JIT),
//! which takes longer than to run it, most of all on rows that have just been loaded and of which
//! its planner knows nothing. For a greatest value it may even walk the index of the values for
//! each row, past the children of all the others. The other databases are faster at subqueries as
//! long as the foreign key has an index: without one each of them searches the whole table.

use super::field::{Declared, among};
use crate::declare::arena::Id;
use crate::declare::positions::ColumnIndex;
use crate::declare::rule::Rule;
use crate::declare::setter::{Direction, InputMeta};
use crate::error::Error;
use crate::graph::{ModelIndex, Relation};
use crate::session::{Session, reading};
use crate::sql::Dialect;
use crate::sql::statement::{Rows, Statement};
use crate::wire::Wire;

/// Of so many rows, or fewer, it is not asked whether a foreign key has an index.
const FEW: usize = 16;

/// A value for each row that has children, by the foreign key that names it.
pub(super) struct Groups<'q, C: Wire> {
    /// `SELECT foreign key, value FROM children ..`
    pub(super) statement: Statement<'q, C::Db>,
    /// The children's foreign key.
    pub(super) relation: Relation,
    /// What stands around a group's value to make it the field's; a row without children has null
    /// there.
    around: [&'static str; 2],
}

/// A chain of children: each hop's model, and the foreign key that leads to it.
type Chain = Vec<(ModelIndex, &'static InputMeta)>;

/// The way to the children, where a field follows from children.
fn chain<C: Wire>(session: &Session<'_, C>, field: Declared) -> Option<Chain> {
    let graph = &session.catalog.graph;
    let mut chain = Chain::new();
    for hop in field.meta.chain() {
        if hop.direction != Direction::Children {
            return None;
        }
        chain.push((graph.index_of((hop.model)())?, hop));
    }
    (!chain.is_empty()).then_some(chain)
}

/// Finds out whether the field's foreign keys have an index, where that matters for so many rows.
pub(super) async fn look<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    ids: &[Id],
) -> Result<(), Error> {
    if C::Db::GROUPS_CHILDREN || ids.len() <= FEW {
        return Ok(());
    }
    for (child, hop) in chain(session, field).unwrap_or_default() {
        let registration = session.registration(child);
        let relation = Relation {
            child,
            index: hop.relation,
        };
        let (table, column) = (
            session.catalog.tables.name(child),
            registration.foreign_key_name(hop.relation),
        );
        let looked = session
            .learned
            .look_for_index(session.inner, relation, (table, column))
            .await;
        looked.map_err(|source| reading(registration.meta.name, source))?;
    }
    Ok(())
}

/// Whether the children of several rows are put together in one pass.
pub(super) fn is_better<C: Wire>(session: &Session<'_, C>, field: Declared) -> bool {
    let has_no_index = |(child, hop): (ModelIndex, &InputMeta)| {
        session.learned.has_no_index(Relation {
            child,
            index: hop.relation,
        })
    };
    C::Db::GROUPS_CHILDREN
        || chain(session, field).is_some_and(|chain| chain.into_iter().any(has_no_index))
}

/// The values of some rows; none for a field that does not follow from children.
///
/// `cast` stands around each value.
pub(super) fn groups<'q, C: Wire>(
    session: &Session<'_, C>,
    field: Declared,
    keys: &'q dyn Rows<C::Db>,
    cast: [&'static str; 2],
) -> Option<Groups<'q, C>> {
    let chain = chain(session, field)?;
    let (&(first, hop), &(end, _)) = (chain.first()?, chain.last()?);
    let end = &session.registration(end).meta;
    let column = |column: Option<ColumnIndex>| column.map(|column| end.columns[column].name);
    let (rule, value) = (field.meta.rule, column(field.meta.value));
    let is_sorted = C::Db::SORTS_EXTREMES && matches!(rule, Rule::Min | Rule::Max);
    let alias = chain.len() + 1;
    let mut statement = Statement::new("SELECT ");
    if is_sorted {
        statement.text("DISTINCT ON (");
        statement.numbered(2).text(".").numbered(0).text(") ");
    }
    statement
        .numbered(2)
        .text(".")
        .numbered(0)
        .text(" AS ")
        .numbered(0);
    let [before, after] = match rule {
        Rule::Count => ["count(*", ")"],
        // A group is there only where children are.
        Rule::Exists => ["(1 = 1", ")"],
        Rule::Sum => ["sum(", ")"],
        Rule::Min | Rule::Max if is_sorted => ["", ""],
        Rule::Min => ["min(", ")"],
        Rule::Max => ["max(", ")"],
        Rule::Copy | Rule::Expression => return None,
    };
    statement.text(", ").text(cast[0]).text(before);
    if let Some(value) = value {
        statement.numbered(alias).text(".").name(value);
    }
    statement.text(after).text(cast[1]).text(" AS ").numbered(1);
    children(session, &mut statement, &chain, keys);
    condition(
        &mut statement,
        alias,
        column(field.meta.filter),
        value.filter(|_| is_sorted),
    );
    match (is_sorted, value) {
        (true, Some(value)) => {
            statement
                .text(" ORDER BY ")
                .numbered(2)
                .text(".")
                .numbered(0);
            statement.text(", ").numbered(alias).text(".").name(value);
            statement.text(if rule == Rule::Max { " DESC" } else { "" });
        }
        _ => drop(
            statement
                .text(" GROUP BY ")
                .numbered(2)
                .text(".")
                .numbered(0),
        ),
    }
    let around = match rule {
        Rule::Count => ["coalesce(", ", 0)"],
        Rule::Sum if !field.kind(session).is_nullable => ["coalesce(", ", 0)"],
        Rule::Exists => ["(", " IS NOT NULL)"],
        _ => ["", ""],
    };
    let relation = Relation {
        child: first,
        index: hop.relation,
    };
    Some(Groups {
        statement,
        relation,
        around,
    })
}

/// Adds `FROM` the children of some rows, and theirs, to the end of the chain. The first children
/// are a subquery: its column 0 is the foreign key that names a row, all others are their own.
fn children<'q, C: Wire>(
    session: &Session<'_, C>,
    statement: &mut Statement<'q, C::Db>,
    chain: &Chain,
    keys: &'q dyn Rows<C::Db>,
) {
    for (at, &(model, hop)) in chain.iter().enumerate() {
        let child = session.registration(model);
        let foreign_key = child.foreign_key_name(hop.relation);
        let alias = at + 2;
        if at == 0 {
            statement
                .text(" FROM (SELECT ")
                .name(foreign_key)
                .text(" AS ")
                .numbered(0);
            statement
                .text(", ")
                .made(child.table)
                .text(".* FROM ")
                .made(child.table);
            statement.text(" WHERE ");
            among::<C>(statement, &[foreign_key], keys);
            statement.text(") AS ").numbered(alias);
            continue;
        }
        let parent = session.registration(chain[at - 1].0);
        statement
            .text(" JOIN ")
            .made(child.table)
            .text(" AS ")
            .numbered(alias);
        statement
            .text(" ON ")
            .numbered(alias)
            .text(".")
            .name(foreign_key);
        statement.text(" = ").numbered(alias - 1).text(".");
        statement.name(parent.key_names().next().unwrap_or(""));
    }
}

/// Adds the condition that a child counts: its filter is true, its value is not null. What is not
/// given is not asked for.
fn condition<DB: diesel::backend::Backend>(
    statement: &mut Statement<'_, DB>,
    alias: usize,
    filter: Option<&'static str>,
    value: Option<&'static str>,
) {
    let mut word = " WHERE ";
    if let Some(filter) = filter {
        statement.text(word).numbered(alias).text(".").name(filter);
        word = " AND ";
    }
    if let Some(value) = value {
        statement.text(word).numbered(alias).text(".").name(value);
        statement.text(" IS NOT NULL");
    }
}

/// The keys and values of some rows, as [`computed`](super::statement::computed) has them; none for
/// a field that does not follow from children.
pub(super) fn computed<'q, C: Wire>(
    session: &Session<'_, C>,
    field: Declared,
    keys: &'q dyn Rows<C::Db>,
) -> Option<Statement<'q, C::Db>> {
    let Groups {
        statement: groups,
        around: [before, after],
        ..
    } = groups(session, field, keys, ["", ""])?;
    let registration = session.registration(field.model);
    let key = registration.key_names().next()?;
    let mut statement = Statement::new("SELECT ");
    statement.name(key).text(" AS ").numbered(0).text(", ");
    statement
        .text(before)
        .text("maintained_groups.")
        .numbered(1)
        .text(after)
        .text(" AS ")
        .numbered(1)
        .text(" FROM ")
        .made(registration.table)
        .text(" LEFT JOIN (")
        .append(groups)
        .text(") AS maintained_groups ON maintained_groups.")
        .numbered(0)
        .text(" = ")
        .name(key)
        .text(" WHERE ");
    among::<C>(&mut statement, &[key], keys);
    Some(statement)
}
