//! The SQL of declared fields: one value for a row, and the statements around it.

use super::field::{Declared, among};
use super::grouped;
use crate::declare::arena::Id;
use crate::declare::positions::ColumnIndex;
use crate::declare::rule::Rule;
use crate::declare::setter::{Direction, InputMeta};
use crate::graph::ModelIndex;
use crate::session::Session;
use crate::sql::Dialect;
use crate::sql::range::part_from;
use crate::sql::statement::{Rows, Statement};
use crate::wire::Wire;

/// How many rows a statement computes at most: it returns those that it has changed.
const MOST: usize = 65_536;
/// How many rows, at least, a statement may compute that takes the children in one pass: each pass
/// may search their whole table.
const GROUPED: usize = 4_096;

/// How a foreign key equals a key where a value is found by sorting. Were the database told that
/// all the foreign keys are the same, it would sort by the values alone, and may then walk an index
/// of the values, past the children of all other rows: it expects to meet one of this row soon,
/// even where there is none. As it is, it reads this row's children, or takes an index that has the
/// foreign key before the value.
const BETWEEN: [&str; 2] = [" >= ", " <= "];

impl Declared {
    /// Of how many rows, at most, a statement computes the field; a range of keys may be longer.
    pub(super) fn rows_at_once<C: Wire>(self, session: &Session<'_, C>) -> usize {
        let meta = session.registration(self.model).meta;
        // Keys of arrays are bound one by one, maybe twice.
        let is_array = |&column: &ColumnIndex| (meta.columns[column].array)();
        if meta.key.iter().any(is_array) {
            C::Db::most_rows(2 * meta.key.len())
        } else if grouped::is_better(session, self) {
            C::Db::COMPUTED_ROWS.max(GROUPED)
        } else {
            C::Db::COMPUTED_ROWS
        }
    }

    /// Some rows, cut into parts: one for each statement that computes the field.
    pub(super) fn parts<'i, C: Wire>(
        self,
        session: &Session<'_, C>,
        mut ids: &'i [Id],
    ) -> Vec<&'i [Id]> {
        let most = self.rows_at_once(session);
        let registration = session.registration(self.model);
        let keys = (registration.key_rows)(session.arenas.get(self.model), ids);
        let mut parts = Vec::new();
        let mut from = 0;
        while !ids.is_empty() {
            let to = if C::Db::READS_LOCK {
                keys.len().min(from + most)
            } else {
                part_from(&*keys, from, most).min(from + MOST)
            };
            let (part, rest) = ids.split_at(to - from);
            parts.push(part);
            (ids, from) = (rest, to);
        }
        parts
    }
}

/// The keys and values of some rows: `SELECT key, value FROM own WHERE key IN (..)`.
pub(super) fn computed<'q, C: Wire>(
    session: &Session<'_, C>,
    field: Declared,
    keys: &'q dyn Rows<C::Db>,
) -> Statement<'q, C::Db> {
    if keys.len() > 1
        && grouped::is_better(session, field)
        && let Some(grouped) = grouped::computed(session, field, keys)
    {
        return grouped;
    }
    let registration = session.registration(field.model);
    let names: Vec<&'static str> = registration.key_names().collect();
    let mut statement = Statement::new("SELECT ");
    for (at, name) in names.iter().enumerate() {
        statement.name(name).text(" AS ").numbered(at).text(", ");
    }
    value(session, field, &mut statement);
    statement
        .text(" AS ")
        .numbered(names.len())
        .text(" FROM ")
        .made(registration.table)
        .text(" WHERE ");
    among::<C>(&mut statement, &names, keys);
    statement
}

