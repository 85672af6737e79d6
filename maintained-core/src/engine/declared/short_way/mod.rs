//! Working off differences by additions alone, level after level, with nobody reading in between.
//!
//! Most often all ways begin at one row of a model. Where a row has moved they begin at two (`moved`).
//!
//! Where the database writes within a query, all levels are one statement (`together`), and the
//! change that they follow from is part of it where it is one row's (`joint`). Otherwise each level
//! is an `UPDATE`, and where the server takes several statements as one, they are sent so, with the
//! insert that they follow from (`block`).

mod block;
mod joint;
mod levels;
mod marked;
mod moved;
mod row;
mod together;

use std::time::Instant;

use self::marked::Marked;
use super::field::Declared;
use crate::declare::arena::Id;
use crate::declare::model::Bounds;
use crate::engine::held;
use crate::error::Error;
use crate::graph::{Adding, Graph, Grown, MOST, ModelIndex, in_order};
use crate::marks::pending::{Adjustment, Pending};
use crate::session::Session;
use crate::sql::statement::Statement;
use crate::wire::Wire;

pub(crate) use self::block::{Block, Foreseen};
pub(crate) use self::joint::{Joint, additions, needs_transaction};
pub(crate) use self::row::Part;

/// Works off all marks, where they are differences that reach their fields by short ways; says
/// whether they were.
pub(crate) async fn run<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
) -> Result<bool, Error> {
    // Whoever asks for the rows that change wants keys that are not read on the way.
    if session.work.notes_rows() || !session.switches.short_ways {
        return Ok(false);
    }
    let graph = &session.catalog.graph;
    let Some(rows) = rows(graph, pending) else {
        let written = pending.take_written();
        let is_done = moved::run(session, pending, written.as_ref()).await?;
        // Any other way would add once more what the write has added.
        return match written {
            Some(_) if !is_done => Err(Error::other(
                "a write has added to sums, and not left their marks",
            )),
            _ => Ok(is_done),
        };
    };
    if rows.iter().any(|row| session.key_name(row.model).is_none()) {
        return Ok(false);
    }
    take(graph, pending);
    let begin = Instant::now();
    let marked = Marked::of(session, &rows);
    let order = in_order(&rows);
    let changed = match pending.take_written() {
        Some(written) => {
            let changed = |model| {
                let (_, wrote) = written.iter().find(|(known, _)| *known == model)?;
                wrote.missed.is_empty().then_some(wrote.changed)
            };
            rows.iter().map(|row| changed(row.model)).collect()
        }
        None if rows.len() > 1 && together::is_fit(session, models_of(&rows)).await? => {
            marked.write_together(session, &rows, &order).await?
        }
        None if rows.len() > 1 => match session.blocks().await? {
            Some(blocks) => block::write(session, &blocks, &marked, &rows, &order).await?,
            None => vec![None; rows.len()],
        },
        None => vec![None; rows.len()],
    };
    // What no other statement has written, or has missed, is written by one of its own.
    for at in order {
        let count = match changed[at] {
            Some(count) => count,
            None => marked.write(session, &rows, at).await?,
        };
        session.work.changed(rows[at].model, count);
    }
    note_computed(session, &rows, begin, |_| 1);
    Ok(true)
}

/// Tells how many rows of each field were computed, and how long that took: nobody tells how long
/// each has.
fn note_computed<C: Wire, S, A>(
    session: &mut Session<'_, C>,
    rows: &[Grown<S, A>],
    begin: Instant,
    count: impl Fn(&A) -> usize,
) {
    let fields = || rows.iter().flat_map(|row| &row.fields);
    let time = begin.elapsed() / u32::try_from(fields().count().max(1)).unwrap_or(u32::MAX);
    for (Adding { model, setter, .. }, amount) in fields() {
        session
            .work
            .computed((*model, *setter), count(amount), time);
    }
}

