//! One batch of a flush: rows of one model whose setters are due together.

mod block;
mod due;
pub(crate) mod input;

use std::fmt;
use std::time::Instant;

use crate::batch::input::{Links, Load, Loaded, Problem};
use crate::declare::arena::{AnyArena, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::model::{Model, SingleKey};
use crate::declare::relation::References;
use crate::declare::setter::SetterMeta;
use crate::declare::setter_set::SetterSet;
use crate::error::Error;
use crate::graph::{Graph, SetterIndex, Unit};
use crate::marks::aside::Aside;
use crate::report::Work;
use crate::rows::RowSet;
use crate::rows::stored::Stored;
use crate::sql::Dialect;

pub use self::block::{Block, KnownSetters, NoBlock, SettersOn, Unwritten, Written, keeps};
pub(crate) use self::due::Due;

/// A model's setters, as `#[maintained::setters]` declares them.
pub trait Setters: Sized {
    /// The setters, in the order of the block.
    const SETTERS: &'static [SetterMeta];

    /// Hands the setters of a batch, with what the hops have read, to [`keep`](Batch::keep).
    ///
    /// # Errors
    /// What a setter says.
    fn run(batch: &mut Batch<'_, Self>, loaded: &Loaded) -> Result<(), Error>;
}

/// Hops that do not wait for one another, by their numbers.
pub type Wave<DB> = Vec<(usize, Load<DB>)>;

/// A model whose setters' inputs can be read from a database.
pub trait Hops<DB: Dialect>: Model {
    /// The hops of a wave; none after the last. Each starts from the batch, or from what a hop of
    /// the wave before has read.
    #[must_use]
    fn wave(at: usize, targets: &Targets<'_, Self>, loaded: &Loaded) -> Wave<DB> {
        let _ = (at, targets, loaded);
        Wave::new()
    }
}

/// The rows of a batch, whose setters are run.
#[derive(Debug)]
pub struct Batch<'b, M> {
    /// The rows, as they were locked and read for this batch.
    rows: &'b mut [M],
    notes: Notes<'b>,
}

/// What is known, and what is noted, of the rows of a batch, whatever their type.
#[derive(Debug)]
pub(crate) struct Notes<'b> {
    pub(crate) graph: &'static Graph,
    pub(crate) unit: &'static Unit,
    pub(crate) ids: &'b [Id],
    pub(crate) due: &'b mut Due,
    /// The columns that the setters changed in each row.
    pub(crate) changed: &'b mut [ColumnSet],
    /// The keys of the model's rows.
    pub(crate) keys: &'b dyn AnyArena,
    pub(crate) work: &'b mut Work,
    pub(crate) aside: Option<&'b mut Aside>,
}

/// The rows of a batch, from which hops start.
#[derive(Debug)]
pub struct Targets<'b, M> {
    rows: &'b [M],
    due: &'b [SetterSet],
    unit: &'static Unit,
}

impl<'b, M: Model> Targets<'b, M> {
    /// The keys of the rows for which one of the setters in the mask may run.
    #[must_use]
    pub fn keys(&self, setters: u64) -> Vec<Option<&'b M::Key>>
    where
        M: SingleKey,
    {
        let rows = self.rows;
        self.starts(setters, &|at| Some(rows[at].key_ref()))
    }

    /// The parents of the rows for which one of the setters in the mask may run.
    #[must_use]
    pub fn parents<Parent: Model, Via>(&self, setters: u64) -> Vec<Option<&'b Parent::Key>>
    where
        M: References<Parent, Via>,
    {
        let rows = self.rows;
        self.starts(setters, &|at| rows[at].foreign_key())
    }

    fn starts<K>(
        &self,
        setters: u64,
        value: &dyn Fn(usize) -> Option<&'b K>,
    ) -> Vec<Option<&'b K>> {
        starts(self.unit, self.due, SetterSet::from_mask(setters), value)
    }
}

