//! What was measured: seconds, by size, database, workload and variant.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::sum::{Expected, Found};

/// The seconds of each round, by work and variant.
type Works = BTreeMap<String, BTreeMap<String, Vec<f64>>>;

/// The times of all runs.
#[derive(Default)]
pub(crate) struct Results {
    runs: BTreeMap<(usize, String), Works>,
    /// What the workloads make of the rows, by the number of items: the same on each database.
    expected: BTreeMap<(usize, String), Expected>,
}

/// By the number of items, database, workload and variant.
pub(crate) type Joined =
    BTreeMap<usize, BTreeMap<String, BTreeMap<String, BTreeMap<String, Measured>>>>;

/// What was measured by other means.
#[derive(Deserialize)]
pub(crate) struct Measured {
    seconds: f64,
    checksum: Found,
}

impl Results {
    pub(crate) fn add(
        &mut self,
        items: usize,
        database: &str,
        workload: &str,
        variant: &str,
        seconds: f64,
    ) {
        let workloads = self.runs.entry((items, database.to_owned())).or_default();
        let variants = workloads.entry(workload.to_owned()).or_default();
        variants
            .entry(variant.to_owned())
            .or_default()
            .push(seconds);
    }

    /// The time of a variant's latest run.
    pub(crate) fn latest(
        &self,
        items: usize,
        database: &str,
        workload: &str,
        variant: &str,
    ) -> Option<f64> {
        let workloads = self.runs.get(&(items, database.to_owned()))?;
        workloads.get(workload)?.get(variant)?.last().copied()
    }

    /// The median of a variant's times.
    pub(crate) fn median(
        &self,
        items: usize,
        database: &str,
        workload: &str,
        variant: &str,
    ) -> Option<f64> {
        let workloads = self.runs.get(&(items, database.to_owned()))?;
        workloads
            .get(workload)?
            .get(variant)
            .map(|runs| median(runs))
    }

    /// The sizes and databases that were measured.
    pub(crate) fn shops(&self) -> impl Iterator<Item = (usize, &str)> {
        self.runs
            .keys()
            .map(|(items, database)| (*items, &**database))
    }

    /// The workloads of a shop, and of each the variants with their medians.
    pub(crate) fn workloads(&self, items: usize, database: &str) -> Vec<(&str, Vec<(&str, f64)>)> {
        let Some(workloads) = self.runs.get(&(items, database.to_owned())) else {
            return Vec::new();
        };
        workloads
            .iter()
            .map(|(workload, variants)| {
                let medians = variants.iter().map(|(name, runs)| (&**name, median(runs)));
                (&**workload, medians.collect())
            })
            .collect()
    }

    /// Whether a variant has made of the rows what the others have.
    pub(crate) fn agrees(
        &mut self,
        items: usize,
        workload: &str,
        found: &Found,
        keeps: bool,
    ) -> bool {
        let expected = self.expected.entry((items, workload.to_owned()));
        expected.or_default().agrees(found, keeps)
    }

    /// Joins what was measured by other means: it counts only for the same rows, too.
    pub(crate) fn join(&mut self, others: Joined) -> Result<(), Failure> {
        for (items, databases) in others {
            if !self.shops().any(|(measured, _)| measured == items) {
                return Err(
                    format!("--items lacks the {items} of the results to be joined").into(),
                );
            }
            for (database, workloads) in databases {
                for (workload, variants) in workloads {
                    for (variant, Measured { seconds, checksum }) in variants {
                        if !self.agrees(items, &workload, &checksum, true) {
                            return Err(format!(
                                "{database}: {workload}: the rows of `{variant}` are not those of the other variants"
                            )
                            .into());
                        }
                        self.add(items, &database, &workload, &variant, seconds);
                    }
                }
            }
        }
        Ok(())
    }

    /// The medians as JSON: those of the largest shop by database, and those of each by its number of items.
    pub(crate) fn json(&self) -> Value {
        let mut sizes: BTreeMap<usize, Map<String, Value>> = BTreeMap::new();
        for ((items, database), workloads) in &self.runs {
            let workloads: Map<String, Value> = workloads
                .iter()
                .map(|(workload, variants)| {
                    let medians: Map<String, Value> = variants
                        .iter()
                        .map(|(variant, runs)| (variant.clone(), json!(median(runs))))
                        .collect();
                    (workload.clone(), Value::Object(medians))
                })
                .collect();
            sizes
                .entry(*items)
                .or_default()
                .insert(database.clone(), Value::Object(workloads));
        }
        let mut all = sizes
            .last_key_value()
            .map(|(_, it)| it.clone())
            .unwrap_or_default();
        for (items, databases) in sizes {
            all.insert(items.to_string(), Value::Object(databases));
        }
        Value::Object(all)
    }
}

fn median(runs: &[f64]) -> f64 {
    let mut sorted = runs.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}
