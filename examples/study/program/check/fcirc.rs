//! Which circulatory fluxes are the last.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::Field;
use super::plain::{Plain, SampleRow};

pub(super) fn are_last(plain: &Plain, serum: &Field<bool>) -> Field<bool> {
    let compound_of: BTreeMap<i32, i32> = plain.tracers.iter().copied().collect();
    let shown = shown(plain);
    let infused = infused(plain, &compound_of);
    let infusate_of: BTreeMap<i32, Option<i32>> = plain.animals.iter().copied().collect();
    let samples: BTreeMap<i32, &SampleRow> = plain.samples.iter().map(|it| (it.id, it)).collect();
    let mut of_animal: BTreeMap<i32, Vec<&SampleRow>> = BTreeMap::new();
    for sample in &plain.samples {
        of_animal.entry(sample.animal).or_default().push(sample);
    }
    let is_full = |sample: &SampleRow| {
        let tracers = infusate_of[&sample.animal].and_then(|infusate| infused.get(&infusate));
        let mut tracers = tracers.into_iter().flatten();
        tracers.all(|compound| shown.contains_key(&(sample.id, *compound)))
    };
    let is_last = |sample: i32, tracer: i32| {
        let sample = samples[&sample];
        let compound = compound_of[&tracer];
        let Some(own) = shown.get(&(sample.id, compound)) else {
            return false;
        };
        // No serum sample of the animal has a later peak group of the tracer than this one, which is serum itself.
        let is_later = |other: &SampleRow| {
            let theirs = shown.get(&(other.id, compound));
            theirs.is_some_and(|theirs| (other.time, theirs) > (sample.time, own))
        };
        let others = of_animal[&sample.animal].iter();
        let mut others = others.filter(|it| serum[&it.id] && is_full(it));
        serum[&sample.id] && is_full(sample) && !others.any(|other| is_later(other))
    };
    let fcircs = plain.fcircs.iter();
    fcircs
        .map(|&(id, sample, tracer)| (id, is_last(sample, tracer)))
        .collect()
}

/// The last peak group by sample and compound: its date, and its key.
fn shown(plain: &Plain) -> BTreeMap<(i32, i32), (NaiveDate, i32)> {
    let mut shown: BTreeMap<(i32, i32), (NaiveDate, i32)> = BTreeMap::new();
    for &(group, compound) in &plain.peak_group_compounds {
        let (sequence, sample) = plain.runs[&plain.peak_groups[&group]];
        let this = (plain.sequences[&sequence], group);
        let last = shown.entry((sample, compound)).or_insert(this);
        *last = this.max(*last);
    }
    shown
}

/// The traced compounds by infusate.
fn infused(plain: &Plain, compound_of: &BTreeMap<i32, i32>) -> BTreeMap<i32, BTreeSet<i32>> {
    let mut infused: BTreeMap<i32, BTreeSet<i32>> = BTreeMap::new();
    for (infusate, tracer, _) in &plain.infusate_tracers {
        let compounds = infused.entry(*infusate).or_default();
        compounds.insert(compound_of[tracer]);
    }
    infused
}
