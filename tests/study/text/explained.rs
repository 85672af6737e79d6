//! What is said of each write of the study before it runs, and what then runs.

use diesel::prelude::*;
use maintained::Maintained;

use crate::study::models::{
    Animal, Compound, Element, Fcirc, Infusate, InfusateTracer, MsrunSample, MsrunSequence,
    PeakGroup, PeakGroupCompound, Sample, Tissue, Tracer, TracerLabel,
};
use crate::study::schema::{
    animals, compounds, fcircs, infusate_tracers, infusates, msrun_samples, msrun_sequences,
    peak_groups, samples, tissues, tracer_labels, tracers,
};

#[path = "../../explained/agree.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
mod agree;

use self::agree::Explained;
use super::lab::{
    Lab, animal, compound, day, fcirc, infusate, infused, label, peak_group, run, sample, sequence,
    shows, tissue, tracer,
};
use super::{Conn, Outcome, Place};

type Run = fn(&mut Conn, &Lab) -> Outcome;

/// Runs writes, each on a fresh laboratory, and compares them with what is said of them; no more is said than twice of what
/// runs.
fn compare(writes: &[(&str, Run)]) -> Vec<String> {
    let mut missing = Vec::new();
    let (mut ran, mut said) = (0, 0);
    for &(write, run) in writes {
        let place = Place::new();
        let mut conn = place.connect();
        let lab = conn.buffer_autoupdates(Lab::fill).unwrap();
        let mut explained = Explained::of(&conn, write);
        explained.run(&mut conn, |conn| run(conn, &lab));
        let not_computed = explained.not_computed().into_iter();
        missing.extend(not_computed.map(|field| format!("{write}: {field}")));
        let (really, most) = explained.statements();
        ran += really;
        said += most;
    }
    assert!(said < 2 * ran, "{ran} statements ran of {said}");
    missing
}

#[test]
fn what_is_explained_of_an_insert_is_what_runs() {
    let missing = compare(&[
        ("insert compounds", |conn, _| {
            compound(conn, "new", "C").map(drop)
        }),
        ("insert tracers", |conn, lab| {
            tracer(conn, lab.glucose).map(drop)
        }),
        ("insert tracer_labels", |conn, lab| {
            label(conn, lab.glucose_tracer, Element::H, 1, &[1], 2).map(drop)
        }),
        ("insert infusates", |conn, _| {
            infusate(conn, Some("new")).map(drop)
        }),
        ("insert infusate_tracers", |conn, lab| {
            infused(conn, lab.ti, lab.other_palmitate_tracer, 9.0).map(drop)
        }),
        ("insert animals", |conn, lab| {
            animal(conn, "new", Some(lab.ti)).map(drop)
        }),
        ("insert tissues", |conn, _| tissue(conn, "brain").map(drop)),
        ("insert samples", |conn, lab| {
            sample(conn, "new", lab.ada.animal, lab.serum, Some(500)).map(drop)
        }),
        ("insert fcircs", |conn, lab| {
            fcirc(conn, lab.ada.second.sample, lab.other_palmitate_tracer).map(drop)
        }),
        ("insert msrun_sequences", |conn, _| {
            sequence(conn, 9).map(drop)
        }),
        ("insert msrun_samples", |conn, lab| {
            run(conn, lab.late_sequence, lab.ada.first.sample).map(drop)
        }),
        ("insert peak_groups", |conn, lab| {
            peak_group(conn, lab.ada.first.run, &[]).map(drop)
        }),
        ("insert peak_group_compounds", |conn, lab| {
            shows(conn, lab.ada.second.palmitate_group, lab.glucose)
        }),
    ]);
    // A new row has no others of which it could have heard, or its value is none.
    let expected = [
        "insert tracers: Infusate::name",
        "insert tracers: Infusate::label_combo",
        "insert tracers: Animal::label_combo",
        "insert infusates: Fcirc::is_last",
        "insert infusates: Animal::label_combo",
        "insert infusate_tracers: Animal::label_combo",
    ];
    assert_eq!(missing, expected);
}

