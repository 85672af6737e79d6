//! What a change costs does not depend on the size of the study.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use maintained::{FlushReport, Maintained, ModelReport};

use crate::study::models::{Animal, PeakGroup};
use crate::study::schema::{fcircs, msrun_samples, peak_groups, samples};

use super::herd::{SAMPLES, herd};
use super::lab::Lab;
use super::modes::{assert_right, lab};
use super::program::what_if;
use super::{Conn, Outcome};

/// Animals of a small study, and of one that is ten times as large: 200 and 2,000 samples.
const SIZES: [usize; 2] = [40, 400];

/// What a change makes: the statements of the change itself, and what the flush after it does.
type Work = (usize, FlushReport);

/// The work of a change in a study with so many animals, which has no stale field afterwards.
fn work(size: usize, change: impl Fn(&mut Conn, &Lab, &[Animal]) -> Outcome) -> Work {
    let (_place, mut conn, lab) = lab();
    let animals = conn
        .buffer_autoupdates(|conn| herd(conn, &lab, size))
        .unwrap();
    assert_eq!(animals.len() * SAMPLES, size * SAMPLES);
    let work = conn.buffer_autoupdates(|conn| -> Outcome<_> {
        let statements = counted(conn, |conn| change(conn, &lab, &animals))?;
        Ok((statements, conn.flush_autoupdates()?))
    });
    assert_right(&mut conn);
    work.unwrap()
}

/// How many statements some code sends.
fn counted(conn: &mut Conn, code: impl FnOnce(&mut Conn) -> Outcome) -> Outcome<usize> {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    let done = code(conn);
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    done.map(|()| sent.load(Ordering::Relaxed))
}

/// The statements of the change, those of the flush, and what was done to the rows of each model.
fn counts((statements, report): &Work) -> (usize, usize, BTreeMap<&'static str, ModelReport>) {
    (*statements, report.statements, report.models.clone())
}

/// The last peak group of an animal's last serum sample.
fn last_peak_group(conn: &mut Conn, animal: &Animal) -> i32 {
    let sample: i32 = samples::table
        .filter(samples::animal_id.eq(animal.id))
        .filter(samples::is_serum_sample.eq(true))
        .order(samples::time_collected.desc())
        .select(samples::id)
        .first(conn)
        .unwrap();
    let run: i32 = msrun_samples::table
        .filter(msrun_samples::sample_id.eq(sample))
        .select(msrun_samples::id)
        .first(conn)
        .unwrap();
    peak_groups::table
        .filter(peak_groups::msrun_sample_id.eq(run))
        .order(peak_groups::id.desc())
        .select(peak_groups::id)
        .first(conn)
        .unwrap()
}

#[test]
fn deleting_one_peak_group_does_the_same_work_in_a_small_and_in_a_large_study() {
    let [small, large] = SIZES.map(|size| {
        work(size, |conn, _, animals| {
            let group = last_peak_group(conn, &animals[size / 2]);
            PeakGroup::delete_many(conn, &[group])
        })
    });
    assert_eq!(counts(&small), counts(&large));

    let (_, large) = large;
    // Only this animal's: a flux for each sample and tracer, of which the two that were the last and the two that are.
    let fluxes = large.model("Fcirc");
    assert_eq!((fluxes.computed, fluxes.changed), (2 * SAMPLES, 4));
    assert_eq!((large.computed(), large.changed()), (2 * SAMPLES, 4));
    // The peak group's own sample, and all of the animal's: to find their fluxes, as owners of these, and as inputs.
    assert_eq!(large.model("Sample").read, 1 + 3 * SAMPLES);
    assert_eq!(large.model("PeakGroup").read, 2 * SAMPLES - 1);
    assert_eq!(large.model("PeakGroupCompound").read, 2 * SAMPLES - 1);
}

#[test]
fn a_label_that_goes_concerns_names_and_no_animal_whose_labels_stay() {
    let [small, large] = SIZES.map(|size| {
        work(size, |conn, lab, _| {
            use crate::study::models::TracerLabel;
            use crate::study::schema::tracer_labels;
            let positions = crate::study::models::Positions::from([2, 5].as_slice());
            let changes = tracer_labels::positions.eq(positions);
            TracerLabel::update(conn, lab.glucose_carbon, changes).map(drop)
        })
    });
    assert_eq!(counts(&small), counts(&large));
    let (_, large) = large;
    assert_eq!(large.model("Animal"), ModelReport::default());
    assert_eq!(large.model("Infusate").changed, 2);
}

#[test]
fn a_load_computes_each_field_once_in_as_many_statements_whatever_its_size() {
    // Both fit into one batch of each field.
    let [small, large] = [4, 8].map(|size| {
        let (_place, mut conn, lab) = lab();
        conn.buffer_autoupdates(|conn| herd(conn, &lab, size))
            .unwrap();
        conn.last_flush().unwrap().clone()
    });
    assert_eq!(small.statements, large.statements);
    for (report, size) in [(&small, 4), (&large, 8)] {
        assert_eq!(report.model("Animal").computed, 2 * size);
        assert_eq!(report.model("Sample").computed, SAMPLES * size);
        assert_eq!(report.model("Fcirc").computed, 2 * SAMPLES * size);
        assert_eq!(report.model("Compound").computed, 2);
    }
}

#[test]
fn the_programs_trial_of_a_deletion_changes_nothing() {
    let (_place, mut conn, _) = lab();
    let last = || fcircs::table.filter(fcircs::is_last.eq(true)).count();
    let before: i64 = last().get_result(&mut conn).unwrap();
    let report = what_if::a_peak_group_goes(&mut conn).unwrap().unwrap();
    assert_eq!(report.model("Fcirc").changed, 4);
    assert_eq!(last().get_result::<i64>(&mut conn).unwrap(), before);
    assert_right(&mut conn);
}
