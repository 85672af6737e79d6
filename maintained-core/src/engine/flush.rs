//! The flush: working off the pending marks until nothing is stale.
//!
//! The plan says what to do next, typed code does it, and tells the plan what came of it. Only what
//! goes through [`Session`] is awaited.

use std::time::Instant;

use tracing::Instrument;
use typed_index_collections::TiSlice;

use crate::batch::{Due, Run};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::positions::ColumnIndex;
use crate::declare::setter::SetterMeta;
use crate::declare::setter_set::SetterSet;
use crate::engine::compute::{self, Computed};
use crate::engine::declared::{self, Joined, Known};
use crate::engine::targets::targets;
use crate::engine::update::{self, AsStored, Chosen, Stores};
use crate::engine::wake::{Before, Woken, wake_readers};
use crate::engine::walk;
use crate::error::Error;
use crate::graph::{ModelIndex, SetterIndex, SlotIndex, Unit};
use crate::marks::change::Numbers;
use crate::marks::pending::Pending;
use crate::plan::{Changed, Circular, Job, Plan};
use crate::report::FlushReport;
use crate::session::Session;
use crate::sql::Dialect;
use crate::wire::Wire;

/// How many rows a batch may have.
const BATCH: usize = 4_096;
/// How many rows the first batch of a unit has that reads children, of which a row may have many.
const FIRST_BATCH: usize = 256;
/// How many rows, inputs included, a batch should read.
const INPUTS: usize = 65_536;

/// Works off all marks, or those on which the fields of one model depend.
pub(crate) async fn flush<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    target: Option<ModelIndex>,
) -> Result<FlushReport, Error> {
    let span = tracing::debug_span!(
        "flush",
        statements = tracing::field::Empty,
        changed = tracing::field::Empty
    );
    let begin = Instant::now();
    let done = work_off(session, pending, target).instrument(span.clone());
    done.await?;
    let (graph, time) = (&session.catalog.graph, begin.elapsed());
    let report = session.work.take_report(graph, session.arenas, time);
    span.record("statements", report.statements)
        .record("changed", report.changed());
    Ok(report)
}

async fn work_off<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    target: Option<ModelIndex>,
) -> Result<(), Error> {
    let catalog = session.catalog;
    // A short way works off all marks, not only those of one model.
    if target.is_none() && declared::by_short_ways(session, pending).await? {
        return Ok(());
    }
    let mut plan = Plan::new(&catalog.graph, target);
    if let Some(aside) = &session.aside {
        plan.set_aside(aside.rows.clone());
    }
    loop {
        match plan
            .next(pending)
            .map_err(|circular| loop_error(session, &circular))?
        {
            Job::Walk {
                model,
                step,
                mut ids,
                unlocked,
            } => {
                // Lists of keys go out sorted, so that all lock the rows of a model in one order.
                session.arenas.get(model).sort(&mut ids);
                if unlocked {
                    walk::lock(session, step, model, &ids).await?;
                }
                let pairs = walk::step(session, step, &ids).await?;
                plan.reached(pending, &pairs);
            }
            Job::Compute { unit, mut ids } => {
                let unit = &catalog.graph.units[unit];
                session.arenas.get(unit.model).sort(&mut ids);
                let changed = compute(session, pending, unit, &ids).await?;
                plan.computed(pending, &changed);
            }
            Job::Done => break,
        }
    }
    if let Some(aside) = &mut session.aside {
        aside.marks = plan.left();
    }
    Ok(())
}

/// Computes a unit for some rows: by its functions, along with the declared fields that join them.
/// Where no function is due, the database computes the declared fields alone.
async fn compute<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    ids: &[Id],
) -> Result<Vec<Changed>, Error> {
    let graph = &session.catalog.graph;
    let slots = &graph.models[unit.model].slots;
    let mut due = graph.due_slots(unit.at).into_iter();
    let declared = if unit.is_declared {
        &unit.order
    } else {
        &unit.joined
    };
    let is_function = |&slot: &SlotIndex| !declared.contains(&slots[slot].target.1);
    if due.any(|slot| is_function(&slot) && pending.any(unit.model, slot)) {
        return run(session, pending, unit, ids).await;
    }
    let mut changed = Vec::new();
    for &setter in declared {
        changed.extend(declared::run(session, pending, unit, setter, ids).await?);
    }
    Ok(changed)
}

