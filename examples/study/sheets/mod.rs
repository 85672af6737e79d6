//! Reads the study's sheets.

mod rows;
mod sheet;

use std::path::Path;

pub(crate) use self::rows::{
    AnimalRow, CompoundRow, FcircRow, InfusateRow, PeakGroupRow, RunRow, SampleRow, SequenceRow,
    TissueRow, TracerRow,
};
pub(crate) use self::sheet::Sheet;
use super::error::LoadError;

/// All sheets, in the order in which they are loaded.
#[derive(Debug)]
pub(crate) struct Study {
    pub(crate) compounds: Sheet<CompoundRow>,
    pub(crate) tissues: Sheet<TissueRow>,
    pub(crate) tracers: Sheet<TracerRow>,
    pub(crate) infusates: Sheet<InfusateRow>,
    pub(crate) animals: Sheet<AnimalRow>,
    pub(crate) samples: Sheet<SampleRow>,
    pub(crate) sequences: Sheet<SequenceRow>,
    pub(crate) runs: Sheet<RunRow>,
    pub(crate) peak_groups: Sheet<PeakGroupRow>,
    pub(crate) fcircs: Sheet<FcircRow>,
}

impl Study {
    /// Reads the sheets of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, LoadError> {
        let tracer = [
            "tracer",
            "compound",
            "element",
            "mass_number",
            "count",
            "positions",
        ];
        let infusate = ["infusate", "group_name", "tracer", "concentration"];
        let animal = [
            "name",
            "infusate",
            "genotype",
            "age",
            "sex",
            "diet",
            "body_weight",
            "infusion_rate",
        ];
        let sample = [
            "name",
            "date",
            "researcher",
            "animal",
            "tissue",
            "time_collected",
        ];
        let sequence = ["sequence", "researcher", "date", "instrument"];
        let run = ["run", "sequence", "sample", "polarity"];
        let peak_group = ["run", "name", "formula", "compounds"];
        Ok(Self {
            compounds: Sheet::read(folder, "compounds", &["name", "formula", "hmdb_id"])?,
            tissues: Sheet::read(folder, "tissues", &["name"])?,
            tracers: Sheet::read(folder, "tracers", &tracer)?.grouped(),
            infusates: Sheet::read(folder, "infusates", &infusate)?.grouped(),
            animals: Sheet::read(folder, "animals", &animal)?,
            samples: Sheet::read(folder, "samples", &sample)?,
            sequences: Sheet::read(folder, "sequences", &sequence)?,
            runs: Sheet::read(folder, "runs", &run)?,
            peak_groups: Sheet::read(folder, "peak_groups", &peak_group)?,
            fcircs: Sheet::read(folder, "fcircs", &["sample", "tracer", "element"])?,
        })
    }
}