/// Adds the value that the field should have in a row of the model's table.
fn value<C: Wire>(session: &Session<'_, C>, field: Declared, statement: &mut Statement<'_, C::Db>) {
    let registration = session.registration(field.model);
    if let Some(expression) = registration.expressions[field.at] {
        statement.made(expression);
        return;
    }
    let chain: Vec<(ModelIndex, &InputMeta)> = field
        .meta
        .chain()
        .filter_map(|input| Some((session.catalog.graph.index_of((input.model)())?, input)))
        .collect();
    // The number of the last table on the chain, whose first has 2.
    let end = chain.len() + 1;
    let column = |column: Option<ColumnIndex>| {
        let &(model, _) = chain.last()?;
        Some(session.registration(model).meta.columns[column?].name)
    };
    let sorted = match field.meta.rule {
        Rule::Min if C::Db::SORTS_EXTREMES => Some(""),
        Rule::Max if C::Db::SORTS_EXTREMES => Some(" DESC"),
        _ => None,
    };
    let (before, after) = match field.meta.rule {
        Rule::Min | Rule::Max if sorted.is_some() => ("(SELECT ", ""),
        Rule::Count => ("(SELECT count(*)", ""),
        Rule::Exists => ("(EXISTS (SELECT 1", ")"),
        Rule::Sum if field.kind(session).is_nullable => ("(SELECT sum(", ""),
        Rule::Sum => ("(SELECT coalesce(sum(", ""),
        Rule::Min => ("(SELECT min(", ""),
        Rule::Max => ("(SELECT max(", ""),
        Rule::Copy | Rule::Expression => ("(SELECT ", ""),
    };
    statement.text(before);
    if let Some(name) = column(field.meta.value) {
        statement.numbered(end).text(".").name(name);
        statement.text(match field.meta.rule {
            Rule::Sum if field.kind(session).is_nullable => ")",
            Rule::Sum => "), 0)",
            Rule::Min | Rule::Max if sorted.is_none() => ")",
            _ => "",
        });
    }
    let mut from = field.model;
    for (at, &(model, input)) in chain.iter().enumerate() {
        let alias = at + 2;
        statement
            .text(if at == 0 { " FROM " } else { " JOIN " })
            .made(session.registration(model).table)
            .text(" AS ")
            .numbered(alias);
        if at > 0 {
            statement.text(" ON ");
            link(
                session,
                statement,
                (Some(alias - 1), " = "),
                from,
                alias,
                (model, input),
            );
        }
        from = model;
    }
    if let Some(&first) = chain.first() {
        let equals: &[&'static str] = match sorted {
            Some(_) => &BETWEEN,
            None => &[" = "],
        };
        for (at, &equals) in equals.iter().enumerate() {
            statement.text(if at > 0 { " AND " } else { " WHERE " });
            link(session, statement, (None, equals), field.model, 2, first);
        }
    }
    if let Some(name) = column(field.meta.filter) {
        statement.text(" AND ").numbered(end).text(".").name(name);
    }
    if let (Some(direction), Some(value)) = (sorted, column(field.meta.value)) {
        statement.text(" AND ").numbered(end).text(".").name(value);
        statement.text(" IS NOT NULL");
        sort(session, statement, &chain, (value, direction));
    }
    statement.text(after).text(")");
}

/// Adds that the children are sorted, and only the first counts: by the foreign key, which is the
/// same in all of them (the reason is at [`BETWEEN`]), and then by the values.
fn sort<C: Wire>(
    session: &Session<'_, C>,
    statement: &mut Statement<'_, C::Db>,
    chain: &[(ModelIndex, &InputMeta)],
    (value, direction): (&'static str, &'static str),
) {
    if let Some(&(model, input)) = chain.first() {
        let foreign_key = session.registration(model).foreign_key_name(input.relation);
        statement
            .text(" ORDER BY ")
            .numbered(2)
            .text(".")
            .name(foreign_key);
        statement.text(direction).text(", ");
        statement.numbered(chain.len() + 1).text(".").name(value);
        statement.text(direction).text(" LIMIT 1");
    }
}

/// Adds the condition that a row belongs to the one before it in the chain. The first in the chain
/// belongs to the row whose field is computed.
fn link<C: Wire>(
    session: &Session<'_, C>,
    statement: &mut Statement<'_, C::Db>,
    (before, equals): (Option<usize>, &'static str),
    from: ModelIndex,
    alias: usize,
    (model, input): (ModelIndex, &InputMeta),
) {
    let key = |model: ModelIndex| session.registration(model).key_names().next().unwrap_or("");
    let (here, there) = match input.direction {
        Direction::Children => (
            session.registration(model).foreign_key_name(input.relation),
            key(from),
        ),
        Direction::Parent { .. } => (
            key(model),
            session.registration(from).foreign_key_name(input.relation),
        ),
    };
    statement.numbered(alias).text(".").name(here).text(equals);
    match before {
        Some(before) => statement.numbered(before),
        None => statement.made(session.registration(from).table),
    };
    statement.text(".").name(there);
}

/// The keys of those rows whose field does not have the value that it should.
pub(super) fn differing<'q, C: Wire>(
    session: &Session<'_, C>,
    field: Declared,
    keys: &'q dyn Rows<C::Db>,
) -> Statement<'q, C::Db> {
    let registration = session.registration(field.model);
    let names: Vec<&'static str> = registration.key_names().collect();
    let mut statement = Statement::new("SELECT ");
    statement.names(names.iter().copied()).text(" FROM ");
    statement
        .made(registration.table)
        .text(" JOIN (")
        .append(computed(session, field, keys))
        .text(") maintained_computed ON ");
    for (at, name) in names.iter().enumerate() {
        statement.text(if at > 0 { " AND " } else { "" });
        statement
            .name(name)
            .text(" = maintained_computed.")
            .numbered(at);
    }
    let [before, between, after] = C::Db::distinct(field.kind(session));
    statement
        .text(" WHERE ")
        .text(before)
        .name(field.name(session));
    statement
        .text(between)
        .text("maintained_computed.")
        .numbered(names.len())
        .text(after);
    statement
}