/// The rows that all marks lead to; none, where some mark is no difference, or leads further than a
/// short way does.
fn rows(graph: &Graph, pending: &Pending) -> Option<Vec<Grown<Id, i64>>> {
    let differences = pending.only_differences(MOST)?;
    let mut rows = Vec::new();
    for ((model, id, setter), adjustment) in differences {
        let Adjustment::By(by) = adjustment else {
            return None;
        };
        let way = graph.short_way(model, setter)?;
        // Where differences have cancelled each other out, only the marks are taken off.
        if by != 0 && !way.gather(&mut rows, id, by) {
            return None;
        }
    }
    Some(rows)
}

fn models_of<S: Sync, A: Sync>(rows: &[Grown<S, A>]) -> impl Iterator<Item = ModelIndex> + Send {
    rows.iter().map(|row| row.model)
}

/// Takes the differences and their marks off.
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

/// A query for how many there are of each row, given what adds the condition that finds it.
fn counting<'q, C: Wire, S, A>(
    session: &Session<'_, C>,
    rows: &[Grown<S, A>],
    found: impl Fn(&Session<'_, C>, &mut Statement<'q, C::Db>, usize),
) -> Statement<'q, C::Db> {
    let mut statement = Statement::new("SELECT ");
    for (at, row) in rows.iter().enumerate() {
        statement.text(if at > 0 { ", (" } else { "(" });
        statement.text("SELECT count(*) FROM ");
        statement.made(session.registration(row.model).table);
        statement.text(" WHERE ");
        found(session, &mut statement, at);
        statement.text(")");
    }
    statement
}

/// What such a query says of so many rows.
async fn counted<C: Wire>(
    session: &mut Session<'_, C>,
    counting: Statement<'_, C::Db>,
    rows: usize,
) -> Result<Vec<usize>, Error> {
    let mut numbers = Vec::with_capacity(rows);
    let read = session
        .load(counting, &mut |row, _| {
            together::read::<C::Db>(&mut numbers, row, 0..rows)
        })
        .await;
    read.map_err(Error::Database)?;
    let counts = numbers.into_iter().map(usize::try_from);
    Ok(counts.map(Result::unwrap_or_default).collect())
}

/// Whether the database's message has the name of a row's table, or of a field's column, in quotes
/// as `MariaDB` puts them.
fn names_row<C: Wire, S, A>(
    session: &Session<'_, C>,
    row: &Grown<S, A>,
    source: &diesel::result::Error,
) -> bool {
    let diesel::result::Error::DatabaseError(_, information) = source else {
        return false;
    };
    let (_, table) = session.catalog.tables.name(row.model);
    let columns = row.fields.iter().map(|(field, _)| {
        let name = Declared::of(session, field.model, field.setter).name(session);
        format!("'{name}'")
    });
    let mut names = columns.chain([format!("`{table}`")]);
    names.any(|name| information.message().contains(&name))
}

/// The error of a statement that adds to fields of some rows. Where a number does not fit, the
/// database does not say which. The error names the last row with a field that holds less than a
/// `BIGINT`, or else the last row, which sums up the others.
fn failed<C: Wire, S, A>(
    session: &Session<'_, C>,
    rows: &[Grown<S, A>],
    source: diesel::result::Error,
) -> Error {
    let is_narrow = |row: &&Grown<S, A>| {
        row.fields.iter().any(|(field, _)| {
            let field = Declared::of(session, field.model, field.setter);
            field.kind(session).bounds != Bounds::BigInt
        })
    };
    let narrow = rows.iter().rev().find(is_narrow);
    let is_told = |row: &&Grown<S, A>| names_row(session, row, &source);
    let told = rows.iter().find(is_told);
    let Some(row) = told.or(narrow).or(rows.last()) else {
        return Error::Database(source);
    };
    let meta = session.registration(row.model).meta;
    let name =
        |(field, _): &(Adding, A)| Declared::of(session, field.model, field.setter).name(session);
    let names: Vec<&'static str> = row.fields.iter().map(name).collect();
    held::failed("writing", meta, &names, source)
}