/// The values of the rows for which one of some setters may run.
fn starts<'b, K>(
    unit: &Unit,
    due: &[SetterSet],
    setters: SetterSet,
    value: &dyn Fn(usize) -> Option<&'b K>,
) -> Vec<Option<&'b K>> {
    let may_run = |due: SetterSet| unit.reach(due).intersects(setters);
    let start = |(at, &due)| if may_run(due) { value(at) } else { None };
    due.iter().enumerate().map(start).collect()
}

/// What reads the inputs of a model's setters, and what runs them, for some of its rows.
pub struct Run<DB: Dialect> {
    pub(crate) wave: WaveFn<DB>,
    pub(crate) run: RunFn<DB>,
}

impl<DB: Dialect> fmt::Debug for Run<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Run").finish_non_exhaustive()
    }
}

/// Says what the hops of a wave read.
pub(crate) type WaveFn<DB> = fn(usize, BatchOf<'_, DB>, &Loaded) -> Wave<DB>;

/// A batch, whatever the type of its rows, and what is due for each of them.
pub(crate) type BatchOf<'b, DB> = (&'static Unit, &'b dyn RowSet<DB>, &'b [SetterSet]);

/// Runs the setters of a batch.
pub(crate) type RunFn<DB> = fn(&mut dyn RowSet<DB>, Notes<'_>, &Loaded) -> Result<(), Error>;

/// A wave of hops of a batch of a model.
pub(crate) fn wave<DB: Dialect, M: Stored<DB> + Hops<DB>>(
    at: usize,
    (unit, rows, due): BatchOf<'_, DB>,
    loaded: &Loaded,
) -> Wave<DB> {
    let rows: &Vec<M> = rows.as_any().downcast_ref().expect(OF_ITS_MODEL);
    M::wave(at, &Targets { rows, due, unit }, loaded)
}

/// Runs the setters of a batch of a model.
pub(crate) fn run<DB: Dialect, M: Stored<DB> + Setters>(
    rows: &mut dyn RowSet<DB>,
    notes: Notes<'_>,
    loaded: &Loaded,
) -> Result<(), Error> {
    let rows: &mut Vec<M> = rows.as_any_mut().downcast_mut().expect(OF_ITS_MODEL);
    M::run(&mut Batch { rows, notes }, loaded)
}

/// Runs a setter for the row at a place, and says which columns it has changed.
type RunOne<'r> = dyn FnMut(usize) -> Result<ColumnSet, Problem> + 'r;

const OF_ITS_MODEL: &str = "a registration makes the sets of rows that it computes";

impl<M> Batch<'_, M> {
    /// The batch's setters that may run for any of its rows, each after those whose field it reads.
    #[must_use]
    pub fn order(&self) -> std::vec::IntoIter<SetterIndex> {
        self.notes.order()
    }

    /// Runs one setter for each row for which it is due, and keeps what it returns.
    ///
    /// `assign` puts a value into the row and says which columns it changed.
    ///
    /// # Errors
    /// The setter's own, a missing input, or a setter that does not return the same value twice.
    pub fn keep<T>(
        &mut self,
        setter: SetterIndex,
        call: impl Fn(&M, usize) -> Result<T, Problem>,
        assign: impl Fn(&mut M, T) -> ColumnSet,
    ) -> Result<(), Error> {
        let rows = &mut *self.rows;
        self.notes.keep(setter, &mut |at| {
            let row = &mut rows[at];
            let value = call(row, at)?;
            Ok(assign(row, value))
        })
    }

    /// The error for a problem with a setter's arguments.
    ///
    /// `hops` leads from the row that has the problem back to the batch. `at` is the row's place in
    /// what the first of these hops has read, or in the batch where there are none.
    #[must_use]
    pub fn blame(
        &mut self,
        setter: SetterIndex,
        problem: Problem,
        at: usize,
        hops: &[&Links],
    ) -> Error {
        self.notes.blame(setter, problem, at, hops)
    }
}

