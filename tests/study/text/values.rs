//! The values that `TraceBase`'s own tests expect.

use maintained::Maintained;

use crate::study::models::Infusate;

use super::lab::{compound, infusate, infused, tracer};
use super::modes::after;
use super::seen::{
    all_in, animals_by_tracer, combos, last_serum, last_words, names, serum_samples, texts,
};

/// The names of the laboratory's tracers.
pub(super) const TRACERS: [&str; 3] = [
    "glucose-[2,3-13C2,4-17O1]",
    "C16:0-[5,6-13C2,17O2]",
    "C16:0-[4,5,6-13C2,17O2]",
];

/// The names of its infusates.
pub(super) const INFUSATES: [&str; 2] = [
    "ti {C16:0-[5,6-13C2,17O2][2];glucose-[2,3-13C2,4-17O1][1]}",
    "C16:0-[4,5,6-13C2,17O2][4];glucose-[2,3-13C2,4-17O1][3]",
];

#[test]
fn tracers_and_infusates_are_named() {
    let expected = (texts(&TRACERS), texts(&INFUSATES));
    after(|_, _| Ok(()), |conn, _| names(conn), &expected);
}

#[test]
fn an_infusate_without_tracers_is_named_as_its_group() {
    after(
        |conn, _| infusate(conn, Some("ti3")).map(drop),
        |conn, _| names(conn).1,
        &texts(&[INFUSATES[0], INFUSATES[1], "ti3"]),
    );
}

#[test]
fn an_infusate_of_nothing_has_no_name() {
    after(
        |conn, _| infusate(conn, None).map(drop),
        |conn, _| names(conn).1,
        &texts(&[INFUSATES[0], INFUSATES[1], "-"]),
    );
}

#[test]
fn a_tracer_without_labels_is_named_as_its_compound() {
    after(
        |conn, _| {
            let lysine = compound(conn, "lysine2", "C6H14N2O2")?;
            tracer(conn, lysine).map(drop)
        },
        |conn, _| (names(conn).0, combos(conn)[0].clone()),
        &(
            texts(&[TRACERS[0], TRACERS[1], TRACERS[2], "lysine2"]),
            texts(&["C+O", "C+O", "C+O", "-"]),
        ),
    );
}

#[test]
fn concentrations_have_three_significant_digits() {
    after(
        |conn, lab| {
            let more = infusate(conn, Some("more"))?;
            infused(conn, more, lab.glucose_tracer, 23.2)?;
            infused(conn, more, lab.palmitate_tracer, 1234.0)?;
            infused(conn, more, lab.other_palmitate_tracer, 0.000_012_3).map(drop)
        },
        |conn, _| names(conn).1.pop(),
        &Some(
            "more {C16:0-[4,5,6-13C2,17O2][1.23e-05];C16:0-[5,6-13C2,17O2][1.23e+03];glucose-[2,3-13C2,4-17O1][23.2]}"
                .to_owned(),
        ),
    );
}

#[test]
fn combinations_of_labels_go_to_infusates_and_animals() {
    let expected = [
        texts(&["C+O", "C+O", "C+O"]),
        texts(&["C+O", "C+O"]),
        texts(&["-", "C+O", "C+O"]),
    ];
    after(|_, _| Ok(()), |conn, _| combos(conn), &expected);
}

#[test]
fn the_last_serum_sample_and_the_last_fluxes_are_those_of_the_second_sample() {
    after(
        |_, _| Ok(()),
        |conn, lab| {
            let (ada, bob) = (last_words(conn, &lab.ada), last_words(conn, &lab.bob));
            (ada, bob, last_serum(conn, lab.control))
        },
        &(all_in(Some("ada-2")), all_in(Some("bob-2")), None),
    );
}

#[test]
fn serum_samples_are_known_by_their_tissue() {
    let expected = texts(&["ada-1", "ada-2", "bob-1", "bob-2"]);
    after(|_, _| Ok(()), |conn, _| serum_samples(conn), &expected);
}

#[test]
fn animals_are_counted_by_traced_compound() {
    let expected = vec![Some(2), Some(2)];
    after(|_, _| Ok(()), |conn, _| animals_by_tracer(conn), &expected);
}

#[test]
fn an_infusate_is_what_its_row_says() {
    after(
        |_, _| Ok(()),
        |conn, lab| {
            let ti = Infusate::find(conn, lab.ti).unwrap().unwrap();
            (ti.tracer_group_name, ti.name, ti.label_combo)
        },
        &(
            Some("ti".to_owned()),
            Some(INFUSATES[0].to_owned()),
            Some("C+O".to_owned()),
        ),
    );
}
