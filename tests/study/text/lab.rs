//! A small laboratory, with the tracers and infusates that `TraceBase`'s own tests have.

use chrono::NaiveDate;
use diesel::prelude::*;
use maintained::Maintained;

use crate::study::models::{
    Animal, Compound, Element, Fcirc, Infusate, InfusateTracer, MsrunSample, MsrunSequence,
    PeakGroup, PeakGroupCompound, Positions, Sample, Tissue, Tracer, TracerLabel,
};
use crate::study::schema::{
    animals, compounds, fcircs, infusate_tracers, infusates, msrun_samples, msrun_sequences,
    peak_group_compounds, peak_groups, samples, tissues, tracer_labels, tracers,
};

use super::{Conn, Outcome};

/// The keys of what is in the laboratory.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) glucose: i32,
    pub(super) palmitate: i32,
    pub(super) glucose_tracer: i32,
    /// The label `2,3-13C2` of the glucose tracer.
    pub(super) glucose_carbon: i32,
    pub(super) palmitate_tracer: i32,
    pub(super) other_palmitate_tracer: i32,
    /// Group `ti`: glucose at 1, palmitate at 2.
    pub(super) ti: i32,
    /// No group: glucose at 3, the other palmitate at 4.
    pub(super) plain: i32,
    pub(super) serum: i32,
    pub(super) liver: i32,
    pub(super) early_sequence: i32,
    pub(super) late_sequence: i32,
    /// Infused with `ti`: two full serum samples.
    pub(super) ada: Subject,
    /// Infused with the plain one: two full serum samples.
    pub(super) bob: Subject,
    /// Not infused, no samples.
    pub(super) control: i32,
}

/// An animal with two serum samples, at 60 and at 120 minutes, and a sample of its liver.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) animal: i32,
    pub(super) first: Shown,
    pub(super) second: Shown,
    pub(super) liver: Shown,
}

/// A sample that shows glucose and palmitate.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) sample: i32,
    pub(super) run: i32,
    pub(super) glucose_group: i32,
    pub(super) palmitate_group: i32,
}

impl Lab {
    /// Fills an empty database, in whichever mode the connection is.
    pub(super) fn fill(conn: &mut Conn) -> Outcome<Self> {
        let glucose = compound(conn, "glucose", "C6H12O6")?;
        let palmitate = compound(conn, "C16:0", "C16H32O2")?;
        let glucose_tracer = tracer(conn, glucose)?;
        let glucose_carbon = label(conn, glucose_tracer, Element::C, 2, &[2, 3], 13)?;
        label(conn, glucose_tracer, Element::O, 1, &[4], 17)?;
        let palmitate_tracer = tracer(conn, palmitate)?;
        label(conn, palmitate_tracer, Element::C, 2, &[5, 6], 13)?;
        label(conn, palmitate_tracer, Element::O, 2, &[], 17)?;
        let other_palmitate_tracer = tracer(conn, palmitate)?;
        label(conn, other_palmitate_tracer, Element::C, 2, &[4, 5, 6], 13)?;
        label(conn, other_palmitate_tracer, Element::O, 2, &[], 17)?;
        let ti = infusate(conn, Some("ti"))?;
        infused(conn, ti, glucose_tracer, 1.0)?;
        infused(conn, ti, palmitate_tracer, 2.0)?;
        let plain = infusate(conn, None)?;
        infused(conn, plain, glucose_tracer, 3.0)?;
        infused(conn, plain, other_palmitate_tracer, 4.0)?;
        let mut lab = Self {
            glucose,
            palmitate,
            glucose_tracer,
            glucose_carbon,
            palmitate_tracer,
            other_palmitate_tracer,
            ti,
            plain,
            serum: tissue(conn, "serum_plasma")?,
            liver: tissue(conn, "liver")?,
            early_sequence: sequence(conn, 1)?,
            late_sequence: sequence(conn, 2)?,
            ada: Subject::none(),
            bob: Subject::none(),
            control: animal(conn, "control", None)?,
        };
        lab.ada = lab.subject(conn, "ada", ti, palmitate_tracer)?;
        lab.bob = lab.subject(conn, "bob", plain, other_palmitate_tracer)?;
        Ok(lab)
    }

    fn subject(
        &self,
        conn: &mut Conn,
        name: &str,
        infusate: i32,
        palmitate_tracer: i32,
    ) -> Outcome<Subject> {
        let animal = animal(conn, name, Some(infusate))?;
        let mut shown = |suffix: &str, tissue, time| {
            let sample = sample(conn, &format!("{name}-{suffix}"), animal, tissue, time)?;
            self.shown(conn, sample, self.early_sequence, palmitate_tracer)
        };
        Ok(Subject {
            animal,
            first: shown("1", self.serum, Some(60))?,
            second: shown("2", self.serum, Some(120))?,
            liver: shown("liver", self.liver, Some(180))?,
        })
    }

    /// Runs a sample in a sequence, which shows glucose and palmitate; it has a flux of each.
    pub(super) fn shown(
        &self,
        conn: &mut Conn,
        sample: i32,
        sequence: i32,
        palmitate_tracer: i32,
    ) -> Outcome<Shown> {
        let run = run(conn, sequence, sample)?;
        let shown = Shown {
            sample,
            run,
            glucose_group: peak_group(conn, run, &[self.glucose])?,
            palmitate_group: peak_group(conn, run, &[self.palmitate])?,
        };
        fcirc(conn, sample, self.glucose_tracer)?;
        fcirc(conn, sample, palmitate_tracer)?;
        Ok(shown)
    }
}

