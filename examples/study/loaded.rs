//! What was loaded, and what was not.

use std::collections::BTreeSet;

use super::error::{Place, Refusal};

/// How many rows of each sheet were loaded, and which were not.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    sheets: Vec<(&'static str, usize)>,
    refusals: BTreeSet<Refusal>,
}

impl Loaded {
    /// Notes rows that were loaded.
    pub(crate) fn add(&mut self, sheet: &'static str, rows: usize) {
        match self.sheets.iter_mut().find(|(known, _)| *known == sheet) {
            Some((_, known)) => *known += rows,
            None => self.sheets.push((sheet, rows)),
        }
    }

    /// Notes a row that was not. What is wrong with a sheet is so in each copy of the study, and is told once.
    pub(crate) fn refuse(&mut self, place: Place, reason: String) {
        self.refusals.insert(Refusal { place, reason });
    }

    /// The sheets in the order of loading, each with the number of rows.
    pub(crate) fn sheets(&self) -> &[(&'static str, usize)] {
        &self.sheets
    }

    /// The number of rows that were loaded.
    pub(crate) fn rows(&self) -> usize {
        self.sheets.iter().map(|(_, rows)| rows).sum()
    }

    /// The rows that were not loaded.
    pub(crate) fn refusals(&self) -> &BTreeSet<Refusal> {
        &self.refusals
    }
}
