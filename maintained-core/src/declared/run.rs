//! Working off the marks for a declared field.

use std::collections::HashMap;

use super::adjust::{self, Adjusted};
use super::recompute::{self, Images, Rewritten};
use super::statement::Declared;
use crate::arena::Id;
use crate::backend::Database;
use crate::batch::Due;
use crate::change::Numbers;
use crate::error::Error;
use crate::flush::{Woken, take_due, wake_readers};
use crate::graph::Unit;
use crate::pending::{Adjustment, Pending};
use crate::plan::Changed;
use crate::session::Session;

/// How many rows a statement computes.
const BATCH: usize = 4_096;

/// Brings a declared field of some rows up to date: by the difference where one is known, anew otherwise.
pub(crate) fn run<C: Database>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    ids: &[Id],
) -> Result<Vec<Changed>, Error> {
    let node = &session.catalog.graph.models[unit.model];
    let functions = node.setters.len() - node.declared.len();
    let at = unit.order[0] - functions;
    let field = Declared {
        model: unit.model,
        at,
        meta: &node.declared[at],
    };
    let due = Dues::take(session, pending, unit, ids);
    let (mut anew, adjustments) = due.split(pending, unit);
    for _ in 0..anew.len() + adjustments.len() {
        session.work.computed(unit.model);
    }
    let mut changed = Vec::new();
    for adjustments in adjustments.chunks(BATCH) {
        let adjusted = adjust::batch(session, field, adjustments)?;
        anew.extend(&adjusted.anew);
        wake_adjusted(session, pending, unit, field, &due, &adjusted, &mut changed);
    }
    session.arenas.get(unit.model).sort(&mut anew);
    let images = images(session, pending, unit, field);
    let is_unique = node.meta.columns[field.meta.field()].unique;
    if is_unique && !anew.is_empty() {
        let rewritten = recompute::unique(session, field, &anew, images, BATCH)?;
        wake_rewritten(session, pending, unit, field, &due, rewritten, &mut changed);
        return Ok(changed);
    }
    for ids in anew.chunks(BATCH) {
        let rewritten = recompute::batch(session, field, ids, images)?;
        wake_rewritten(session, pending, unit, field, &due, rewritten, &mut changed);
    }
    Ok(changed)
}

/// Which images of changed rows are needed to wake the field's readers.
fn images<C: Database>(
    session: &Session<'_, C>,
    pending: &mut Pending,
    unit: &Unit,
    field: Declared,
) -> Images {
    let graph = &session.catalog.graph;
    let node = &graph.models[unit.model];
    let (column, position) = (field.meta.field(), graph.position(unit));
    let mut readers = node
        .wakes
        .iter()
        .filter(|wake| wake.columns.contains(column) && wake.within != Some(position));
    let moves = node
        .meta
        .relations
        .iter()
        .any(|relation| relation.column == column);
    let counts =
        pending.differences().is_some() && readers.clone().any(|wake| wake.difference.is_some());
    if moves || counts {
        Images::Both
    } else if readers.next().is_some() || unit.tree.is_some() {
        Images::After
    } else {
        Images::None
    }
}

/// By which choices of labels the field is due for which row.
struct Dues {
    ids: Vec<Id>,
    places: HashMap<Id, usize>,
    anew: Due,
    by_difference: Due,
}

impl Dues {
    fn take<C: Database>(
        session: &Session<'_, C>,
        pending: &mut Pending,
        unit: &Unit,
        ids: &[Id],
    ) -> Self {
        Self {
            places: ids.iter().copied().zip(0..).collect(),
            by_difference: take_due(session, pending, unit, ids, true),
            anew: take_due(session, pending, unit, ids, false),
            ids: ids.to_vec(),
        }
    }

    /// The rows whose field is computed anew, and those for which a difference is known, each in the order of the keys.
    fn split(&self, pending: &mut Pending, unit: &Unit) -> (Vec<Id>, Vec<(Id, Adjustment)>) {
        let (mut anew, mut adjustments) = (Vec::new(), Vec::new());
        for (at, &id) in self.ids.iter().enumerate() {
            let known = pending
                .differences()
                .and_then(|known| known.remove(&(unit.model, id, unit.order[0])));
            match known {
                _ if self.anew.any[at] != 0 => anew.push(id),
                Some(adjustment) => adjustments.push((id, adjustment)),
                None if self.by_difference.any[at] != 0 => anew.push(id),
                None => {}
            }
        }
        (anew, adjustments)
    }

    /// The choices by which a row was due; all, where the database spells its key otherwise than it was asked for.
    fn choices(&self, id: Id) -> Vec<usize> {
        let place = self.places.get(&id);
        let is_due = |due: &Due, choice: usize| match place {
            Some(&at) => due.choices[choice].due[at] != 0,
            None => due.choices[choice].due.iter().any(|&due| due != 0),
        };
        let layers = self.anew.choices.iter().enumerate();
        layers
            .filter(|&(at, _)| is_due(&self.anew, at) || is_due(&self.by_difference, at))
            .map(|(_, choice)| choice.choice)
            .collect()
    }
}

fn wake_adjusted<C: Database>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    field: Declared,
    due: &Dues,
    adjusted: &Adjusted<C>,
    changed: &mut Vec<Changed>,
) {
    let rows = &adjusted.found.rows;
    for (at, &id) in adjusted.found.ids.iter().enumerate() {
        let [was, is] = adjusted.numbers[at];
        if was == is {
            continue;
        }
        let numbers = |column| {
            if column == field.meta.field() {
                [was, is]
            } else {
                [rows.integer(at, column); 2]
            }
        };
        let woken = Woken {
            id,
            columns: field.meta.setter.fields,
            numbers: Some(Numbers {
                were: true,
                are: true,
                of: &numbers,
            }),
        };
        for choice in due.choices(id) {
            wake_readers(
                session,
                pending,
                unit,
                choice,
                &woken,
                |relation, parents| [rows.parent_id(at, relation, parents); 2],
            );
            changed.push(woken.changed(choice));
        }
    }
}

fn wake_rewritten<C: Database>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    field: Declared,
    due: &Dues,
    rewritten: Option<Rewritten<C>>,
    changed: &mut Vec<Changed>,
) {
    let Some(Rewritten { after, before }) = rewritten else {
        return;
    };
    for (at, &id) in after.ids.iter().enumerate() {
        let before = before
            .as_ref()
            .and_then(|(found, places)| Some((&found.rows, *places.get(&id)?)));
        let numbers = |column| {
            let was = before.and_then(|(rows, at)| rows.integer(at, column));
            [was, after.rows.integer(at, column)]
        };
        let woken = Woken {
            id,
            columns: field.meta.setter.fields,
            numbers: before.map(|_| Numbers {
                were: true,
                are: true,
                of: &numbers,
            }),
        };
        for choice in due.choices(id) {
            wake_readers(
                session,
                pending,
                unit,
                choice,
                &woken,
                |relation, parents| {
                    let was = before.and_then(|(rows, at)| rows.parent_id(at, relation, parents));
                    [was, after.rows.parent_id(at, relation, parents)]
                },
            );
            changed.push(woken.changed(choice));
        }
    }
}
