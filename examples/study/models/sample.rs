use chrono::NaiveDate;
use diesel::prelude::*;
use maintained::prelude::*;

use super::super::schema::{samples, tissues};
use super::Animal;

/// What a sample is taken of.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tissues)]
pub(crate) struct Tissue {
    pub(crate) id: i32,
    pub(crate) name: String,
}

/// A sample of an animal's tissue.
#[expect(clippy::struct_field_names, reason = "the column is called so")]
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = samples, belongs_to(Animal), belongs_to(Tissue))]
pub(crate) struct Sample {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) date: NaiveDate,
    pub(crate) researcher: String,
    pub(crate) animal_id: i32,
    pub(crate) tissue_id: i32,
    /// In minutes after the infusion began.
    pub(crate) time_collected: Option<i32>,
    #[maintained]
    pub(crate) is_serum_sample: bool,
}

/// What an animal needs of its samples to find the last serum sample.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = samples)]
#[maintained(view_of = Sample)]
pub(crate) struct SerumCandidate {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) time_collected: Option<i32>,
    pub(crate) is_serum_sample: bool,
}

/// What a circulatory flux needs of its animal's samples.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = samples)]
#[maintained(view_of = Sample)]
pub(crate) struct SampleTime {
    pub(crate) id: i32,
    pub(crate) time_collected: Option<i32>,
    pub(crate) is_serum_sample: bool,
}
