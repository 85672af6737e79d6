//! One batch of a flush: rows of one model whose setters are due together.

use std::time::Instant;

use crate::arena::Id;
use crate::backend::Database;
use crate::columns::ColumnSet;
use crate::error::Error;
use crate::graph::Unit;
use crate::input::{Links, Problem};
use crate::model::{Model, SingleKey};
use crate::pending::Pending;
use crate::relation::References;
use crate::rows::RowSet;
use crate::session::Session;
use crate::setter::Setters;
use crate::stored::Stored;

/// The rows of a batch, and which setters are due for which row.
///
/// The code that `#[maintained::setters]` emits reads the inputs of the batch, hop by hop, and then hands each
/// setter to [`keep`](Self::keep).
#[derive(Debug)]
pub struct Batch<'s, 'c, C: Database, M> {
    /// What reads inputs.
    pub session: &'s mut Session<'c, C>,
    /// The rows, as they were locked and read for this batch.
    pub rows: Vec<M>,
    pub(crate) unit: &'static Unit,
    pub(crate) ids: Vec<Id>,
    pub(crate) due: Due,
    pub(crate) changed: Vec<ColumnSet>,
}

/// Which setters are due for which row: bit masks of setters, a row each.
#[derive(Debug, Default)]
pub(crate) struct Due {
    /// By any write.
    pub(crate) any: Vec<u64>,
    /// By the writes of one choice of labels.
    pub(crate) choices: Vec<DueByChoice>,
}

/// Which setters are due for which row, by the writes of one choice of labels.
#[derive(Debug)]
pub(crate) struct DueByChoice {
    pub(crate) choice: usize,
    /// The setters of the model that were chosen.
    pub(crate) chosen: u64,
    pub(crate) due: Vec<u64>,
}

impl Due {
    /// The same setters for each of so many rows.
    pub(crate) fn all(setters: u64, rows: usize) -> Self {
        let due = vec![setters; rows];
        Self {
            any: due.clone(),
            choices: vec![DueByChoice {
                choice: 0,
                chosen: setters,
                due,
            }],
        }
    }

    /// Adds what rows are due for by other marks; `places` says where these have each row.
    pub(crate) fn add(&mut self, other: &Self, places: &[usize]) {
        for (at, &place) in places.iter().enumerate() {
            self.any[at] |= other.any[place];
            for (choice, other) in self.choices.iter_mut().zip(&other.choices) {
                choice.due[at] |= other.due[place];
            }
        }
    }

    /// Takes the marks of some of the unit's setters off the rows: those by a known difference, or the others.
    pub(crate) fn take(
        session: &Session<'_, impl Database>,
        pending: &mut Pending,
        (unit, setters): (&Unit, u64),
        ids: &[Id],
        by_difference: bool,
    ) -> Self {
        let graph = &session.catalog.graph;
        let node = &graph.models[unit.model];
        let mut slots = graph.due_slots(graph.position(unit));
        slots.retain(|&slot| {
            let slot = &node.slots[slot];
            slot.by_difference == by_difference && setters >> slot.target.1 & 1 == 1
        });
        let mut due = Self {
            any: vec![0; ids.len()],
            choices: Vec::new(),
        };
        for layer in pending.layers() {
            let mut masks = vec![0u64; ids.len()];
            for (mask, &id) in masks.iter_mut().zip(ids) {
                for &slot in &slots {
                    if pending.take(layer, unit.model, id, slot) {
                        *mask |= 1 << graph.models[unit.model].slots[slot].target.1;
                    }
                }
            }
            due.any
                .iter_mut()
                .zip(&masks)
                .for_each(|(any, mask)| *any |= mask);
            due.choices.push(DueByChoice {
                choice: layer,
                chosen: pending.chosen(layer, unit.model),
                due: masks,
            });
        }
        due
    }
}

/// The rows of a batch, from which hops start.
#[derive(Debug)]
pub struct Targets<'b, M> {
    rows: &'b [M],
    due: &'b [u64],
    unit: &'static Unit,
}

impl<'b, M: Model> Targets<'b, M> {
    /// The keys of the rows for which one of the setters in the mask may run.
    #[must_use]
    pub fn keys(&self, setters: u64) -> Vec<Option<&'b M::Key>>
    where
        M: SingleKey,
    {
        self.starts(setters, |row| Some(row.key_ref()))
    }

    /// The parents of the rows for which one of the setters in the mask may run.
    #[must_use]
    pub fn parents<Parent: Model, Via>(&self, setters: u64) -> Vec<Option<&'b Parent::Key>>
    where
        M: References<Parent, Via>,
    {
        self.starts(setters, |row| row.foreign_key())
    }

    fn starts<K>(
        &self,
        setters: u64,
        value: impl Fn(&'b M) -> Option<&'b K>,
    ) -> Vec<Option<&'b K>> {
        let may_run = |due: u64| self.unit.reach(due) & setters != 0;
        let start = |(row, &due)| if may_run(due) { value(row) } else { None };
        self.rows.iter().zip(self.due).map(start).collect()
    }
}

/// What came of a batch.
pub(crate) struct Computed<C: Database> {
    pub(crate) ids: Vec<Id>,
    pub(crate) rows: Box<dyn RowSet<C>>,
    pub(crate) due: Due,
    /// The columns that the setters changed in each row.
    pub(crate) changed: Vec<ColumnSet>,
}

