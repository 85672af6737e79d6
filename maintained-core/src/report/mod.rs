//! What a flush did.

pub(crate) mod metrics;
mod rows;

use std::any::TypeId;
use std::collections::BTreeMap;
use std::time::Duration;

use typed_index_collections::TiVec;

use crate::declare::arena::{Arenas, Id};
use crate::declare::model::Model;
use crate::graph::{Graph, ModelIndex, SetterIndex};

pub(crate) use self::rows::ChangedRows;
use self::rows::Noted;

/// What a flush did, model by model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushReport {
    /// For each model that the flush touched, by name, what it did.
    pub models: BTreeMap<&'static str, ModelReport>,
    /// For each setter and declared field that was due, by the names of its model and its own, what
    /// was done for it.
    pub setters: BTreeMap<(&'static str, &'static str), SetterReport>,
    /// How many statements ran.
    pub statements: usize,
    /// How long it took.
    pub time: Duration,
    /// How often the scope had been run again before, because the database had refused it.
    pub retries: usize,
    /// The rows whose fields have changed, where somebody has asked for them.
    pub(crate) rows: ChangedRows,
}

/// What a flush did for one setter or declared field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetterReport {
    /// For how many rows it was due.
    pub computed: usize,
    /// How long its calls took, without the reading of its inputs, which setters share. Of a
    /// declared field, which the database computes: how long its statements took.
    pub time: Duration,
}

/// What a flush did with the rows of one model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelReport {
    /// Rows that were read: to be computed, as inputs, or on the way to rows that read them.
    pub read: usize,
    /// Setters that were run, and declared fields that were brought up to date, each for one row.
    pub computed: usize,
    /// Rows whose fields changed, as their columns store them: a row counts once for each of the
    /// writes that its fields took.
    pub changed: usize,
}

impl FlushReport {
    /// What the flush did with the rows of a model, by its name.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// Item::update(conn, item.id, items::price_cents.eq(500))?;
    /// let report = conn.last_flush().expect("a write has ended");
    /// assert_eq!(report.model("Order").changed, 1);
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn model(&self, name: &str) -> ModelReport {
        self.models.get(name).copied().unwrap_or_default()
    }

    /// What the flush did for a setter or a declared field, by the names of its model and its own.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// Item::update(conn, item.id, items::price_cents.eq(500))?;
    /// let report = conn.last_flush().expect("a write has ended");
    /// assert_eq!(report.setter("Order", "total_cents").computed, 1);
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn setter(&self, model: &str, setter: &str) -> SetterReport {
        let mut setters = self.setters.iter();
        let named = setters.find(|((of, name), _)| (*of, *name) == (model, setter));
        named.map_or_else(SetterReport::default, |(_, report)| *report)
    }

    /// The keys of a model's rows whose maintained fields have changed, in their order: for caches
    /// and search indexes.
    ///
    /// They are there in a scope that [reports rows](crate::Scope::report_rows), and none
    /// otherwise. What was rolled back is not among them. A row that was deleted afterwards may be.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// Scope::buffered().report_rows().run(conn, |conn| {
    ///     Item::update(conn, item.id, items::price_cents.eq(500))
    /// })?;
    /// let report = conn.last_flush().expect("a scope has ended");
    /// assert!(report.rows::<Order>().eq([&order.id]));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    pub fn rows<M: Model>(&self) -> impl Iterator<Item = &M::Key> {
        let keys = self.rows.keys::<M::Key>(TypeId::of::<M>());
        keys.into_iter().flatten()
    }

    /// How many setters were run and declared fields brought up to date, each for one row.
    ///
    /// ```
    /// # use maintained_core::FlushReport;
    /// fn tell(report: &FlushReport) {
    ///     println!("{} values were computed", report.computed());
    /// }
    /// # tell(&FlushReport::default());
    /// ```
    #[must_use]
    pub fn computed(&self) -> usize {
        self.models.values().map(|model| model.computed).sum()
    }

    /// How many rows were read.
    ///
    /// ```
    /// # use maintained_core::FlushReport;
    /// fn tell(report: &FlushReport) {
    ///     println!("{} rows were read", report.read());
    /// }
    /// # tell(&FlushReport::default());
    /// ```
    #[must_use]
    pub fn read(&self) -> usize {
        self.models.values().map(|model| model.read).sum()
    }

    /// How many rows were written.
    ///
    /// ```
    /// # use maintained_core::FlushReport;
    /// fn tell(report: &FlushReport) {
    ///     println!("{} rows were written", report.changed());
    /// }
    /// # tell(&FlushReport::default());
    /// ```
    #[must_use]
    pub fn changed(&self) -> usize {
        self.models.values().map(|model| model.changed).sum()
    }

    /// A report of nothing, in a scope that has been run so often before.
    pub(crate) fn again(retries: usize) -> Self {
        Self {
            retries,
            ..Self::default()
        }
    }

    /// Adds what another flush did.
    pub(crate) fn add(&mut self, other: &Self) {
        for (name, more) in &other.models {
            self.models.entry(name).or_default().add(more);
        }
        for (names, more) in &other.setters {
            self.setters.entry(*names).or_default().add(*more);
        }
        self.statements += other.statements;
        self.time += other.time;
        // Both flushes belong to one scope, and tell how often that was run again.
        self.retries = self.retries.max(other.retries);
        self.rows.add(&other.rows);
    }
}

