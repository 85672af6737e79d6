use chrono::NaiveDate;
use diesel::prelude::*;
use maintained::prelude::*;

use super::super::schema::{msrun_samples, msrun_sequences, peak_group_compounds, peak_groups};
use super::{Compound, Sample};

/// A day's work of a mass spectrometer.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = msrun_sequences)]
pub(crate) struct MsrunSequence {
    pub(crate) id: i32,
    pub(crate) researcher: String,
    pub(crate) date: NaiveDate,
    pub(crate) instrument: String,
}

/// A run of one sample in a sequence.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = msrun_samples, belongs_to(MsrunSequence), belongs_to(Sample))]
pub(crate) struct MsrunSample {
    pub(crate) id: i32,
    pub(crate) msrun_sequence_id: i32,
    pub(crate) sample_id: i32,
    pub(crate) polarity: String,
}

/// The peaks that a run shows of a compound, or of several that it cannot tell apart.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = peak_groups, belongs_to(MsrunSample))]
pub(crate) struct PeakGroup {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) formula: String,
    pub(crate) msrun_sample_id: i32,
}

/// The link between a peak group and a compound: it has no column of its own, and is what a new one is as well.
#[derive(Debug, Queryable, Selectable, Identifiable, Insertable, Maintained, New)]
#[maintained(new_of = PeakGroupCompound)]
#[diesel(
    table_name = peak_group_compounds,
    primary_key(peak_group_id, compound_id),
    belongs_to(PeakGroup),
    belongs_to(Compound)
)]
pub(crate) struct PeakGroupCompound {
    pub(crate) peak_group_id: i32,
    pub(crate) compound_id: i32,
}

/// What a circulatory flux needs of a sequence.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = msrun_sequences)]
#[maintained(view_of = MsrunSequence)]
pub(crate) struct SequenceDate {
    pub(crate) date: NaiveDate,
}

/// A peak group, whatever it is called.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = peak_groups)]
#[maintained(view_of = PeakGroup)]
pub(crate) struct PeakGroupKey {
    pub(crate) id: i32,
}
