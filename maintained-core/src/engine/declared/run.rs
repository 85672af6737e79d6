//! Working off the marks for a declared field.

use std::collections::BTreeSet;
use std::time::Instant;

use hashbrown::HashMap;

use super::adjust::{self, Adjusted};
use super::field::Declared;
use super::grouped;
use super::recompute::{self, Images, Named, Rewritten, Seen};
use crate::batch::Due;
use crate::declare::arena::{AnyArena, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::positions::{ColumnIndex, LayerIndex};
use crate::declare::setter_set::SetterSet;
use crate::engine::wake::{Woken, wake_readers};
use crate::error::Error;
use crate::graph::{ModelIndex, RelationIndex, SetterIndex, Unit, Wake};
use crate::marks::change::Numbers;
use crate::marks::pending::{Adjustment, Pending};
use crate::plan::Changed;
use crate::session::Session;
use crate::wire::Wire;

/// Brings a declared field of some rows up to date: by the difference where one is known, anew
/// otherwise.
pub(crate) async fn run<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    unit: &'static Unit,
    setter: SetterIndex,
    ids: &[Id],
) -> Result<Vec<Changed>, Error> {
    let node = &session.catalog.graph.models[unit.model];
    let field = Declared::of(session, unit.model, setter);
    let due = Dues::take(session, pending, (unit, SetterSet::of(setter)), ids);
    let (mut anew, adjustments) = due.split(pending, (unit.model, setter));
    let (begin, computed) = (Instant::now(), anew.len() + adjustments.len());
    let mut work = Work {
        session,
        pending,
        unit,
        field,
        due,
        changed: Vec::new(),
    };
    grouped::look(work.session, field, ids).await?;
    let size = field.rows_at_once(work.session);
    let relations = work.relations();
    let images = work.images(&relations);
    for adjustments in adjustments.chunks(size) {
        let adjusted = adjust::batch(work.session, field, adjustments, images).await?;
        if let Some(adjusted) = adjusted {
            anew.extend(&adjusted.anew);
            work.wake_adjusted(&adjusted);
        }
    }
    work.session.arenas.get(unit.model).sort(&mut anew);
    if node.meta.columns[field.meta.field()].unique && !anew.is_empty() {
        let rewritten = recompute::unique(work.session, field, &anew, images, size).await?;
        work.wake_rewritten(rewritten, &relations);
    } else {
        for ids in field.parts(work.session, &anew) {
            let rewritten = recompute::batch(work.session, field, ids, images).await?;
            work.wake_rewritten(rewritten, &relations);
        }
    }
    let time = begin.elapsed();
    work.session
        .work
        .computed((unit.model, setter), computed, time);
    Ok(work.changed)
}

/// Those of some rows whose declared field differs from what it should be.
pub(crate) async fn differing<C: Wire>(
    session: &mut Session<'_, C>,
    (model, setter): (ModelIndex, SetterIndex),
    ids: &[Id],
) -> Result<Vec<Id>, Error> {
    let field = Declared::of(session, model, setter);
    grouped::look(session, field, ids).await?;
    let mut all = Vec::new();
    for ids in field.parts(session, ids) {
        let keys = recompute::keys(session, field, ids);
        all.extend(recompute::differing(session, field, &*keys).await?);
    }
    Ok(all)
}

/// A declared field being brought up to date.
struct Work<'w, 'c, C: Wire> {
    session: &'w mut Session<'c, C>,
    pending: &'w mut Pending,
    unit: &'static Unit,
    field: Declared,
    due: Dues,
    changed: Vec<Changed>,
}

