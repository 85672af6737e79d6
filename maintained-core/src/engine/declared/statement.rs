//! The SQL of declared fields: one value for a row, and the statements around it.

use super::grouped;
use crate::declare::arena::Id;
use crate::declare::model::{Bounds, Content, Kind};
use crate::declare::rule::{DeclaredMeta, Rule};
use crate::declare::setter::{Direction, InputMeta};
use crate::graph::ModelIndex;
use crate::session::Session;
use crate::sql::range::part_from;
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Dialect, Set};
use crate::wire::Wire;

/// How many rows a statement computes at most: it returns those that it has changed.
const MOST: usize = 65_536;
/// How many rows a statement computes at least that may search the table of their children.
const GROUPED: usize = 4_096;

/// How a foreign key equals a key where a value is found by sorting. Were the database told that all the foreign keys are the
/// same, it would sort by the values alone, and may then walk an index of the values, past the children of all other rows: it
/// expects to meet one of this row soon, even where there is none. As it is, it reads this row's children, or takes an index
/// that has the foreign key before the value.
const BETWEEN: [&str; 2] = [" >= ", " <= "];

/// A declared field of a model.
#[derive(Clone, Copy)]
pub(super) struct Declared {
    pub(super) model: ModelIndex,
    /// Its place among the model's declared fields.
    pub(super) at: usize,
    pub(super) meta: &'static DeclaredMeta,
}

impl Declared {
    /// The field that one of a model's setters stands for.
    pub(super) fn of<C: Wire>(session: &Session<'_, C>, model: ModelIndex, setter: usize) -> Self {
        let node = &session.catalog.graph.models[model];
        let at = setter - (node.setters.len() - node.declared.len());
        let meta = &node.declared[at];
        Self { model, at, meta }
    }

    /// The name of the field's column.
    pub(super) fn name<C: Wire>(self, session: &Session<'_, C>) -> &'static str {
        session.registration(self.model).meta.columns[self.meta.field()].name
    }

    /// Of how many rows a statement computes the field.
    pub(super) fn rows_at_once<C: Wire>(self, session: &Session<'_, C>) -> usize {
        let meta = session.registration(self.model).meta;
        // Keys of arrays are bound one by one, maybe twice.
        let is_array = |&column: &usize| (meta.columns[column].array)();
        if meta.key.iter().any(is_array) {
            C::Db::most_rows(2 * meta.key.len())
        } else if grouped::is_better(session, self) {
            C::Db::COMPUTED_ROWS.max(GROUPED)
        } else {
            C::Db::COMPUTED_ROWS
        }
    }

    /// Some rows, a part of them for each statement that computes the field.
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

    /// What is known of the field's values.
    pub(super) fn kind<C: Wire>(self, session: &Session<'_, C>) -> Kind {
        (session.registration(self.model).meta.columns[self.meta.field()].kind)()
    }

    /// What is known of the values that it follows from, where it follows from those of other rows.
    fn source_kind<C: Wire>(self, session: &Session<'_, C>) -> Option<Kind> {
        let end = self.meta.chain().last()?;
        let source = session.catalog.graph.index_of((end.model)())?;
        let meta = session.registration(source).meta;
        Some((meta.columns[self.meta.value?].kind)())
    }

    /// Whether the field's column stores what the database computes for it.
    pub(super) fn is_exact<C: Wire>(self, session: &Session<'_, C>) -> bool {
        self.source_kind(session).is_none_or(Kind::is_exact) && self.kind(session).is_exact()
    }

    /// The field's column, as it is set to what the database computes. It has bounds where that may lie outside of them.
    pub(super) fn set<C: Wire>(self, session: &Session<'_, C>) -> Set {
        let (mut kind, source) = (self.kind(session), self.source_kind(session));
        let adds_whole = source.is_some_and(|source| source.content == Content::Whole);
        let is_within = match self.meta.rule {
            Rule::Exists => true,
            // The database refuses a sum of whole numbers that is beyond all of them.
            Rule::Count => kind.bounds == Bounds::BigInt,
            Rule::Sum => kind.bounds == Bounds::BigInt && adds_whole,
            Rule::Min | Rule::Max | Rule::Copy => {
                source.is_some_and(|source| source.bounds == kind.bounds)
            }
            Rule::Expression => false,
        };
        if is_within {
            kind.bounds = Bounds::None;
        }
        Set {
            column: self.name(session),
            kind,
            is_whole: self.meta.rule != Rule::Sum || adds_whole,
        }
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

/// Adds the condition that a row is one of those whose field is computed.
pub(super) fn among<'q, C: Wire>(
    statement: &mut Statement<'q, C::Db>,
    columns: &[&'static str],
    keys: &'q dyn Rows<C::Db>,
) {
    if C::Db::READS_LOCK {
        C::Db::among(statement, columns, keys);
    } else {
        C::Db::within(statement, columns, keys);
    }
}

/// Adds the value of a row of the model's table.
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
    let end = chain.len() + 1;
    let column = |column: Option<usize>| {
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

/// Adds that the first value counts, sorted by the foreign key, which is one and the same ([`BETWEEN`]), and then by the
/// values.
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

/// Adds the condition that a row belongs to the one before it in the chain; the first belongs to the model's own.
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
