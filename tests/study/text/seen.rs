//! What a test sees of the maintained fields.

use diesel::prelude::*;

use crate::study::schema::{animals, compounds, fcircs, infusates, samples, tracers};

use super::Conn;
use super::lab::{Lab, Subject};

/// The names of all tracers, and of all infusates.
pub(super) fn names(conn: &mut Conn) -> (Vec<String>, Vec<String>) {
    let tracers = tracers::table.order(tracers::id).select(tracers::name);
    let infusates = infusates::table
        .order(infusates::id)
        .select(infusates::name);
    (
        written(tracers.load(conn).unwrap()),
        written(infusates.load(conn).unwrap()),
    )
}

/// The combinations of labels of all tracers, all infusates, and all animals.
pub(super) fn combos(conn: &mut Conn) -> [Vec<String>; 3] {
    let tracers = tracers::table
        .order(tracers::id)
        .select(tracers::label_combo);
    let infusates = infusates::table
        .order(infusates::id)
        .select(infusates::label_combo);
    let animals = animals::table
        .order(animals::id)
        .select(animals::label_combo);
    [
        written(tracers.load(conn).unwrap()),
        written(infusates.load(conn).unwrap()),
        written(animals.load(conn).unwrap()),
    ]
}

/// Null is written as a dash.
fn written(texts: Vec<Option<String>>) -> Vec<String> {
    let texts = texts.into_iter();
    texts
        .map(|text| text.unwrap_or_else(|| "-".to_owned()))
        .collect()
}

/// The name of an animal's last serum sample.
pub(super) fn last_serum(conn: &mut Conn, animal: i32) -> Option<String> {
    let last = animals::table
        .find(animal)
        .select(animals::last_serum_sample_id);
    let last: Option<i32> = last.first(conn).unwrap();
    let sample = samples::table.find(last?).select(samples::name);
    Some(sample.first(conn).unwrap())
}

/// Of a subject: the last serum sample, and the samples whose glucose and whose palmitate has the last word.
pub(super) fn last_words(
    conn: &mut Conn,
    subject: &Subject,
) -> (Option<String>, Vec<String>, Vec<String>) {
    (
        last_serum(conn, subject.animal),
        samples_with_last_fcirc(conn, subject.animal, "glucose"),
        samples_with_last_fcirc(conn, subject.animal, "C16:0"),
    )
}

/// The samples of an animal whose fcircs of a compound's tracers are the last.
fn samples_with_last_fcirc(conn: &mut Conn, animal: i32, compound: &str) -> Vec<String> {
    let compounds = compounds::table
        .filter(compounds::name.eq(compound))
        .select(compounds::id);
    let tracers = tracers::table
        .filter(tracers::compound_id.eq_any(compounds))
        .select(tracers::id);
    let last = fcircs::table
        .filter(fcircs::tracer_id.eq_any(tracers))
        .filter(fcircs::is_last.eq(true))
        .select(fcircs::serum_sample_id);
    samples::table
        .filter(samples::animal_id.eq(animal))
        .filter(samples::id.eq_any(last))
        .order(samples::name)
        .select(samples::name)
        .load(conn)
        .unwrap()
}

/// The names of the serum samples.
pub(super) fn serum_samples(conn: &mut Conn) -> Vec<String> {
    let serum = samples::table.filter(samples::is_serum_sample.eq(true));
    let names = serum.order(samples::name).select(samples::name);
    names.load(conn).unwrap()
}

/// The numbers of animals by compound.
pub(super) fn animals_by_tracer(conn: &mut Conn) -> Vec<Option<i32>> {
    let counts = compounds::table
        .order(compounds::id)
        .select(compounds::animals_by_tracer);
    counts.load(conn).unwrap()
}

/// [`last_words`] of Ada.
pub(super) fn of_ada(conn: &mut Conn, lab: &Lab) -> (Option<String>, Vec<String>, Vec<String>) {
    last_words(conn, &lab.ada)
}

/// What [`last_words`] is for one sample that has them all, or none.
pub(super) fn all_in(sample: Option<&str>) -> (Option<String>, Vec<String>, Vec<String>) {
    let name = sample.map(str::to_owned);
    let words: Vec<String> = name.iter().cloned().collect();
    (name, words.clone(), words)
}

/// Texts of their own.
pub(super) fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}
