use chrono::NaiveDate;
use maintained::Through;

use super::super::models::{
    Animal, Fcirc, Infusate, InfusateTracer, MsrunSample, PeakGroupCompound, PeakGroupKey, Sample,
    SampleTime, SequenceDate, TracerCompound,
};

#[maintained::setters]
impl Fcirc {
    /// Whether this sample has the last word on this tracer: its last peak group of the tracer is the last of all that the
    /// animal's serum samples have. Only full samples count, those that show every tracer of the infusate.
    #[setter(label = "fcircs")]
    fn is_last(
        &self,
        tracer: &TracerCompound,
        (_, (_, infusate, samples)): (
            &Through<Sample>,
            (
                &Through<Animal>,
                Option<(
                    &Through<Infusate>,
                    &[(&Through<InfusateTracer>, &TracerCompound)],
                )>,
                &[(
                    &SampleTime,
                    &[(
                        &Through<MsrunSample>,
                        &SequenceDate,
                        &[(&PeakGroupKey, &[PeakGroupCompound])],
                    )],
                )],
            ),
        ),
    ) -> bool {
        let infused = infusate.iter().flat_map(|(_, tracers)| *tracers);
        let infused: Vec<i32> = infused.map(|(_, tracer)| tracer.compound_id).collect();
        let is_full = |runs| infused.iter().all(|&it| last(runs, it).is_some());
        let full = || samples.iter().filter(|(_, runs)| is_full(runs));

        let of_sample = full()
            .find(|(sample, _)| sample.id == self.serum_sample_id)
            .and_then(|(_, runs)| last(runs, tracer.compound_id));
        let of_animal = full()
            .filter(|(sample, _)| sample.is_serum_sample)
            .filter_map(|(sample, runs)| {
                Some((sample.time_collected, last(runs, tracer.compound_id)?))
            })
            .max();
        of_sample.is_some() && of_sample == of_animal.map(|(_, last)| last)
    }
}

/// The runs of a sample, each with its sequence and its peak groups.
type Runs<'r> = &'r [(
    &'r Through<MsrunSample>,
    &'r SequenceDate,
    &'r [(&'r PeakGroupKey, &'r [PeakGroupCompound])],
)];

/// The last peak group that shows a compound, with the date of its sequence; of one date, that of the last key.
fn last(runs: Runs<'_>, compound_id: i32) -> Option<(NaiveDate, i32)> {
    let shows = |links: &[PeakGroupCompound]| links.iter().any(|it| it.compound_id == compound_id);
    runs.iter()
        .flat_map(|(_, sequence, groups)| groups.iter().map(|group| (sequence.date, group)))
        .filter(|(_, (_, links))| shows(links))
        .map(|(date, (group, _))| (date, group.id))
        .max()
}

#[cfg(test)]
mod tests;