/// Runs the setters of a unit for some rows of a model.
pub(crate) fn compute<C: Database, M: Stored<C> + Compute<C> + Setters>(
    session: &mut Session<'_, C>,
    unit: &'static Unit,
    ids: Vec<Id>,
    rows: Box<dyn RowSet<C>>,
    due: Due,
) -> Result<Computed<C>, Error> {
    let rows = rows.into_any().downcast::<Vec<M>>();
    let rows = *rows.expect("a registration makes the sets of rows that it computes");
    let changed = vec![ColumnSet::NONE; rows.len()];
    let mut batch = Batch {
        session,
        rows,
        unit,
        ids,
        due,
        changed,
    };
    M::compute(&mut batch)?;
    let Batch {
        rows,
        ids,
        due,
        changed,
        ..
    } = batch;
    Ok(Computed {
        ids,
        rows: Box::new(rows),
        due,
        changed,
    })
}

/// A model whose setters can be run on a database.
pub trait Compute<C: Database>: Model {
    /// Reads the inputs of a batch and runs its setters.
    ///
    /// # Errors
    /// What the database or a setter says.
    fn compute(batch: &mut Batch<'_, '_, C, Self>) -> Result<(), Error>;
}

impl<'c, C: Database, M: Model + Setters> Batch<'_, 'c, C, M> {
    /// The batch's setters that may run for any of its rows, each after those whose field it reads.
    #[must_use]
    pub fn order(&self) -> std::vec::IntoIter<&'static usize> {
        let chosen = self
            .due
            .choices
            .iter()
            .fold(0, |all, choice| all | choice.chosen);
        let due = self.due.any.iter().fold(0, |all, due| all | due);
        let may_run = self.unit.reach(due) & chosen;
        let is_function = |setter: &usize| *setter < M::SETTERS.len();
        let order = self
            .unit
            .order
            .iter()
            .filter(|&setter| may_run >> setter & 1 == 1 && is_function(setter));
        order.collect::<Vec<_>>().into_iter()
    }

    /// What reads inputs, and the rows to read them for.
    pub fn split(&mut self) -> (&mut Session<'c, C>, Targets<'_, M>) {
        (
            self.session,
            Targets {
                rows: &self.rows,
                due: &self.due.any,
                unit: self.unit,
            },
        )
    }

    /// Runs one setter for each row for which it is due, and keeps what it returns.
    ///
    /// `assign` puts a value into the row and says which columns it changed.
    ///
    /// # Errors
    /// The setter's own, a missing input, or a setter that does not return the same value twice.
    pub fn keep<T>(
        &mut self,
        setter: usize,
        call: impl Fn(&M, usize) -> Result<T, Problem>,
        assign: impl Fn(&mut M, T) -> ColumnSet,
    ) -> Result<(), Error> {
        let begin = Instant::now();
        let mut computed = 0;
        let mut first = None;
        for at in 0..self.rows.len() {
            if self.due.any[at] >> setter & 1 == 0 {
                continue;
            }
            computed += 1;
            match self.keep_one(setter, at, &call, &assign) {
                Err(error) if self.session.aside.is_none() => return Err(error),
                // All rows of the batch that fail are found at once.
                Err(error) => first = first.or(Some(error)),
                Ok(()) => {}
            }
        }
        let setter = (self.unit.model, setter);
        self.session
            .work
            .computed(setter, computed, begin.elapsed());
        first.map_or(Ok(()), Err)
    }

    /// Runs a setter for one row.
    fn keep_one<T>(
        &mut self,
        setter: usize,
        at: usize,
        call: &impl Fn(&M, usize) -> Result<T, Problem>,
        assign: &impl Fn(&mut M, T) -> ColumnSet,
    ) -> Result<(), Error> {
        let value =
            call(&self.rows[at], at).map_err(|problem| self.blame(setter, problem, at, &[]))?;
        let changed = assign(&mut self.rows[at], value);
        if cfg!(debug_assertions) {
            let again =
                call(&self.rows[at], at).map_err(|problem| self.blame(setter, problem, at, &[]))?;
            if !assign(&mut self.rows[at], again).is_empty() {
                return Err(self.capricious(setter, at));
            }
        }
        if !changed.is_empty() {
            self.changed[at] |= changed;
            self.wake(setter, at, changed);
        }
        Ok(())
    }

    /// Makes due those setters of the batch that read a column that another setter of it has changed.
    fn wake(&mut self, setter: usize, at: usize, changed: ColumnSet) {
        let readers = self.unit.readers(changed);
        if readers == 0 {
            return;
        }
        for choice in &mut self.due.choices {
            if choice.due[at] >> setter & 1 == 1 {
                let woken = readers & choice.chosen;
                choice.due[at] |= woken;
                self.due.any[at] |= woken;
            }
        }
    }

    /// The error for a problem with a setter's arguments, found at a row of the last of these hops' results.
    ///
    /// `hops` leads from the row that has the problem back to the batch.
    #[must_use]
    pub fn blame(&mut self, setter: usize, problem: Problem, at: usize, hops: &[&Links]) -> Error {
        let start = hops
            .iter()
            .try_fold(at, |at, links| links.start_of(at))
            .unwrap_or(0);
        let key = self.session.describe(self.unit.model, self.ids[start]);
        self.note_unable(start);
        let (model, setter) = (M::NAME, M::SETTERS[setter].name);
        match problem {
            Problem::MissingParent => Error::MissingParent { model, key, setter },
            Problem::SecondChild => Error::SecondChild { model, key, setter },
            Problem::Setter(source) => Error::Setter {
                model,
                key,
                setter,
                source,
            },
        }
    }

    fn note_unable(&mut self, at: usize) {
        let unit = self.session.catalog.graph.position(self.unit);
        self.session.note_unable(unit, self.ids[at]);
    }

    fn capricious(&mut self, setter: usize, at: usize) -> Error {
        self.note_unable(at);
        Error::Capricious {
            model: M::NAME,
            key: self.session.describe(self.unit.model, self.ids[at]),
            setter: M::SETTERS[setter].name,
        }
    }
}
