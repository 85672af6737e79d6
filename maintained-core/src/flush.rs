//! The flush: working off the pending marks until nothing is stale.
//!
//! The plan says what to do next, typed code does it, and tells the plan what came of it. All that is asynchronous
//! in a twin of this driver is what goes through [`Session`].

use std::time::Instant;

use hashbrown::HashSet;

use crate::arena::Id;
use crate::backend::{Database, Lock};
use crate::batch::{Computed, Due};
use crate::change::Numbers;
use crate::columns::ColumnSet;
use crate::declared;
use crate::error::Error;
use crate::graph::{ModelIndex, Unit};
use crate::pending::Pending;
use crate::plan::{Changed, Circular, Job, Plan};
use crate::report::FlushReport;
use crate::session::{Found, Session};
use crate::update::{self, Chosen, Stores};
use crate::wake::{Before, Woken, wake_readers};
use crate::walk;

/// How many rows a batch may have.
const BATCH: usize = 4_096;
/// How many rows the first batch of a unit has that reads children, of which a row may have many.
const FIRST_BATCH: usize = 256;
/// How many rows, inputs included, a batch should read.
const INPUTS: usize = 65_536;

/// Works off all marks, or those on which the fields of one model depend.
pub(crate) fn flush<C: Database>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    target: Option<ModelIndex>,
) -> Result<FlushReport, Error> {
    let span = tracing::debug_span!(
        "flush",
        statements = tracing::field::Empty,
        changed = tracing::field::Empty
    );
    let _entered = span.enter();
    let begin = Instant::now();
    let catalog = session.catalog;
    let mut plan = Plan::new(&catalog.graph, target);
    loop {
        match plan
            .next(pending)
            .map_err(|circular| describe_loop(session, &circular))?
        {
            Job::Walk {
                model,
                step,
                mut ids,
                unlocked,
            } => {
                session.arenas.get(model).sort(&mut ids);
                if unlocked {
                    walk::lock(session, step, model, &ids)?;
                }
                let pairs = walk::step(session, step, &ids)?;
                plan.reached(pending, &pairs);
            }
            Job::Compute { unit, mut ids } => {
                let unit = &catalog.graph.units[unit];
                session.arenas.get(unit.model).sort(&mut ids);
                let changed = if unit.is_declared {
                    declared::run(session, pending, unit, &ids)?
                } else {
                    run(session, pending, unit, &ids)?
                };
                plan.computed(pending, &changed);
            }
            Job::Done => break,
        }
    }
    let report = session.work.take_report(&catalog.graph, begin.elapsed());
    span.record("statements", report.statements)
        .record("changed", report.changed());
    Ok(report)
}

fn describe_loop<C: Database>(session: &Session<'_, C>, circular: &Circular) -> Error {
    Error::Loop {
        model: session.catalog.graph.models[circular.model].meta.name,
        keys: circular
            .ids
            .iter()
            .map(|&id| session.describe(circular.model, id))
            .collect(),
    }
}

/// Runs a unit for some rows, in batches; the rows that changed are told where they are in a tree.
fn run<C: Database>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    ids: &[Id],
) -> Result<Vec<Changed>, Error> {
    let setters = &session.catalog.graph.models[unit.model].setters;
    let mut size = if unit.reads_children(setters) {
        FIRST_BATCH
    } else {
        BATCH
    };
    let mut changed = Vec::new();
    let mut held = Held {
        rows: Vec::new(),
        columns: ColumnSet::NONE,
    };
    if C::LOCKS && ids.len() > size {
        session.lock(unit.model, ids, Lock::NoKeyUpdate)?;
    }
    let mut rest = ids;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(rest.len().min(size));
        rest = after;
        let read = session.work.rows();
        run_batch(session, pending, unit, batch, &mut held, &mut changed)?;
        size = next_size(batch.len(), session.work.rows() - read);
    }
    update::maintained(session, unit.model, &held.rows, held.columns)?;
    Ok(changed)
}

/// How many rows the next batch should have, when the last has read so many rows in all.
fn next_size(rows: usize, read: usize) -> usize {
    (INPUTS * rows / read.max(1)).clamp(1, BATCH)
}

/// Changed rows that wait until all rows of their unit are computed, so that unique values can be swapped.
struct Held<C: Database> {
    rows: Vec<Chosen<C>>,
    columns: ColumnSet,
}