impl SetterReport {
    fn add(&mut self, more: Self) {
        self.computed += more.computed;
        self.time += more.time;
    }
}

impl ModelReport {
    /// Adds what was done with other rows: of a model that is called alike, or by another flush.
    fn add(&mut self, more: &Self) {
        self.read += more.read;
        self.computed += more.computed;
        self.changed += more.changed;
    }
}

/// What is being done, counted as it is done.
#[derive(Debug, Default)]
pub(crate) struct Work {
    models: TiVec<ModelIndex, ModelReport>,
    setters: Vec<((ModelIndex, SetterIndex), SetterReport)>,
    statements: usize,
    /// The rows that have changed, where somebody has asked for them.
    rows: Option<Noted>,
}

impl Work {
    /// Work of which the rows that change are noted, or only counted.
    pub(crate) fn noting_rows(notes: bool) -> Self {
        Self {
            rows: notes.then(Noted::new),
            ..Self::default()
        }
    }

    /// Whether somebody has asked for the rows that change.
    pub(crate) fn notes_rows(&self) -> bool {
        self.rows.is_some()
    }

    /// Notes rows that have changed, if anybody has asked for them.
    pub(crate) fn note_rows(&mut self, model: ModelIndex, ids: impl IntoIterator<Item = Id>) {
        if let Some(rows) = &mut self.rows {
            rows.entry(model).or_default().extend(ids);
        }
    }

    fn model(&mut self, model: ModelIndex) -> &mut ModelReport {
        let so_many = usize::from(model) + 1;
        if self.models.len() < so_many {
            self.models.resize(so_many, ModelReport::default());
        }
        &mut self.models[model]
    }

    pub(crate) fn read(&mut self, model: ModelIndex, rows: usize) {
        self.model(model).read += rows;
    }

    /// A setter was run for so many rows, in all this time.
    pub(crate) fn computed(
        &mut self,
        (model, setter): (ModelIndex, SetterIndex),
        computed: usize,
        time: Duration,
    ) {
        if computed == 0 {
            return;
        }
        self.model(model).computed += computed;
        let more = SetterReport { computed, time };
        let mut known = self.setters.iter_mut();
        match known.find(|(of, _)| *of == (model, setter)) {
            Some((_, report)) => report.add(more),
            None => self.setters.push(((model, setter), more)),
        }
    }

    pub(crate) fn changed(&mut self, model: ModelIndex, rows: usize) {
        self.model(model).changed += rows;
    }

    pub(crate) fn statement(&mut self) {
        self.statements += 1;
    }

    /// How many rows of a model were read.
    pub(crate) fn rows_of(&mut self, model: ModelIndex) -> usize {
        self.model(model).read
    }

    /// Corrects how many rows of a model were read.
    pub(crate) fn set_rows_of(&mut self, model: ModelIndex, rows: usize) {
        self.model(model).read = rows;
    }

    /// How many rows were read.
    pub(crate) fn rows(&self) -> usize {
        self.models.iter().map(|model| model.read).sum()
    }

    /// What was done since the last call.
    pub(crate) fn take_report(
        &mut self,
        graph: &Graph,
        arenas: &Arenas,
        time: Duration,
    ) -> FlushReport {
        let notes_rows = self.notes_rows();
        let work = std::mem::replace(self, Self::noting_rows(notes_rows));
        let named = work
            .models
            .iter_enumerated()
            .filter(|(_, report)| **report != ModelReport::default());
        let mut models: BTreeMap<&'static str, ModelReport> = BTreeMap::new();
        for (model, report) in named {
            let name = graph.models[model].meta.name;
            models.entry(name).or_default().add(report);
        }
        let mut setters: BTreeMap<_, SetterReport> = BTreeMap::new();
        for ((model, setter), report) in work.setters {
            let node = &graph.models[model];
            let key = (node.meta.name, node.setters[setter].name);
            setters.entry(key).or_default().add(report);
        }
        FlushReport {
            models,
            setters,
            statements: work.statements,
            time,
            retries: 0,
            rows: ChangedRows::of(graph, arenas, work.rows.unwrap_or_default()),
        }
    }
}