/// Runs a unit for some rows, in batches. Says which rows have changed, where the unit is a tree.
async fn run<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    ids: &[Id],
) -> Result<Vec<Changed>, Error> {
    let setters = &session.catalog.graph.models[unit.model].setters;
    let mut size = first_size(unit, setters);
    let mut changed = Vec::new();
    let mut held = Vec::new();
    if C::Db::LOCKS && ids.len() > size {
        session.lock(unit.model, ids, Lock::NoKeyUpdate).await?;
    }
    let mut rest = ids;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(rest.len().min(size));
        rest = after;
        let read = session.work.rows();
        let Some(ran) = run_batch(session, pending, unit, batch).await? else {
            // Never: functions are registered together with what runs them.
            break;
        };
        size = next_size(batch.len(), session.work.rows() - read);
        if ran.has_unique(session, unit) {
            held.push(ran);
        } else {
            changed.extend(write(session, pending, unit, vec![ran]).await?);
        }
    }
    changed.extend(write(session, pending, unit, held).await?);
    Ok(changed)
}

/// How many rows the first batch of a unit should have.
pub(crate) fn first_size(unit: &Unit, setters: &TiSlice<SetterIndex, SetterMeta>) -> usize {
    if unit.reads_children(setters) {
        FIRST_BATCH
    } else {
        BATCH
    }
}

/// How many rows the next batch should have, when the last has read so many rows in all.
pub(crate) fn next_size(rows: usize, read: usize) -> usize {
    (INPUTS * rows / read.max(1)).clamp(1, BATCH)
}

/// A batch that is computed, and not yet written.
struct Ran<C: Wire> {
    ids: Vec<Id>,
    due: Due,
    before: Before,
    /// The columns of each row that were computed otherwise than they are.
    columns: Vec<ColumnSet>,
    chosen: Chosen<C::Db>,
    /// The declared fields that were computed along.
    joined: Vec<Joined>,
    stores: Stores<C>,
}

impl<C: Wire> Ran<C> {
    /// The columns that are to change in any row.
    fn all(&self) -> ColumnSet {
        let all = self.columns.iter();
        all.fold(ColumnSet::NONE, |all, &columns| all | columns)
    }

    /// Whether it waits until all rows of its unit, or of a tree's level, are computed, so that
    /// unique values can be swapped.
    fn has_unique(&self, session: &Session<'_, C>, unit: &Unit) -> bool {
        let meta = session.registration(unit.model).meta;
        self.all().iter().any(|column| meta.columns[column].unique)
    }

    /// The number that a declared field gets, where it is due.
    fn joined(&self, column: ColumnIndex, at: usize) -> Option<i64> {
        let mut joined = self.joined.iter();
        joined.find(|joined| joined.column == column)?.values[at]
    }
}

/// Computes some rows; `None` for a model without setters.
async fn run_batch<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    ids: &[Id],
) -> Result<Option<Ran<C>>, Error> {
    let Some(run) = &session.registration(unit.model).run else {
        return Ok(None);
    };
    let model = session.registration(unit.model).meta.name;
    let marked = ids.len();
    let span = tracing::trace_span!("batch", model, marked, changed = tracing::field::Empty);
    let ran = run_rows(session, pending, (unit, run), ids).instrument(span.clone());
    let ran = ran.await?;
    span.record("changed", ran.chosen.rows.len());
    Ok(Some(ran))
}

