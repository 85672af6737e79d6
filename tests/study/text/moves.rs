//! Rows that move, links that come and go, and values that are swapped: each through the relations that it concerns.

use diesel::prelude::*;
use maintained::Maintained;

use crate::study::models::{
    Animal, Compound, Infusate, InfusateTracer, MsrunSample, MsrunSequence, PeakGroup,
    PeakGroupCompound, Sample, Tracer, TracerLabel,
};
use crate::study::schema::{
    animals, compounds, infusate_tracers, infusates, msrun_samples, msrun_sequences, peak_groups,
    samples, tracer_labels, tracers,
};

use super::lab::{animal, compound, day, infused, run, shows};
use super::modes::after;
use super::seen::{
    all_in, animals_by_tracer, combos, last_serum, last_words, names, of_ada, texts,
};
use super::values::{INFUSATES, TRACERS};
use super::{Conn, Outcome};

#[test]
fn a_label_that_moves_renames_both_tracers() {
    after(
        |conn, lab| {
            let changes = tracer_labels::tracer_id.eq(lab.palmitate_tracer);
            TracerLabel::update(conn, lab.glucose_carbon, changes).map(drop)
        },
        |conn, _| names(conn),
        &(
            texts(&[
                "glucose-[4-17O1]",
                "C16:0-[2,3-13C2,5,6-13C2,17O2]",
                "C16:0-[4,5,6-13C2,17O2]",
            ]),
            texts(&[
                "ti {C16:0-[2,3-13C2,5,6-13C2,17O2][2];glucose-[4-17O1][1]}",
                "C16:0-[4,5,6-13C2,17O2][4];glucose-[4-17O1][3]",
            ]),
        ),
    );
}

#[test]
fn a_tracer_that_moves_to_another_compound_is_renamed_and_counts_there() {
    after(
        |conn, lab| {
            let oleate = compound(conn, "oleate", "C18H34O2")?;
            let changes = tracers::compound_id.eq(oleate);
            Tracer::update(conn, lab.other_palmitate_tracer, changes).map(drop)
        },
        |conn, lab| {
            let words = last_words(conn, &lab.bob);
            (names(conn), animals_by_tracer(conn), words.1)
        },
        &(
            (
                texts(&[TRACERS[0], TRACERS[1], "oleate-[4,5,6-13C2,17O2]"]),
                texts(&[
                    INFUSATES[0],
                    "glucose-[2,3-13C2,4-17O1][3];oleate-[4,5,6-13C2,17O2][4]",
                ]),
            ),
            vec![Some(2), Some(1), Some(1)],
            // No sample of his shows oleate, so none is full.
            Vec::new(),
        ),
    );
}

#[test]
fn two_compounds_may_swap_their_names_and_so_do_their_tracers() {
    after(
        |conn, lab| {
            // The database checks a compound's name at once; the tracers' names are the library's.
            Compound::update(conn, lab.glucose, compounds::name.eq("other"))?;
            Compound::update(conn, lab.palmitate, compounds::name.eq("glucose"))?;
            Compound::update(conn, lab.glucose, compounds::name.eq("C16:0")).map(drop)
        },
        |conn, _| names(conn).0,
        &texts(&[
            "C16:0-[2,3-13C2,4-17O1]",
            "glucose-[5,6-13C2,17O2]",
            "glucose-[4,5,6-13C2,17O2]",
        ]),
    );
}

#[test]
fn two_tracers_may_swap_their_unique_names() {
    after(
        |conn, lab| {
            // In one write, or there would be two tracers of one name in between.
            let swapped = [lab.palmitate_tracer, lab.other_palmitate_tracer];
            let mut labels: Vec<TracerLabel> = tracer_labels::table
                .filter(tracer_labels::tracer_id.eq_any(swapped))
                .select(TracerLabel::as_select())
                .load(conn)?;
            for label in &mut labels {
                label.tracer_id = swapped[usize::from(label.tracer_id == swapped[0])];
            }
            labels.retain(|label| label.mass_number == 13);
            TracerLabel::save_many(conn, &mut labels)
        },
        |conn, _| names(conn),
        &(
            texts(&[TRACERS[0], TRACERS[2], TRACERS[1]]),
            texts(&[
                "ti {C16:0-[4,5,6-13C2,17O2][2];glucose-[2,3-13C2,4-17O1][1]}",
                "C16:0-[5,6-13C2,17O2][4];glucose-[2,3-13C2,4-17O1][3]",
            ]),
        ),
    );
}

