//! Working off differences by additions alone, level after level, with nobody reading in between.
//!
//! Where the database writes within a query, all levels are one statement. It reads as of its
//! beginning: a row that is named only since then, by one that it has waited for, it does not find.
//! So it tells how many rows were named and how many were changed, and what it has missed is added
//! by a statement more.

use std::time::Instant;

use super::adjust::{Growth, grow};
use super::field::Declared;
use crate::declare::arena::Id;
use crate::declare::model::Bounds;
use crate::engine::held;
use crate::error::Error;
use crate::graph::{Adding, Graph, ModelIndex};
use crate::marks::pending::{Adjustment, Pending};
use crate::session::Session;
use crate::sql::Dialect;
use crate::sql::statement::{Rows, Statement};
use crate::wire::Wire;

/// More rows than this are no short way.
const MOST: usize = 8;

/// A row that is written once, with all that is added to its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    model: ModelIndex,
    way: Way,
    fields: Vec<(Adding, i64)>,
}

/// How a row is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Key(Id),
    /// By the relation by which another of the rows names it.
    Named {
        below: usize,
        relation: usize,
    },
}

/// Works off all marks, where they are differences that reach their fields by short ways; says
/// whether they were.
pub(crate) async fn run<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
) -> Result<bool, Error> {
    // Whoever asks for the rows that change wants keys that are not read on the way.
    if session.work.notes_rows() {
        return Ok(false);
    }
    let graph = &session.catalog.graph;
    let Some(rows) = rows(graph, pending) else {
        return Ok(false);
    };
    if rows.iter().any(|row| session.key_name(row.model).is_none()) {
        return Ok(false);
    }
    take(graph, pending);
    let begin = Instant::now();
    let bound = Bound::of(session, &rows);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    // As a flush of unit after unit would come to them: that is also the order of locks.
    order.sort_by_key(|&at| rows[at].fields.iter().map(|(field, _)| field.unit).min());
    if C::Db::WRITES_IN_QUERIES && rows.len() > 1 {
        order = together(session, &rows, &bound, &order).await?;
    }
    for at in order {
        let mut statement = Statement::new("");
        add(session, &mut statement, &rows, at, &bound);
        statement.text(" WHERE ");
        found(session, &mut statement, &rows, at, &bound);
        let count = session.execute(statement).await;
        let count = count.map_err(|source| failed(session, &rows[at..=at], source))?;
        session.work.changed(rows[at].model, count);
    }
    let time = begin.elapsed();
    for (Adding { model, setter, .. }, _) in rows.iter().flat_map(|row| &row.fields) {
        session.work.computed((*model, *setter), 1, time);
    }
    Ok(true)
}

/// The rows that all marks lead to; none, where some mark is no difference, or leads further than a
/// short way does.
fn rows(graph: &Graph, pending: &mut Pending) -> Option<Vec<Row>> {
    let differences = pending.only_differences(MOST)?;
    let mut rows: Vec<Row> = Vec::new();
    for ((model, id, setter), adjustment) in differences {
        let Adjustment::By(by) = adjustment else {
            return None;
        };
        let way = graph.short_way(model, setter)?;
        if by == 0 {
            continue;
        }
        let mut places = Vec::with_capacity(way.fields.len());
        for &field in &way.fields {
            let way = match field.below {
                None => Way::Key(id),
                Some((below, relation)) => Way::Named {
                    below: places[below],
                    relation,
                },
            };
            let known = rows.iter().position(|row| row.model == field.model);
            let at = match known {
                Some(at) if rows[at].way == way => at,
                // It may be the same row, and no statement writes that twice.
                Some(_) => return None,
                None => {
                    rows.push(Row {
                        model: field.model,
                        way,
                        fields: Vec::new(),
                    });
                    rows.len() - 1
                }
            };
            rows[at].fields.push((field, by));
            places.push(at);
        }
    }
    Some(rows)
}

/// Takes the marks off.
fn take(graph: &Graph, pending: &mut Pending) {
    let differences = pending.differences().map(std::mem::take);
    for (model, id, setter) in differences.into_iter().flatten().map(|(known, _)| known) {
        if let Some(way) = graph.short_way(model, setter) {
            for layer in pending.layers() {
                pending.take(layer, model, id, way.slot);
            }
        }
    }
}

/// What the statements bind.
struct Bound<'r, C: Wire> {
    /// Of each row that is found by its key.
    keys: Vec<Option<Box<dyn Rows<C::Db> + 'r>>>,
    /// Of each field of each row.
    growths: Vec<Vec<Growth<C>>>,
}

impl<C: Wire> Bound<'static, C> {
    fn of(session: &Session<'_, C>, rows: &[Row]) -> Self {
        let key = |row: &Row| match row.way {
            Way::Key(id) => {
                let registration = session.registration(row.model);
                Some((registration.key_rows)(
                    session.arenas.get(row.model),
                    &[id],
                ))
            }
            Way::Named { .. } => None,
        };
        let growths = |row: &Row| {
            let fields = row.fields.iter();
            let growth = |&(field, by): &(Adding, i64)| {
                Growth::of(
                    session,
                    Declared::of(session, field.model, field.setter),
                    by,
                )
            };
            fields.map(growth).collect()
        };
        Self {
            keys: rows.iter().map(key).collect(),
            growths: rows.iter().map(growths).collect(),
        }
    }
}