impl Subject {
    fn none() -> Self {
        let shown = || Shown {
            sample: 0,
            run: 0,
            glucose_group: 0,
            palmitate_group: 0,
        };
        Self {
            animal: 0,
            first: shown(),
            second: shown(),
            liver: shown(),
        }
    }
}

pub(super) fn compound(conn: &mut Conn, name: &str, formula: &str) -> Outcome<i32> {
    let new = (
        compounds::name.eq(name),
        compounds::formula.eq(formula),
        compounds::hmdb_id.eq(format!("HMDB {name}")),
    );
    Ok(Compound::insert(conn, new)?.id)
}

pub(super) fn tracer(conn: &mut Conn, compound: i32) -> Outcome<i32> {
    Ok(Tracer::insert(conn, tracers::compound_id.eq(compound))?.id)
}

pub(super) fn label(
    conn: &mut Conn,
    tracer: i32,
    element: Element,
    count: i32,
    positions: &[u32],
    mass_number: i32,
) -> Outcome<i32> {
    let new = (
        tracer_labels::tracer_id.eq(tracer),
        tracer_labels::element.eq(element),
        tracer_labels::count.eq(count),
        tracer_labels::positions.eq(Positions::from(positions)),
        tracer_labels::mass_number.eq(mass_number),
    );
    Ok(TracerLabel::insert(conn, new)?.id)
}

pub(super) fn infusate(conn: &mut Conn, group: Option<&str>) -> Outcome<i32> {
    Ok(Infusate::insert(conn, infusates::tracer_group_name.eq(group))?.id)
}

pub(super) fn infused(
    conn: &mut Conn,
    infusate: i32,
    tracer: i32,
    concentration: f64,
) -> Outcome<i32> {
    let new = (
        infusate_tracers::infusate_id.eq(infusate),
        infusate_tracers::tracer_id.eq(tracer),
        infusate_tracers::concentration.eq(concentration),
    );
    Ok(InfusateTracer::insert(conn, new)?.id)
}

pub(super) fn animal(conn: &mut Conn, name: &str, infusate: Option<i32>) -> Outcome<i32> {
    let new = (
        animals::name.eq(name),
        animals::infusate_id.eq(infusate),
        animals::genotype.eq("WT"),
    );
    Ok(Animal::insert(conn, new)?.id)
}

pub(super) fn tissue(conn: &mut Conn, name: &str) -> Outcome<i32> {
    Ok(Tissue::insert(conn, tissues::name.eq(name))?.id)
}

pub(super) fn sample(
    conn: &mut Conn,
    name: &str,
    animal: i32,
    tissue: i32,
    time_collected: Option<i32>,
) -> Outcome<i32> {
    let new = (
        samples::name.eq(name),
        samples::date.eq(day(1)),
        samples::researcher.eq("Ada"),
        samples::animal_id.eq(animal),
        samples::tissue_id.eq(tissue),
        samples::time_collected.eq(time_collected),
    );
    Ok(Sample::insert(conn, new)?.id)
}

pub(super) fn fcirc(conn: &mut Conn, sample: i32, tracer: i32) -> Outcome<i32> {
    let new = (
        fcircs::serum_sample_id.eq(sample),
        fcircs::tracer_id.eq(tracer),
        fcircs::element.eq(Element::C),
    );
    Ok(Fcirc::insert(conn, new)?.id)
}

/// A day of the month in which everything happens.
pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 2, day).unwrap()
}

pub(super) fn sequence(conn: &mut Conn, on: u32) -> Outcome<i32> {
    let new = (
        msrun_sequences::researcher.eq("Ines"),
        msrun_sequences::date.eq(day(on)),
        msrun_sequences::instrument.eq("QE2"),
    );
    Ok(MsrunSequence::insert(conn, new)?.id)
}

pub(super) fn run(conn: &mut Conn, sequence: i32, sample: i32) -> Outcome<i32> {
    let new = (
        msrun_samples::msrun_sequence_id.eq(sequence),
        msrun_samples::sample_id.eq(sample),
        msrun_samples::polarity.eq("positive"),
    );
    Ok(MsrunSample::insert(conn, new)?.id)
}

pub(super) fn peak_group(conn: &mut Conn, run: i32, compounds: &[i32]) -> Outcome<i32> {
    let new = (
        peak_groups::name.eq("peaks"),
        peak_groups::formula.eq("C"),
        peak_groups::msrun_sample_id.eq(run),
    );
    let group = PeakGroup::insert(conn, new)?.id;
    for &compound in compounds {
        shows(conn, group, compound)?;
    }
    Ok(group)
}

pub(super) fn shows(conn: &mut Conn, group: i32, compound: i32) -> Outcome {
    let new = (
        peak_group_compounds::peak_group_id.eq(group),
        peak_group_compounds::compound_id.eq(compound),
    );
    PeakGroupCompound::insert(conn, new).map(drop)
}
