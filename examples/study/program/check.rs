//! Counts the stale fields: computes each once more from the plain columns, by code of its own. Nothing here knows the
//! library's models, views and setters.

mod fcirc;
mod names;
mod plain;

use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryResult;

use self::plain::Plain;
use super::{Conn, schema};

/// What each row of a table should have in a field, by key.
type Field<T> = BTreeMap<i32, T>;

/// The maintained fields with the number of rows in which each is stale.
pub(crate) fn stale_fields(conn: &mut Conn) -> QueryResult<Vec<(&'static str, usize)>> {
    let plain = Plain::read(conn)?;
    let stored = plain::Stored::read(conn)?;
    let labels = names::of_labels(&plain);
    let tracers = names::of_tracers(&plain, &labels);
    let tracer_combos = names::combos_of_tracers(&plain);
    let infusate_combos = names::combos_of_infusates(&plain, &tracer_combos);
    let serum = serum_samples(&plain);
    Ok(vec![
        (
            "infusates.name",
            differing(
                &stored.infusate_names,
                &names::of_infusates(&plain, &tracers),
            ),
        ),
        (
            "tracer_labels.name",
            differing(&stored.label_names, &labels),
        ),
        ("tracers.name", differing(&stored.tracer_names, &tracers)),
        (
            "tracers.label_combo",
            differing(&stored.tracer_combos, &tracer_combos),
        ),
        (
            "animals.label_combo",
            differing(
                &stored.animal_combos,
                &animal_combos(&plain, &infusate_combos),
            ),
        ),
        (
            "infusates.label_combo",
            differing(&stored.infusate_combos, &infusate_combos),
        ),
        (
            "animals.last_serum_sample_id",
            differing(
                &stored.last_serum_samples,
                &last_serum_samples(&plain, &serum),
            ),
        ),
        (
            "fcircs.is_last",
            differing(&stored.last_fcircs, &fcirc::are_last(&plain, &serum)),
        ),
        (
            "samples.is_serum_sample",
            differing(&stored.serum_samples, &serum),
        ),
        (
            "compounds.animals_by_tracer",
            differing(&stored.animal_counts, &animal_counts(&plain)),
        ),
    ])
}

/// How many rows are not as they should be.
fn differing<T: PartialEq>(stored: &Field<T>, expected: &Field<T>) -> usize {
    let known = stored
        .iter()
        .filter(|(id, value)| expected.get(id) != Some(value));
    let missing = expected.keys().filter(|id| !stored.contains_key(id));
    known.count() + missing.count()
}

fn animal_combos(plain: &Plain, infusates: &Field<Option<String>>) -> Field<Option<String>> {
    let animals = plain.animals.iter();
    let combo = |infusate: Option<i32>| infusates.get(&infusate?).cloned().flatten();
    animals
        .map(|&(id, infusate)| (id, combo(infusate)))
        .collect()
}

fn serum_samples(plain: &Plain) -> Field<bool> {
    let serum: BTreeSet<i32> = plain
        .tissues
        .iter()
        .filter(|(_, name)| name.to_uppercase().find("SERUM") == Some(0))
        .map(|(id, _)| *id)
        .collect();
    let samples = plain.samples.iter();
    samples
        .map(|sample| (sample.id, serum.contains(&sample.tissue)))
        .collect()
}

fn last_serum_samples(plain: &Plain, serum: &Field<bool>) -> Field<Option<i32>> {
    let mut last: Field<Option<i32>> = plain.animals.iter().map(|&(id, _)| (id, None)).collect();
    let mut samples: Vec<_> = plain.samples.iter().filter(|it| serum[&it.id]).collect();
    samples.sort_by_key(|it| (it.time, it.name.clone()));
    // Later samples overwrite earlier ones.
    for sample in samples {
        last.insert(sample.animal, Some(sample.id));
    }
    last
}

fn animal_counts(plain: &Plain) -> Field<Option<i32>> {
    let compound_of: BTreeMap<i32, i32> = plain.tracers.iter().copied().collect();
    let mut infused: BTreeMap<i32, BTreeSet<i32>> = BTreeMap::new();
    for &(infusate, tracer, _) in &plain.infusate_tracers {
        infused
            .entry(infusate)
            .or_default()
            .insert(compound_of[&tracer]);
    }
    let mut counts: Field<i32> = plain.compounds.keys().map(|&id| (id, 0)).collect();
    for (_, infusate) in &plain.animals {
        let compounds = infusate.and_then(|id| infused.get(&id));
        for &compound in compounds.into_iter().flatten() {
            *counts.entry(compound).or_default() += 1;
        }
    }
    let counts = counts.into_iter();
    counts.map(|(id, count)| (id, Some(count))).collect()
}
