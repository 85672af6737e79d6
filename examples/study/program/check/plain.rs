//! The rows as the database has them: the plain columns, and apart from them the maintained ones.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::super::Conn;
use super::Field;
use super::schema::{
    animals, compounds, fcircs, infusate_tracers, infusates, msrun_samples, msrun_sequences,
    peak_group_compounds, peak_groups, samples, tissues, tracer_labels, tracers,
};

/// A label of a tracer.
pub(super) struct Label {
    pub(super) id: i32,
    pub(super) tracer: i32,
    pub(super) element: String,
    pub(super) mass_number: i32,
    pub(super) count: i32,
    pub(super) positions: Vec<i32>,
}

/// A sample.
pub(super) struct SampleRow {
    pub(super) id: i32,
    pub(super) name: String,
    pub(super) animal: i32,
    pub(super) tissue: i32,
    pub(super) time: Option<i32>,
}

/// What the fields follow from.
pub(super) struct Plain {
    /// Names.
    pub(super) compounds: Field<String>,
    /// Key and compound.
    pub(super) tracers: Vec<(i32, i32)>,
    pub(super) labels: Vec<Label>,
    /// Groups' names.
    pub(super) infusates: Field<Option<String>>,
    /// Infusate, tracer and concentration.
    pub(super) infusate_tracers: Vec<(i32, i32, f64)>,
    /// Key and infusate.
    pub(super) animals: Vec<(i32, Option<i32>)>,
    /// Key and name.
    pub(super) tissues: Vec<(i32, String)>,
    pub(super) samples: Vec<SampleRow>,
    /// Key, sample and tracer.
    pub(super) fcircs: Vec<(i32, i32, i32)>,
    /// Dates.
    pub(super) sequences: Field<NaiveDate>,
    /// Sequence and sample.
    pub(super) runs: Field<(i32, i32)>,
    /// Runs.
    pub(super) peak_groups: Field<i32>,
    /// Peak group and compound.
    pub(super) peak_group_compounds: Vec<(i32, i32)>,
}

impl Plain {
    pub(super) fn read(conn: &mut Conn) -> QueryResult<Self> {
        let labels: Vec<(i32, i32, String, i32, i32, String)> = tracer_labels::table
            .select((
                tracer_labels::id,
                tracer_labels::tracer_id,
                tracer_labels::element,
                tracer_labels::mass_number,
                tracer_labels::count,
                tracer_labels::positions,
            ))
            .load(conn)?;
        let samples: Vec<(i32, String, i32, i32, Option<i32>)> = samples::table
            .select((
                samples::id,
                samples::name,
                samples::animal_id,
                samples::tissue_id,
                samples::time_collected,
            ))
            .load(conn)?;
        let runs = msrun_samples::table.select((
            msrun_samples::id,
            (msrun_samples::msrun_sequence_id, msrun_samples::sample_id),
        ));
        let infusate_tracers = infusate_tracers::table.select((
            infusate_tracers::infusate_id,
            infusate_tracers::tracer_id,
            infusate_tracers::concentration,
        ));
        let fcircs = fcircs::table.select((fcircs::id, fcircs::serum_sample_id, fcircs::tracer_id));
        let animals = animals::table.select((animals::id, animals::infusate_id));
        let groups = peak_groups::table.select((peak_groups::id, peak_groups::msrun_sample_id));
        let sequences = msrun_sequences::table.select((msrun_sequences::id, msrun_sequences::date));
        let infusates = infusates::table.select((infusates::id, infusates::tracer_group_name));
        let compounds = compounds::table.select((compounds::id, compounds::name));
        let tracers = tracers::table.select((tracers::id, tracers::compound_id));
        Ok(Self {
            compounds: field(compounds.load(conn)?),
            tracers: tracers.load(conn)?,
            labels: labels.into_iter().map(Label::of).collect(),
            infusates: field(infusates.load(conn)?),
            infusate_tracers: infusate_tracers.load(conn)?,
            animals: animals.load(conn)?,
            tissues: tissues::table
                .select((tissues::id, tissues::name))
                .load(conn)?,
            samples: samples.into_iter().map(SampleRow::of).collect(),
            fcircs: fcircs.load(conn)?,
            sequences: field(sequences.load(conn)?),
            runs: field(runs.load(conn)?),
            peak_groups: field(groups.load(conn)?),
            peak_group_compounds: peak_group_compounds::table.load(conn)?,
        })
    }
}

impl Label {
    fn of(row: (i32, i32, String, i32, i32, String)) -> Self {
        let (id, tracer, element, mass_number, count, positions) = row;
        let positions = positions
            .split(',')
            .filter_map(|number| number.parse().ok());
        Self {
            id,
            tracer,
            element,
            mass_number,
            count,
            positions: positions.collect(),
        }
    }
}

impl SampleRow {
    fn of((id, name, animal, tissue, time): (i32, String, i32, i32, Option<i32>)) -> Self {
        Self {
            id,
            name,
            animal,
            tissue,
            time,
        }
    }
}

/// The maintained fields.
pub(super) struct Stored {
    pub(super) label_names: Field<Option<String>>,
    pub(super) tracer_names: Field<Option<String>>,
    pub(super) tracer_combos: Field<Option<String>>,
    pub(super) infusate_names: Field<Option<String>>,
    pub(super) infusate_combos: Field<Option<String>>,
    pub(super) animal_combos: Field<Option<String>>,
    pub(super) last_serum_samples: Field<Option<i32>>,
    pub(super) serum_samples: Field<bool>,
    pub(super) last_fcircs: Field<bool>,
    pub(super) animal_counts: Field<Option<i32>>,
}

impl Stored {
    pub(super) fn read(conn: &mut Conn) -> QueryResult<Self> {
        macro_rules! stored {
            ($table:ident . $column:ident) => {
                field(
                    $table::table
                        .select(($table::id, $table::$column))
                        .load(conn)?,
                )
            };
        }
        Ok(Self {
            label_names: stored!(tracer_labels.name),
            tracer_names: stored!(tracers.name),
            tracer_combos: stored!(tracers.label_combo),
            infusate_names: stored!(infusates.name),
            infusate_combos: stored!(infusates.label_combo),
            animal_combos: stored!(animals.label_combo),
            last_serum_samples: stored!(animals.last_serum_sample_id),
            serum_samples: stored!(samples.is_serum_sample),
            last_fcircs: stored!(fcircs.is_last),
            animal_counts: stored!(compounds.animals_by_tracer),
        })
    }
}

fn field<T>(rows: Vec<(i32, T)>) -> Field<T> {
    rows.into_iter().collect()
}