#[test]
fn a_concentration_and_a_group_are_in_the_name() {
    after(
        |conn, lab| {
            let link = infusate_tracers::table
                .filter(infusate_tracers::infusate_id.eq(lab.ti))
                .filter(infusate_tracers::tracer_id.eq(lab.glucose_tracer))
                .select(infusate_tracers::id)
                .first(conn)?;
            InfusateTracer::update(conn, link, infusate_tracers::concentration.eq(0.25))?;
            let changes = infusates::tracer_group_name.eq("late");
            Infusate::update(conn, lab.plain, changes).map(drop)
        },
        |conn, _| names(conn).1,
        &texts(&[
            "ti {C16:0-[5,6-13C2,17O2][2];glucose-[2,3-13C2,4-17O1][0.25]}",
            "late {C16:0-[4,5,6-13C2,17O2][4];glucose-[2,3-13C2,4-17O1][3]}",
        ]),
    );
}

#[test]
fn a_link_that_goes_takes_the_tracer_out_of_the_infusate() {
    after(
        |conn, lab| remove(conn, lab.ti, lab.palmitate_tracer),
        |conn, _| (names(conn).1, animals_by_tracer(conn)),
        &(
            texts(&["ti {glucose-[2,3-13C2,4-17O1][1]}", INFUSATES[1]]),
            vec![Some(2), Some(1)],
        ),
    );
}

#[test]
fn a_link_that_comes_makes_samples_less_than_full() {
    after(
        |conn, lab| {
            let lysine = compound(conn, "lysine2", "C6H14N2O2")?;
            let lysine = super::lab::tracer(conn, lysine)?;
            infused(conn, lab.ti, lysine, 5.0).map(drop)
        },
        |conn, lab| (animals_by_tracer(conn), of_ada(conn, lab)),
        &(
            vec![Some(2), Some(2), Some(1)],
            (Some("ada-2".to_owned()), Vec::new(), Vec::new()),
        ),
    );
}

fn remove(conn: &mut Conn, infusate: i32, tracer: i32) -> Outcome {
    let link = infusate_tracers::table
        .filter(infusate_tracers::infusate_id.eq(infusate))
        .filter(infusate_tracers::tracer_id.eq(tracer))
        .select(InfusateTracer::as_select())
        .first(conn)?;
    link.delete(conn)
}

#[test]
fn a_tracer_that_is_deleted_goes_out_of_its_infusates_by_cascade() {
    after(
        |conn, lab| Tracer::delete_many(conn, &[lab.palmitate_tracer]),
        |conn, lab| (names(conn), animals_by_tracer(conn), of_ada(conn, lab)),
        &(
            (
                texts(&[TRACERS[0], TRACERS[2]]),
                texts(&["ti {glucose-[2,3-13C2,4-17O1][1]}", INFUSATES[1]]),
            ),
            vec![Some(2), Some(1)],
            (Some("ada-2".to_owned()), texts(&["ada-2"]), Vec::new()),
        ),
    );
}

#[test]
fn an_animal_that_gets_another_infusate_is_counted_there() {
    after(
        |conn, lab| {
            remove(conn, lab.plain, lab.other_palmitate_tracer)?;
            Animal::update(conn, lab.ada.animal, animals::infusate_id.eq(lab.plain))?;
            Animal::update(conn, lab.control, animals::infusate_id.eq(lab.plain)).map(drop)
        },
        |conn, _| (animals_by_tracer(conn), combos(conn)[2].clone()),
        &(vec![Some(3), Some(0)], texts(&["C+O", "C+O", "C+O"])),
    );
}

#[test]
fn an_animal_that_is_not_infused_any_more_is_not_counted() {
    after(
        |conn, lab| {
            let none = animals::infusate_id.eq(None::<i32>);
            Animal::update(conn, lab.ada.animal, none).map(drop)
        },
        |conn, _| (animals_by_tracer(conn), combos(conn)[2].clone()),
        &(vec![Some(1), Some(1)], texts(&["-", "-", "C+O"])),
    );
}

#[test]
fn an_animal_that_is_deleted_takes_all_of_its_own_along() {
    after(
        |conn, lab| Animal::delete_many(conn, &[lab.ada.animal]),
        |conn, lab| {
            let samples: Vec<String> = samples::table
                .order(samples::name)
                .select(samples::name)
                .load(conn)
                .unwrap();
            (samples, animals_by_tracer(conn), last_words(conn, &lab.bob))
        },
        &(
            texts(&["bob-1", "bob-2", "bob-liver"]),
            vec![Some(1), Some(1)],
            all_in(Some("bob-2")),
        ),
    );
}

