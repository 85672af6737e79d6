//! What a flush did.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::graph::{Graph, ModelIndex};

/// What a flush did, model by model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlushReport {
    /// For each model that the flush touched, by name, what it did.
    pub models: BTreeMap<&'static str, ModelReport>,
    /// How many statements ran.
    pub statements: usize,
    /// How long it took.
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
    /// Rows whose fields changed, as their columns store them: a row counts once for each of the writes that its fields took.
    pub changed: usize,
}

impl FlushReport {
    /// What the flush did with the rows of a model, by its name.
    #[must_use]
    pub fn model(&self, name: &str) -> ModelReport {
        self.models.get(name).copied().unwrap_or_default()
    }

    /// How many setters were run, each for one row.
    #[must_use]
    pub fn computed(&self) -> usize {
        self.models.values().map(|model| model.computed).sum()
    }

    /// How many rows were written.
    #[must_use]
    pub fn changed(&self) -> usize {
        self.models.values().map(|model| model.changed).sum()
    }

    /// Adds what another flush did.
    pub(crate) fn add(&mut self, other: &Self) {
        for (name, more) in &other.models {
            self.models.entry(name).or_default().add(more);
        }
        self.statements += other.statements;
        self.time += other.time;
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
    models: Vec<ModelReport>,
    statements: usize,
}

impl Work {
    fn model(&mut self, model: ModelIndex) -> &mut ModelReport {
        if self.models.len() <= model {
            self.models.resize(model + 1, ModelReport::default());
        }
        &mut self.models[model]
    }

    pub(crate) fn read(&mut self, model: ModelIndex, rows: usize) {
        self.model(model).read += rows;
    }

    pub(crate) fn computed(&mut self, model: ModelIndex) {
        self.model(model).computed += 1;
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
    pub(crate) fn take_report(&mut self, graph: &Graph, time: Duration) -> FlushReport {
        let work = std::mem::take(self);
        let named = work
            .models
            .iter()
            .enumerate()
            .filter(|(_, report)| **report != ModelReport::default());
        let mut models: BTreeMap<&'static str, ModelReport> = BTreeMap::new();
        for (model, report) in named {
            let name = graph.models[model].meta.name;
            models.entry(name).or_default().add(report);
        }
        FlushReport {
            models,
            statements: work.statements,
            time,
        }
    }
}