#[test]
fn what_is_explained_of_an_update_is_what_runs() {
    let missing = compare(&[
        ("update compounds.name", |conn, lab| {
            Compound::update(conn, lab.glucose, compounds::name.eq("sugar")).map(drop)
        }),
        ("update compounds.formula", |conn, lab| {
            Compound::update(conn, lab.glucose, compounds::formula.eq("C")).map(drop)
        }),
        ("update tracers.compound_id", |conn, lab| {
            let to = tracers::compound_id.eq(lab.palmitate);
            Tracer::update(conn, lab.glucose_tracer, to).map(drop)
        }),
        ("update tracer_labels.element", |conn, lab| {
            let to = tracer_labels::element.eq(Element::H);
            TracerLabel::update(conn, lab.glucose_carbon, to).map(drop)
        }),
        ("update tracer_labels.count", |conn, lab| {
            let to = tracer_labels::count.eq(1);
            TracerLabel::update(conn, lab.glucose_carbon, to).map(drop)
        }),
        ("update tracer_labels.tracer_id", |conn, lab| {
            let to = tracer_labels::tracer_id.eq(lab.palmitate_tracer);
            TracerLabel::update(conn, lab.glucose_carbon, to).map(drop)
        }),
        ("update infusates.tracer_group_name", |conn, lab| {
            let to = infusates::tracer_group_name.eq("new");
            Infusate::update(conn, lab.ti, to).map(drop)
        }),
        ("update infusate_tracers.concentration", |conn, _| {
            let to = infusate_tracers::concentration.eq(7.0);
            InfusateTracer::update(conn, 1, to).map(drop)
        }),
        ("update animals.infusate_id", |conn, lab| {
            let to = animals::infusate_id.eq(lab.plain);
            Animal::update(conn, lab.ada.animal, to).map(drop)
        }),
        ("update tissues.name", |conn, lab| {
            Tissue::update(conn, lab.liver, tissues::name.eq("serum")).map(drop)
        }),
        ("update samples.time_collected", |conn, lab| {
            let to = samples::time_collected.eq(999);
            Sample::update(conn, lab.ada.first.sample, to).map(drop)
        }),
        ("update samples.animal_id", |conn, lab| {
            let to = samples::animal_id.eq(lab.bob.animal);
            Sample::update(conn, lab.ada.second.sample, to).map(drop)
        }),
        ("update samples.date", |conn, lab| {
            let to = samples::date.eq(day(9));
            Sample::update(conn, lab.ada.first.sample, to).map(drop)
        }),
        ("update fcircs.tracer_id", |conn, lab| {
            let to = fcircs::tracer_id.eq(lab.other_palmitate_tracer);
            Fcirc::update(conn, 1, to).map(drop)
        }),
        ("update fcircs.element", |conn, _| {
            Fcirc::update(conn, 1, fcircs::element.eq(Element::O)).map(drop)
        }),
        ("update msrun_sequences.date", |conn, lab| {
            let to = msrun_sequences::date.eq(day(20));
            MsrunSequence::update(conn, lab.early_sequence, to).map(drop)
        }),
        ("update msrun_samples.sample_id", |conn, lab| {
            let to = msrun_samples::sample_id.eq(lab.ada.second.sample);
            MsrunSample::update(conn, lab.ada.first.run, to).map(drop)
        }),
        ("update peak_groups.msrun_sample_id", |conn, lab| {
            let to = peak_groups::msrun_sample_id.eq(lab.ada.second.run);
            PeakGroup::update(conn, lab.ada.first.glucose_group, to).map(drop)
        }),
    ]);
    // Of the two fields that one setter keeps the name changes, and the elements stay.
    let expected = [
        "update tracer_labels.count: Infusate::label_combo",
        "update tracer_labels.count: Animal::label_combo",
    ];
    assert_eq!(missing, expected);
}

#[test]
fn what_is_explained_of_a_delete_is_what_runs() {
    let missing = compare(&[
        ("delete tracer_labels", |conn, lab| {
            TracerLabel::delete_many(conn, &[lab.glucose_carbon])
        }),
        ("delete infusate_tracers", |conn, _| {
            InfusateTracer::delete_many(conn, &[1])
        }),
        ("delete animals", |conn, lab| {
            Animal::delete_many(conn, &[lab.control])
        }),
        ("delete samples", |conn, lab| {
            Sample::delete_many(conn, &[lab.ada.second.sample])
        }),
        ("delete fcircs", |conn, _| Fcirc::delete_many(conn, &[1])),
        ("delete msrun_samples", |conn, lab| {
            MsrunSample::delete_many(conn, &[lab.ada.second.run])
        }),
        ("delete peak_groups", |conn, lab| {
            PeakGroup::delete_many(conn, &[lab.ada.second.glucose_group])
        }),
        ("delete peak_group_compounds", |conn, lab| {
            let key = (lab.ada.second.glucose_group, lab.glucose);
            PeakGroupCompound::delete_many(conn, &[key])
        }),
    ]);
    // The control has no samples, the others' values stay as they are.
    let expected = [
        "delete infusate_tracers: Animal::label_combo",
        "delete animals: Compound::animals_by_tracer",
        "delete animals: Animal::last_serum_sample_id",
        "delete samples: Compound::animals_by_tracer",
    ];
    assert_eq!(missing, expected);
}