async fn run_rows<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    (unit, run): (&'static Unit, &'static Run<C::Db>),
    ids: &[Id],
) -> Result<Ran<C>, Error> {
    let known = Known::take(session, pending, unit, ids);
    let found = targets(session, unit, ids, pending).await?;
    let mut due = Due::take(
        &session.catalog.graph,
        pending,
        (unit, SetterSet::ALL),
        &found.ids,
        false,
    );
    // The functions put their values into the rows, so what these were is kept first.
    let before = Before::of(session, pending, unit, &*found.rows);
    let joined = match known {
        Some(known) => known.values(session, unit, &found, &mut due).await?,
        None => Vec::new(),
    };
    let Computed {
        ids,
        rows,
        due,
        changed: mut columns,
    } = compute::batch(session, run, unit, found, due).await?;
    for Joined { column, values } in &joined {
        for (at, value) in values.iter().enumerate() {
            if value.is_some() && *value != rows.integer(at, *column) {
                columns[at] = columns[at].with(*column);
            }
        }
    }
    let written: Vec<usize> = (0..ids.len())
        .filter(|&at| !columns[at].is_empty())
        .collect();
    let numbers = joined.iter().map(|Joined { column, values }| {
        // The number of a row whose field is not due is written as it is. It is never null.
        let value = |&at: &usize| values[at].or_else(|| rows.integer(at, *column));
        let values = written.iter().map(|at| value(at).unwrap_or_default());
        (*column, values.collect())
    });
    let numbers = numbers.collect();
    let stores = Stores::before(session, unit.model, &ids, &columns).await?;
    Ok(Ran {
        ids,
        due,
        before,
        columns,
        chosen: Chosen {
            set: rows,
            rows: written,
            numbers,
        },
        joined,
        stores,
    })
}

/// Writes batches of a unit, and wakes the readers of what has changed.
async fn write<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    mut batches: Vec<Ran<C>>,
) -> Result<Vec<Changed>, Error> {
    // A statement sets the same columns of all its rows: what has not changed is written as it is.
    let all = batches
        .iter()
        .fold(ColumnSet::NONE, |all, ran| all | ran.all());
    let chosen = batches.iter().map(|ran| &ran.chosen);
    update::maintained(session, unit.model, chosen, all).await?;
    let mut changed = Vec::new();
    for ran in &mut batches {
        let stored = ran
            .stores
            .after(session, &ran.ids, &mut ran.columns)
            .await?;
        let differing = ran.columns.iter().filter(|columns| !columns.is_empty());
        session.work.changed(unit.model, differing.count());
        if session.work.notes_rows() {
            let rows = ran.ids.iter().zip(&ran.columns);
            let differing = rows.filter(|(_, columns)| !columns.is_empty());
            session
                .work
                .note_rows(unit.model, differing.map(|(id, _)| *id));
        }
        changed.extend(wake(session, pending, unit, ran, stored.as_ref()));
    }
    Ok(changed)
}

/// Wakes the readers of a batch's rows, for each choice of labels by what it has changed.
fn wake<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    ran: &Ran<C>,
    stored: Option<&AsStored<C::Db>>,
) -> Vec<Changed> {
    let node = &session.catalog.graph.models[unit.model];
    let before = &ran.before;
    let mut changed = Vec::new();
    for &at in &ran.chosen.rows {
        let image = stored.and_then(|stored| stored.row(ran.ids[at]));
        let (set, place) = image.unwrap_or((&*ran.chosen.set, at));
        for choice in &ran.due.choices {
            let by_choice = ran.columns[at] & node.fields_of(choice.due[at]);
            if by_choice.is_empty() {
                continue;
            }
            let numbers = |column| {
                let now = ran.joined(column, at);
                before.numbers(column, at, now.or_else(|| set.integer(place, column)))
            };
            let woken = Woken {
                id: ran.ids[at],
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
                    before.sides(relation, at, set.parent_id(place, relation, parents))
                },
            );
            if unit.tree.is_some() {
                changed.push(woken.changed(choice.choice));
            }
        }
    }
    changed
}

/// The error for rows of a tree that are in a loop.
fn loop_error<C: Wire>(session: &mut Session<'_, C>, circular: &Circular) -> Error {
    for &id in &circular.ids {
        session.note_unable(circular.unit, id);
    }
    Error::Loop {
        model: session.catalog.graph.models[circular.model].meta.name,
        keys: circular
            .ids
            .iter()
            .map(|&id| session.describe(circular.model, id))
            .collect(),
    }
}
