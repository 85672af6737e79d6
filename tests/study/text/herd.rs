//! Many animals: a study of a size that a test chooses.

use diesel::prelude::*;
use maintained::Maintained;

use crate::study::models::{
    Animal, Element, Fcirc, MsrunSample, PeakGroup, PeakGroupCompound, Sample,
};
use crate::study::schema::{
    animals, fcircs, msrun_samples, peak_group_compounds, peak_groups, samples,
};

use super::lab::{Lab, day};
use super::{Conn, Outcome};

/// How many samples an animal has: the first four are of serum.
pub(super) const SAMPLES: usize = 5;

/// Adds animals that were infused with `ti`. Each sample shows glucose and palmitate, and has a flux of each.
pub(super) fn herd(conn: &mut Conn, lab: &Lab, size: usize) -> Outcome<Vec<Animal>> {
    let animals = Animal::insert_many(
        conn,
        (0..size).map(|number| {
            (
                animals::name.eq(format!("herd {number}")),
                animals::infusate_id.eq(lab.ti),
                animals::genotype.eq("WT"),
            )
        }),
    )?;
    let samples = Sample::insert_many(
        conn,
        animals.iter().flat_map(|animal| {
            (0..SAMPLES).map(move |number| {
                (
                    samples::name.eq(format!("{} {number}", animal.name)),
                    samples::date.eq(day(3)),
                    samples::researcher.eq("Ada"),
                    samples::animal_id.eq(animal.id),
                    samples::tissue_id.eq(if number < 4 { lab.serum } else { lab.liver }),
                    samples::time_collected.eq(Some(30 * i32::try_from(number).unwrap())),
                )
            })
        }),
    )?;
    measured(conn, lab, &samples)?;
    Ok(animals)
}

/// Runs the samples.
fn measured(conn: &mut Conn, lab: &Lab, samples: &[Sample]) -> Outcome {
    let runs = MsrunSample::insert_many(
        conn,
        samples.iter().map(|sample| {
            (
                msrun_samples::msrun_sequence_id.eq(lab.early_sequence),
                msrun_samples::sample_id.eq(sample.id),
                msrun_samples::polarity.eq("positive"),
            )
        }),
    )?;
    let compounds = [lab.glucose, lab.palmitate];
    let groups = PeakGroup::insert_many(
        conn,
        runs.iter().flat_map(|run| {
            compounds.map(|_| {
                (
                    peak_groups::name.eq("peaks"),
                    peak_groups::formula.eq("C"),
                    peak_groups::msrun_sample_id.eq(run.id),
                )
            })
        }),
    )?;
    PeakGroupCompound::insert_many(
        conn,
        groups
            .iter()
            .zip(compounds.iter().cycle())
            .map(|(group, compound)| {
                (
                    peak_group_compounds::peak_group_id.eq(group.id),
                    peak_group_compounds::compound_id.eq(*compound),
                )
            }),
    )?;
    Fcirc::insert_many(
        conn,
        samples.iter().flat_map(|sample| {
            [lab.glucose_tracer, lab.palmitate_tracer].map(|tracer| {
                (
                    fcircs::serum_sample_id.eq(sample.id),
                    fcircs::tracer_id.eq(tracer),
                    fcircs::element.eq(Element::C),
                )
            })
        }),
    )
    .map(drop)
}
