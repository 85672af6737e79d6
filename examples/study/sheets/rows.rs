//! The rows of the sheets. They name others by names, and by numbers of their own where there are none.

use chrono::NaiveDate;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::super::models::{Element, Positions};

/// A line of `compounds.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct CompoundRow {
    pub(crate) name: String,
    pub(crate) formula: String,
    pub(crate) hmdb_id: String,
}

/// A line of `tissues.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct TissueRow {
    pub(crate) name: String,
}

/// A line of `tracers.csv`: a label of the tracer, or a tracer without labels. Lines of one number are one tracer.
#[derive(Debug, Deserialize)]
pub(crate) struct TracerRow {
    pub(crate) compound: String,
    pub(crate) element: Option<Element>,
    pub(crate) mass_number: Option<i32>,
    pub(crate) count: Option<i32>,
    pub(crate) positions: Positions,
}

/// A line of `infusates.csv`: a tracer in the infusate, or an infusate without tracers. Lines of one number are one
/// infusate.
#[derive(Debug, Deserialize)]
pub(crate) struct InfusateRow {
    pub(crate) group_name: Option<String>,
    pub(crate) tracer: Option<String>,
    pub(crate) concentration: Option<f64>,
}

/// A line of `animals.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct AnimalRow {
    pub(crate) name: String,
    pub(crate) infusate: Option<String>,
    pub(crate) genotype: String,
    pub(crate) age: Option<f64>,
    pub(crate) sex: Option<String>,
    pub(crate) diet: Option<String>,
    pub(crate) body_weight: Option<f64>,
    pub(crate) infusion_rate: Option<f64>,
}

/// A line of `samples.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct SampleRow {
    pub(crate) name: String,
    #[serde(deserialize_with = "date")]
    pub(crate) date: NaiveDate,
    pub(crate) researcher: String,
    pub(crate) animal: String,
    pub(crate) tissue: String,
    pub(crate) time_collected: Option<i32>,
}

/// A line of `sequences.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct SequenceRow {
    pub(crate) sequence: String,
    pub(crate) researcher: String,
    #[serde(deserialize_with = "date")]
    pub(crate) date: NaiveDate,
    pub(crate) instrument: String,
}

/// A line of `runs.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct RunRow {
    pub(crate) run: String,
    pub(crate) sequence: String,
    pub(crate) sample: String,
    pub(crate) polarity: String,
}

/// A line of `peak_groups.csv`; the compounds are parted by slashes.
#[derive(Debug, Deserialize)]
pub(crate) struct PeakGroupRow {
    pub(crate) run: String,
    pub(crate) name: String,
    pub(crate) formula: String,
    pub(crate) compounds: String,
}

/// A line of `fcircs.csv`.
#[derive(Debug, Deserialize)]
pub(crate) struct FcircRow {
    pub(crate) sample: String,
    pub(crate) tracer: String,
    pub(crate) element: Element,
}

/// Reads a date, and says what was written instead.
fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse()
        .map_err(|_| D::Error::custom(format!("`{text}` is no date such as `2025-01-31`")))
}
