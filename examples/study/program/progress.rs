//! A bar for each sheet.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::sheets::Study;

/// How far the sheets are.
#[derive(Debug)]
pub(crate) struct Progress {
    bars: MultiProgress,
    sheets: Vec<(&'static str, ProgressBar)>,
}

impl Progress {
    /// A bar for each sheet of a study that is loaded so many times.
    pub(crate) fn new(study: &Study, copies: u32) -> Self {
        let once = [
            (study.compounds.name, study.compounds.records.len()),
            (study.tissues.name, study.tissues.records.len()),
            (study.tracers.name, study.tracers.records.len()),
            (study.infusates.name, study.infusates.records.len()),
        ];
        let each_time = [
            (study.animals.name, study.animals.records.len()),
            (study.samples.name, study.samples.records.len()),
            (study.sequences.name, study.sequences.records.len()),
            (study.runs.name, study.runs.records.len()),
            (study.peak_groups.name, study.peak_groups.records.len()),
            (study.fcircs.name, study.fcircs.records.len()),
        ];
        let once = once.map(|(name, records)| (name, records as u64));
        let each_time = each_time.map(|(name, records)| (name, records as u64 * u64::from(copies)));
        let bars = MultiProgress::new();
        let sheets = once.into_iter().chain(each_time).map(|(name, records)| {
            let bar = bars.add(ProgressBar::new(records));
            let style = "{msg:>12} {bar:40} {human_pos}/{human_len}, {eta} left";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            (name, bar.with_message(name))
        });
        let sheets = sheets.collect();
        Self { bars, sheets }
    }

    /// One more record of a sheet is done.
    pub(crate) fn step(&self, sheet: &str) {
        if let Some((_, bar)) = self.sheets.iter().find(|(name, _)| *name == sheet) {
            bar.inc(1);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        for (_, bar) in &self.sheets {
            bar.finish_and_clear();
        }
        // Where the terminal does not take it, the bars stay.
        self.bars.clear().ok();
    }
}