#[test]
fn a_sample_that_moves_changes_both_animals() {
    after(
        |conn, lab| {
            let changes = samples::animal_id.eq(lab.control);
            Sample::update(conn, lab.ada.second.sample, changes).map(drop)
        },
        |conn, lab| (of_ada(conn, lab), last_serum(conn, lab.control)),
        &(all_in(Some("ada-1")), Some("ada-2".to_owned())),
    );
}

#[test]
fn a_time_and_a_name_decide_which_sample_is_the_last() {
    after(
        |conn, lab| {
            let early = samples::time_collected.eq(Some(60));
            Sample::update(conn, lab.ada.second.sample, early)?;
            Sample::update(conn, lab.ada.first.sample, samples::name.eq("z")).map(drop)
        },
        |conn, lab| last_serum(conn, lab.ada.animal),
        &Some("z".to_owned()),
    );
}

#[test]
fn a_run_that_moves_takes_its_peak_groups_to_another_sample() {
    after(
        |conn, lab| {
            let changes = msrun_samples::sample_id.eq(lab.ada.liver.sample);
            MsrunSample::update(conn, lab.ada.second.run, changes).map(drop)
        },
        of_ada,
        &(
            Some("ada-2".to_owned()),
            texts(&["ada-1"]),
            texts(&["ada-1"]),
        ),
    );
}

#[test]
fn a_peak_group_that_goes_leaves_its_sample_less_than_full() {
    after(
        |conn, lab| PeakGroup::delete_many(conn, &[lab.ada.second.palmitate_group]),
        of_ada,
        &(
            Some("ada-2".to_owned()),
            texts(&["ada-1"]),
            texts(&["ada-1"]),
        ),
    );
}

#[test]
fn a_peak_group_that_moves_makes_another_sample_full() {
    after(
        |conn, lab| {
            PeakGroup::delete_many(conn, &[lab.ada.first.palmitate_group])?;
            let second = run(conn, lab.late_sequence, lab.ada.first.sample)?;
            let changes = peak_groups::msrun_sample_id.eq(second);
            let moved = lab.ada.second.palmitate_group;
            PeakGroup::update(conn, moved, changes).map(drop)
        },
        of_ada,
        &(
            Some("ada-2".to_owned()),
            texts(&["ada-1"]),
            texts(&["ada-1"]),
        ),
    );
}

#[test]
fn a_link_without_columns_shows_a_compound_or_does_not() {
    after(
        |conn, lab| {
            let link = (lab.ada.second.palmitate_group, lab.palmitate);
            PeakGroupCompound::delete_many(conn, &[link])?;
            // The glucose group of Bob's first sample shows palmitate, too, and his second sample none.
            shows(conn, lab.bob.first.glucose_group, lab.palmitate)?;
            let link = (lab.bob.second.palmitate_group, lab.palmitate);
            PeakGroupCompound::delete_many(conn, &[link])
        },
        |conn, lab| (of_ada(conn, lab).1, last_words(conn, &lab.bob).2),
        &(texts(&["ada-1"]), texts(&["bob-1"])),
    );
}

#[test]
fn the_date_of_a_sequence_decides_between_samples_of_one_time() {
    after(
        |conn, lab| {
            let early = samples::time_collected.eq(Some(60));
            Sample::update(conn, lab.ada.second.sample, early)?;
            let changes = msrun_samples::msrun_sequence_id.eq(lab.late_sequence);
            MsrunSample::update(conn, lab.ada.first.run, changes).map(drop)
        },
        |conn, lab| of_ada(conn, lab).1,
        &texts(&["ada-1"]),
    );
    after(
        |conn, lab| {
            let early = samples::time_collected.eq(Some(60));
            Sample::update(conn, lab.ada.second.sample, early)?;
            let changes = msrun_samples::msrun_sequence_id.eq(lab.late_sequence);
            MsrunSample::update(conn, lab.ada.first.run, changes)?;
            let changes = msrun_sequences::date.eq(day(20));
            MsrunSequence::update(conn, lab.early_sequence, changes).map(drop)
        },
        |conn, lab| of_ada(conn, lab).1,
        &texts(&["ada-2"]),
    );
}

#[test]
fn the_circle_between_animals_and_samples_holds_when_a_last_sample_moves_and_goes() {
    after(
        |conn, lab| {
            let carl = animal(conn, "carl", Some(lab.ti))?;
            let to_carl = samples::animal_id.eq(carl);
            Sample::update(conn, lab.ada.second.sample, to_carl)?;
            Sample::update(conn, lab.ada.first.sample, samples::animal_id.eq(carl))?;
            Animal::delete_many(conn, &[carl])
        },
        |conn, lab| (last_serum(conn, lab.ada.animal), animals_by_tracer(conn)),
        &(None, vec![Some(2), Some(2)]),
    );
}