impl<C: Wire> Work<'_, '_, C> {
    /// The wakes of the field's readers, but for those that its unit sees to by itself.
    fn readers(&self) -> impl Iterator<Item = &'static Wake> + use<C> {
        let graph = &self.session.catalog.graph;
        let (column, position) = (self.field.meta.field(), self.unit.at);
        let wakes = graph.models[self.unit.model].wakes.iter();
        wakes.filter(move |wake| wake.columns.contains(column) && wake.within != Some(position))
    }

    /// The relations by which the field's readers are found.
    fn relations(&self) -> Vec<RelationIndex> {
        let relations: BTreeSet<RelationIndex> =
            self.readers().filter_map(|wake| wake.up).collect();
        relations.into_iter().collect()
    }

    /// What has to be known of changed rows to wake the field's readers, and to tell which rows
    /// have changed.
    fn images<'r>(&mut self, relations: &'r [RelationIndex]) -> Images<'r> {
        if !self.field.is_exact(self.session) {
            return Images::Both;
        }
        let node = &self.session.catalog.graph.models[self.unit.model];
        let column = self.field.meta.field();
        // The reader is found by what the row named before, or told by how much the number changed.
        let mut own = node.meta.relations.iter();
        let moves = own.any(|relation| relation.column == column);
        let counts = self.pending.differences().is_some()
            && self.readers().any(|wake| wake.difference.is_some());
        if moves || counts {
            Images::Both
        } else if self.readers().next().is_some()
            || self.unit.tree.is_some()
            || self.session.work.notes_rows()
        {
            Images::Named(relations)
        } else {
            Images::None
        }
    }

    /// Wakes the readers of rows to whose number something was added.
    fn wake_adjusted(&mut self, adjusted: &Adjusted<C>) {
        let (rows, column) = (&adjusted.found.rows, self.field.meta.field());
        for (at, &id) in adjusted.found.ids.iter().enumerate() {
            let numbers = |other| {
                if other == column {
                    adjusted.numbers[at]
                } else {
                    [rows.integer(at, other); 2]
                }
            };
            if adjusted.numbers[at][0] != adjusted.numbers[at][1] {
                self.wake(id, Some(&numbers), |relation, parents| {
                    [rows.parent_id(at, relation, parents); 2]
                });
            }
        }
    }

    /// Wakes the readers of rows whose field was computed anew.
    fn wake_rewritten(&mut self, rewritten: Option<Rewritten<C::Db>>, relations: &[RelationIndex]) {
        match rewritten {
            None => {}
            Some(Rewritten::Named(Named { ids, parents })) => {
                for (at, &id) in ids.iter().enumerate() {
                    let parents = &parents[at * relations.len()..][..relations.len()];
                    self.wake(id, None, |relation, _| {
                        let at = relations.iter().position(|&named| named == relation);
                        [None, at.and_then(|at| parents[at])]
                    });
                }
            }
            Some(Rewritten::Seen(Seen {
                after,
                before,
                changed,
            })) => {
                let (before, places) = before;
                for at in changed {
                    let id = after.ids[at];
                    let was = places.get(&id).copied();
                    let numbers = |column| {
                        let was = was.and_then(|at| before.rows.integer(at, column));
                        [was, after.rows.integer(at, column)]
                    };
                    let known: Option<&dyn Fn(ColumnIndex) -> [Option<i64>; 2]> = match was {
                        Some(_) => Some(&numbers),
                        None => None,
                    };
                    self.wake(id, known, |relation, parents| {
                        let was = was.and_then(|at| before.rows.parent_id(at, relation, parents));
                        [was, after.rows.parent_id(at, relation, parents)]
                    });
                }
            }
        }
    }

    /// Wakes the readers of a row, given its numbers and its parents before and now.
    fn wake(
        &mut self,
        id: Id,
        numbers: Option<&dyn Fn(ColumnIndex) -> [Option<i64>; 2]>,
        sides: impl Fn(RelationIndex, &mut (dyn AnyArena + 'static)) -> [Option<Id>; 2],
    ) {
        let woken = Woken {
            id,
            columns: self.field.meta.setter.fields,
            numbers: numbers.map(|of| Numbers {
                were: true,
                are: true,
                known: ColumnSet::ALL,
                of,
            }),
        };
        for choice in self.due.choices(id) {
            wake_readers(
                self.session,
                self.pending,
                self.unit,
                choice,
                &woken,
                &sides,
            );
            if self.unit.tree.is_some() {
                self.changed.push(woken.changed(choice));
            }
        }
    }
}

/// By which choices of labels the field is due for which row.
struct Dues {
    ids: Vec<Id>,
    /// The place of each id in `ids`, and so in what is due.
    places: HashMap<Id, usize>,
    anew: Due,
    by_difference: Due,
}

impl Dues {
    fn take<C: Wire>(
        session: &Session<'_, C>,
        pending: &mut Pending,
        setter: (&Unit, SetterSet),
        ids: &[Id],
    ) -> Self {
        Self {
            places: ids.iter().copied().zip(0..).collect(),
            by_difference: Due::take(&session.catalog.graph, pending, setter, ids, true),
            anew: Due::take(&session.catalog.graph, pending, setter, ids, false),
            ids: ids.to_vec(),
        }
    }

    /// The rows whose field is computed anew, and those for which a difference is known, each in
    /// the order of the keys.
    fn split(
        &self,
        pending: &mut Pending,
        (model, setter): (ModelIndex, SetterIndex),
    ) -> (Vec<Id>, Vec<(Id, Adjustment)>) {
        let (mut anew, mut adjustments) = (Vec::new(), Vec::new());
        for (at, &id) in self.ids.iter().enumerate() {
            let known = pending
                .differences()
                .and_then(|known| known.remove(&(model, id, setter)));
            // A difference is noted of a field that the labels leave out, too, and then not marked.
            let is_chosen = !self.by_difference.any[at].is_empty();
            match known {
                _ if !self.anew.any[at].is_empty() => anew.push(id),
                Some(adjustment) if is_chosen => adjustments.push((id, adjustment)),
                None if is_chosen => anew.push(id),
                _ => {}
            }
        }
        (anew, adjustments)
    }

    /// The choices by which a row was due. Where the database spells its key otherwise than it was
    /// asked for, those by which any row was due.
    fn choices(&self, id: Id) -> Vec<LayerIndex> {
        let place = self.places.get(&id);
        let is_due = |due: &Due, choice: usize| match place {
            Some(&at) => !due.choices[choice].due[at].is_empty(),
            None => due.choices[choice].due.iter().any(|due| !due.is_empty()),
        };
        let layers = self.anew.choices.iter().enumerate();
        layers
            .filter(|&(at, _)| is_due(&self.anew, at) || is_due(&self.by_difference, at))
            .map(|(_, choice)| choice.choice)
            .collect()
    }
}
