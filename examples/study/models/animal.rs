use diesel::prelude::*;
use maintained::prelude::*;

use super::super::schema::animals;
use super::{Infusate, Sample};

/// An animal. Its last serum sample is a foreign key that is maintained: a sample names its animal, and the animal one
/// of its samples.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = animals, belongs_to(Infusate), belongs_to(Sample, foreign_key = last_serum_sample_id))]
pub(crate) struct Animal {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) infusate_id: Option<i32>,
    pub(crate) genotype: String,
    /// In weeks.
    pub(crate) age: Option<f64>,
    pub(crate) sex: Option<String>,
    pub(crate) diet: Option<String>,
    /// In grams.
    pub(crate) body_weight: Option<f64>,
    /// In microlitres a minute for each gram of body weight.
    pub(crate) infusion_rate: Option<f64>,
    #[maintained]
    pub(crate) last_serum_sample_id: Option<i32>,
    /// The infusate's; a field that needs no function.
    #[maintained(copy(Infusate::label_combo), label = "label_combos")]
    pub(crate) label_combo: Option<String>,
}

/// An animal that is counted.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = animals)]
#[maintained(view_of = Animal)]
pub(crate) struct AnimalKey {
    pub(crate) id: i32,
}
