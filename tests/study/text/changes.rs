//! The changes that `TraceBase` lists, with all that follows from them.

use diesel::prelude::*;
use maintained::Maintained;

use crate::study::models::{Compound, Sample, Tissue, TracerLabel};
use crate::study::schema::{compounds, tissues};

use super::lab::{Lab, label, sample};
use super::modes::after;
use super::seen::{all_in, combos, last_words, names, of_ada, serum_samples, texts};
use super::{Conn, Outcome};

#[test]
fn deleting_a_label_renames_its_tracer_and_the_infusates() {
    after(
        |conn, lab| TracerLabel::delete_many(conn, &[lab.glucose_carbon]),
        |conn, _| (names(conn), combos(conn)),
        &(
            (
                texts(&[
                    "glucose-[4-17O1]",
                    "C16:0-[5,6-13C2,17O2]",
                    "C16:0-[4,5,6-13C2,17O2]",
                ]),
                texts(&[
                    "ti {C16:0-[5,6-13C2,17O2][2];glucose-[4-17O1][1]}",
                    "C16:0-[4,5,6-13C2,17O2][4];glucose-[4-17O1][3]",
                ]),
            ),
            [
                texts(&["O", "C+O", "C+O"]),
                texts(&["C+O, O", "C+O, O"]),
                texts(&["-", "C+O, O", "C+O, O"]),
            ],
        ),
    );
}

#[test]
fn adding_a_label_renames_its_tracer_and_the_infusates() {
    after(
        |conn, lab| {
            use crate::study::models::Element;
            label(conn, lab.palmitate_tracer, Element::H, 1, &[1], 2).map(drop)
        },
        |conn, _| (names(conn), combos(conn)[2].clone()),
        &(
            (
                texts(&[
                    "glucose-[2,3-13C2,4-17O1]",
                    "C16:0-[5,6-13C2,1-2H1,17O2]",
                    "C16:0-[4,5,6-13C2,17O2]",
                ]),
                texts(&[
                    "ti {C16:0-[5,6-13C2,1-2H1,17O2][2];glucose-[2,3-13C2,4-17O1][1]}",
                    "C16:0-[4,5,6-13C2,17O2][4];glucose-[2,3-13C2,4-17O1][3]",
                ]),
            ),
            texts(&["-", "C+H+O, C+O", "C+O"]),
        ),
    );
}

#[test]
fn renaming_a_compound_renames_its_tracers_and_their_infusates() {
    after(
        |conn, lab| {
            Compound::update(conn, lab.palmitate, compounds::name.eq("palmitate")).map(drop)
        },
        |conn, _| names(conn),
        &(
            texts(&[
                "glucose-[2,3-13C2,4-17O1]",
                "palmitate-[5,6-13C2,17O2]",
                "palmitate-[4,5,6-13C2,17O2]",
            ]),
            texts(&[
                "ti {glucose-[2,3-13C2,4-17O1][1];palmitate-[5,6-13C2,17O2][2]}",
                "glucose-[2,3-13C2,4-17O1][3];palmitate-[4,5,6-13C2,17O2][4]",
            ]),
        ),
    );
}

#[test]
fn deleting_the_last_serum_sample_makes_the_one_before_the_last() {
    after(
        |conn, lab| Sample::delete_many(conn, &[lab.ada.second.sample]),
        |conn, lab| (of_ada(conn, lab), last_words(conn, &lab.bob)),
        &(all_in(Some("ada-1")), all_in(Some("bob-2"))),
    );
}

#[test]
fn deleting_every_serum_sample_leaves_none() {
    after(
        |conn, lab| Sample::delete_many(conn, &[lab.ada.first.sample, lab.ada.second.sample]),
        of_ada,
        &all_in(None),
    );
}

#[test]
fn a_later_full_serum_sample_becomes_the_last() {
    after(
        |conn, lab| later_sample(conn, lab, Some(150)),
        of_ada,
        &all_in(Some("ada-3")),
    );
}

#[test]
fn an_earlier_full_serum_sample_does_not() {
    for time in [Some(90), None] {
        after(
            |conn, lab| later_sample(conn, lab, time),
            of_ada,
            &all_in(Some("ada-2")),
        );
    }
}

fn later_sample(conn: &mut Conn, lab: &Lab, time: Option<i32>) -> Outcome {
    let sample = sample(conn, "ada-3", lab.ada.animal, lab.serum, time)?;
    lab.shown(conn, sample, lab.early_sequence, lab.palmitate_tracer)
        .map(drop)
}

#[test]
fn a_later_serum_sample_that_shows_nothing_is_the_last_sample_but_has_not_the_last_word() {
    after(
        |conn, lab| sample(conn, "ada-3", lab.ada.animal, lab.serum, Some(150)).map(drop),
        of_ada,
        &(
            Some("ada-3".to_owned()),
            texts(&["ada-2"]),
            texts(&["ada-2"]),
        ),
    );
}

#[test]
fn a_tissue_that_is_no_serum_any_more_takes_it_from_its_samples() {
    after(
        |conn, lab| Tissue::update(conn, lab.serum, tissues::name.eq("plasma")).map(drop),
        |conn, lab| {
            let words = (of_ada(conn, lab), last_words(conn, &lab.bob));
            (serum_samples(conn), words)
        },
        &(Vec::new(), (all_in(None), all_in(None))),
    );
}

#[test]
fn a_tissue_that_becomes_serum_gives_it_to_its_samples() {
    after(
        |conn, lab| Tissue::update(conn, lab.liver, tissues::name.eq("SERUM_liver")).map(drop),
        |conn, lab| (serum_samples(conn), of_ada(conn, lab)),
        &(
            texts(&["ada-1", "ada-2", "ada-liver", "bob-1", "bob-2", "bob-liver"]),
            all_in(Some("ada-liver")),
        ),
    );
}

#[test]
fn a_tissue_that_stays_serum_under_another_name_changes_nothing() {
    after(
        |conn, lab| Tissue::update(conn, lab.serum, tissues::name.eq("Serum")).map(drop),
        |conn, lab| (serum_samples(conn), of_ada(conn, lab)),
        &(
            texts(&["ada-1", "ada-2", "bob-1", "bob-2"]),
            all_in(Some("ada-2")),
        ),
    );
}