fn run_batch<C: Database>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    ids: &[Id],
    held: &mut Held<C>,
    changed: &mut Vec<Changed>,
) -> Result<(), Error> {
    let node = &session.catalog.graph.models[unit.model];
    let Some(compute) = session.registration(unit.model).compute else {
        return Ok(());
    };
    let span = tracing::trace_span!(
        "batch",
        model = node.meta.name,
        marked = ids.len(),
        changed = tracing::field::Empty
    );
    let _entered = span.enter();
    let found = targets(session, unit, ids, pending)?;
    let due = Due::take(session, pending, unit, &found.ids, false);
    let before = Before::of(session, pending, unit, &*found.rows);
    let Computed {
        ids,
        rows,
        due,
        changed: mut columns,
    } = compute(session, unit, found.ids, found.rows, due)?;

    let all = columns
        .iter()
        .fold(ColumnSet::NONE, |all, &columns| all | columns);
    let written: Vec<usize> = (0..ids.len())
        .filter(|&at| !columns[at].is_empty())
        .collect();
    span.record("changed", written.len());
    let has_unique = all.iter().any(|column| node.meta.columns[column].unique);
    let mut chosen = Chosen {
        set: rows,
        rows: written,
    };
    if !has_unique && !chosen.rows.is_empty() {
        let stores = Stores::before(session, unit.model, &ids, &columns)?;
        update::maintained(session, unit.model, std::slice::from_ref(&chosen), all)?;
        stores.after(session, &ids, &mut columns)?;
    }
    for &at in &chosen.rows {
        for choice in &due.choices {
            let by_choice = columns[at] & fields_of(&node.setters, choice.due[at]);
            if by_choice.is_empty() {
                continue;
            }
            let set = &chosen.set;
            let numbers = |column| before.numbers(column, at, set.integer(at, column));
            let woken = Woken {
                id: ids[at],
                columns: by_choice,
                numbers: Some(Numbers {
                    were: true,
                    are: true,
                    known: ColumnSet::ALL,
                    of: &numbers,
                }),
            };
            wake_readers(
                session,
                pending,
                unit,
                choice.choice,
                &woken,
                |relation, parents| {
                    before.sides(relation, at, set.parent_id(at, relation, parents))
                },
            );
            if unit.tree.is_some() {
                changed.push(woken.changed(choice.choice));
            }
        }
    }
    if has_unique {
        held.columns |= all;
        chosen.rows.shrink_to_fit();
        held.rows.push(chosen);
    }
    Ok(())
}

/// Locks and reads the rows of a batch. The marks of rows that are gone are taken off.
fn targets<C: Database>(
    session: &mut Session<'_, C>,
    unit: &'static Unit,
    ids: &[Id],
    pending: &mut Pending,
) -> Result<Found<C>, Error> {
    let found = session.rows(unit.model, ids, Lock::NoKeyUpdate)?;
    let is_text = session.arenas.get(unit.model).may_be_spelled_otherwise();
    if found.ids.len() == ids.len() && !is_text {
        return Ok(found);
    }
    let wanted: HashSet<Id> = ids.iter().copied().collect();
    let there: HashSet<Id> = found.ids.iter().copied().collect();
    if there != wanted {
        let gone: Vec<Id> = ids
            .iter()
            .copied()
            .filter(|id| !there.contains(id))
            .collect();
        let due = Due::take(session, pending, unit, &gone, false);
        if is_text && !session.rows(unit.model, &gone, Lock::None)?.ids.is_empty() {
            // Whatever was due for a key is due for the row that spells it otherwise.
            for (at, &id) in gone.iter().enumerate() {
                if let Some(row) = session.spelled(unit.model, id)? {
                    hand_over(session, pending, unit, &due, at, row);
                }
            }
        }
    }
    Ok(found)
}

/// Marks a row with what was due for another key.
fn hand_over(
    session: &Session<'_, impl Database>,
    pending: &mut Pending,
    unit: &'static Unit,
    due: &Due,
    at: usize,
    row: Id,
) {
    let graph = &session.catalog.graph;
    for choice in &due.choices {
        for slot in graph.due_slots(graph.position(unit)) {
            let (_, setter) = graph.models[unit.model].slots[slot].target;
            if choice.due[at] >> setter & 1 == 1 {
                pending.mark(choice.choice, unit.model, row, slot);
            }
        }
    }
}

/// The columns that the setters of a mask keep.
fn fields_of(setters: &[crate::setter::SetterMeta], mask: u64) -> ColumnSet {
    let kept = setters
        .iter()
        .enumerate()
        .filter(|(at, _)| mask >> at & 1 == 1);
    kept.fold(ColumnSet::NONE, |fields, (_, setter)| {
        fields | setter.fields
    })
}