/// Writes all rows by one statement, and says which of them it has missed.
async fn together<C: Wire>(
    session: &mut Session<'_, C>,
    rows: &[Row],
    bound: &Bound<'_, C>,
    order: &[usize],
) -> Result<Vec<usize>, Error> {
    let mut statement = Statement::new("WITH ");
    for (place, &at) in order.iter().enumerate() {
        statement.text(if place > 0 { ", " } else { "" });
        statement.numbered(at).text(" AS (");
        add(session, &mut statement, rows, at, bound);
        if let Way::Named { below, relation } = rows[at].way {
            statement.text(" FROM ").numbered(below).text(" WHERE ");
            statement.name(key_name(session, &rows[at])).text(" = ");
            statement.numbered(below).text(".").numbered(relation);
        } else {
            statement.text(" WHERE ");
            found(session, &mut statement, rows, at, bound);
        }
        statement.text(" RETURNING 1");
        for relation in named_by(rows, at) {
            let name = session
                .registration(rows[at].model)
                .foreign_key_name(relation);
            statement
                .text(", ")
                .name(name)
                .text(" AS ")
                .numbered(relation);
        }
        statement.text(")");
    }
    // They run in the order in which they are counted.
    for (place, &at) in order.iter().enumerate() {
        statement.text(if place > 0 { ", " } else { " SELECT " });
        statement
            .text("(SELECT count(*) FROM ")
            .numbered(at)
            .text("), ");
        match rows[at].way {
            Way::Key(_) => statement.text("CAST(0 AS BIGINT)"),
            Way::Named { below, relation } => statement
                .text("(SELECT count(")
                .numbered(relation)
                .text(") FROM ")
                .numbered(below)
                .text(")"),
        };
    }
    let mut counts = Vec::with_capacity(2 * order.len());
    let done = session
        .load_written(statement, &mut |row, _| {
            for at in 0..2 * order.len() {
                counts.push(C::Db::read_integer(row, at)?.unwrap_or_default());
            }
            Ok(())
        })
        .await;
    done.map_err(|source| failed(session, rows, source))?;
    let mut missed: Vec<usize> = Vec::new();
    for (&at, counts) in order.iter().zip(counts.chunks(2)) {
        let &[changed, named] = counts else { continue };
        let is_below_missed = match rows[at].way {
            Way::Named { below, .. } => missed.contains(&below),
            Way::Key(_) => false,
        };
        if changed < named || is_below_missed {
            missed.push(at);
        } else {
            let changed = usize::try_from(changed).unwrap_or_default();
            session.work.changed(rows[at].model, changed);
        }
    }
    Ok(missed)
}

/// The relations by which a row names others of the rows.
fn named_by(rows: &[Row], at: usize) -> Vec<usize> {
    let named = rows.iter().filter_map(|row| match row.way {
        Way::Named { below, relation } if below == at => Some(relation),
        _ => None,
    });
    named.collect()
}

/// Adds `UPDATE table SET ..`.
fn add<'q, C: Wire>(
    session: &Session<'_, C>,
    statement: &mut Statement<'q, C::Db>,
    rows: &[Row],
    at: usize,
    bound: &'q Bound<'_, C>,
) {
    let row = &rows[at];
    statement.text("UPDATE ");
    statement.made(session.registration(row.model).table);
    for (place, ((field, _), growth)) in row.fields.iter().zip(&bound.growths[at]).enumerate() {
        statement.text(if place > 0 { ", " } else { " SET " });
        let field = Declared::of(session, field.model, field.setter);
        grow(session, statement, field, growth);
    }
}

/// Adds the condition that finds a row.
fn found<'q, C: Wire>(
    session: &Session<'_, C>,
    statement: &mut Statement<'q, C::Db>,
    rows: &[Row],
    at: usize,
    bound: &'q Bound<'_, C>,
) {
    let key = key_name(session, &rows[at]);
    if let Some(keys) = &bound.keys[at] {
        C::Db::among(statement, &[key], &**keys);
    }
    if let Way::Named { below, relation } = rows[at].way {
        let registration = session.registration(rows[below].model);
        let foreign_key = registration.foreign_key_name(relation);
        statement.name(key).text(" = (SELECT ").name(foreign_key);
        statement.text(" FROM ").made(registration.table);
        statement.text(" WHERE ");
        found(session, statement, rows, below, bound);
        statement.text(")");
    }
}

/// The name of a row's key, which is one column: another row may name it.
fn key_name<C: Wire>(session: &Session<'_, C>, row: &Row) -> &'static str {
    session.key_name(row.model).unwrap_or_default()
}

/// The error of a statement that adds to fields of some rows. Where it is a number that does not
/// fit, the database does not say which: a field that holds less than the others, or else the last
/// one, which sums up the others.
fn failed<C: Wire>(session: &Session<'_, C>, rows: &[Row], source: diesel::result::Error) -> Error {
    let is_narrow = |row: &&Row| {
        row.fields.iter().any(|(field, _)| {
            let field = Declared::of(session, field.model, field.setter);
            field.kind(session).bounds != Bounds::BigInt
        })
    };
    let narrow = rows.iter().rev().find(is_narrow);
    let Some(row) = narrow.or(rows.last()) else {
        return Error::Database(source);
    };
    let meta = session.registration(row.model).meta;
    let name =
        |(field, _): &(Adding, i64)| Declared::of(session, field.model, field.setter).name(session);
    let names: Vec<&'static str> = row.fields.iter().map(name).collect();
    held::failed("writing", meta, &names, source)
}