impl Notes<'_> {
    /// The batch's setters that may run for any of its rows, each after those whose field it reads.
    fn order(&self) -> std::vec::IntoIter<SetterIndex> {
        let node = &self.graph.models[self.unit.model];
        let chosen = self.due.choices.iter().map(|choice| choice.chosen);
        let chosen: SetterSet = chosen.collect();
        let due: SetterSet = self.due.any.iter().copied().collect();
        let may_run = self.unit.reach(due) & chosen;
        let is_function = |&setter: &SetterIndex| node.declared(setter).is_none();
        let order = self.unit.order.iter().copied();
        let order = order.filter(|setter| may_run.contains(*setter) && is_function(setter));
        order.collect::<Vec<_>>().into_iter()
    }

    /// Runs a setter for each row for which it is due.
    fn keep(&mut self, setter: SetterIndex, run: &mut RunOne<'_>) -> Result<(), Error> {
        let begin = Instant::now();
        let mut computed = 0;
        let mut first = None;
        for at in 0..self.ids.len() {
            if !self.due.any[at].contains(setter) {
                continue;
            }
            computed += 1;
            match self.keep_one(setter, at, run) {
                Err(error) if self.aside.is_none() => return Err(error),
                // All rows of the batch that fail are found at once.
                Err(error) => first = first.or(Some(error)),
                Ok(()) => {}
            }
        }
        let setter = (self.unit.model, setter);
        self.work.computed(setter, computed, begin.elapsed());
        first.map_or(Ok(()), Err)
    }

    /// Runs a setter for one row.
    fn keep_one(
        &mut self,
        setter: SetterIndex,
        at: usize,
        run: &mut RunOne<'_>,
    ) -> Result<(), Error> {
        let changed = run(at).map_err(|problem| self.blame(setter, problem, at, &[]))?;
        // A second call gives another value where a setter follows from more than its inputs.
        if cfg!(debug_assertions) {
            let again = run(at).map_err(|problem| self.blame(setter, problem, at, &[]))?;
            if !again.is_empty() {
                return Err(self.capricious(setter, at));
            }
        }
        if !changed.is_empty() {
            self.changed[at] |= changed;
            self.wake(setter, at, changed);
        }
        Ok(())
    }

    /// Makes due those setters of the batch that read a column that another setter of it has
    /// changed.
    fn wake(&mut self, setter: SetterIndex, at: usize, changed: ColumnSet) {
        let readers = self.unit.readers(changed);
        if readers.is_empty() {
            return;
        }
        for choice in &mut self.due.choices {
            if choice.due[at].contains(setter) {
                let woken = readers & choice.chosen;
                choice.due[at] |= woken;
                self.due.any[at] |= woken;
            }
        }
    }

    /// The error for a problem with a setter's arguments.
    ///
    /// `hops` leads from the row that has the problem back to the batch. `at` is the row's place in
    /// what the first of these hops has read, or in the batch where there are none.
    fn blame(
        &mut self,
        setter: SetterIndex,
        problem: Problem,
        at: usize,
        hops: &[&Links],
    ) -> Error {
        let start = hops
            .iter()
            .try_fold(at, |at, links| links.start_of(at))
            .unwrap_or(0);
        self.note_unable(start);
        let (model, setter) = self.names(setter);
        let key = self.keys.describe(self.ids[start]);
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

    /// Notes that the unit cannot be computed for a row.
    fn note_unable(&mut self, at: usize) {
        if let Some(aside) = &mut self.aside {
            aside.failed.push((self.unit.at, self.ids[at]));
        }
    }

    fn capricious(&mut self, setter: SetterIndex, at: usize) -> Error {
        self.note_unable(at);
        let (model, setter) = self.names(setter);
        Error::Capricious {
            model,
            key: self.keys.describe(self.ids[at]),
            setter,
        }
    }

    /// The names of the model and of one of its setters.
    fn names(&self, setter: SetterIndex) -> (&'static str, &'static str) {
        let node = &self.graph.models[self.unit.model];
        (node.meta.name, node.setters[setter].name)
    }
}
