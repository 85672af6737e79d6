use super::super::super::models::Element;
use super::*;

const GLUCOSE: i32 = 1;
const PALMITATE: i32 = 2;
const LACTATE: i32 = 3;

const FIRST: SampleTime = sample(1, Some(60), true);
const SECOND: SampleTime = sample(2, Some(120), true);

const fn sample(id: i32, time_collected: Option<i32>, is_serum_sample: bool) -> SampleTime {
    SampleTime {
        id,
        time_collected,
        is_serum_sample,
    }
}

/// A sample with its peak groups: the day of the run, and the compounds that each group shows.
type Shown<'s> = (SampleTime, &'s [(u32, &'s [i32])]);

/// What the setter says of the first sample's fcirc, and of the second's, where the animal has glucose and palmitate.
fn is_last(compound_id: i32, samples: &[Shown<'_>]) -> [bool; 2] {
    [1, 2].map(|id| is_last_of(id, compound_id, &[GLUCOSE, PALMITATE], samples))
}

fn is_last_of(
    serum_sample_id: i32,
    compound_id: i32,
    infused: &[i32],
    samples: &[Shown<'_>],
) -> bool {
    let fcirc = Fcirc {
        id: 1,
        serum_sample_id,
        tracer_id: 1,
        element: Element::C,
        is_last: false,
    };
    let tracer = |&compound_id| TracerCompound { compound_id };
    let infused: Vec<TracerCompound> = infused.iter().map(tracer).collect();
    let link = Through::default();
    let tracers: Vec<_> = infused.iter().map(|tracer| (&link, tracer)).collect();

    // Peak groups have their keys in the order in which they are written down.
    let mut keys = (1..).map(|id| PeakGroupKey { id });
    let mut runs = Vec::new();
    for (sample, groups) in samples {
        for (day, compounds) in *groups {
            let group = keys.next().unwrap();
            let links: Vec<PeakGroupCompound> = compounds
                .iter()
                .map(|&compound_id| PeakGroupCompound {
                    peak_group_id: group.id,
                    compound_id,
                })
                .collect();
            let date = NaiveDate::from_ymd_opt(2025, 1, *day).unwrap();
            runs.push((sample.id, SequenceDate { date }, group, links));
        }
    }
    let run = Through::default();
    let groups: Vec<_> = runs
        .iter()
        .map(|(_, _, group, links)| [(group, links.as_slice())])
        .collect();
    let with_runs: Vec<(&SampleTime, Vec<_>)> = samples
        .iter()
        .map(|(sample, _)| {
            let own = runs
                .iter()
                .zip(&groups)
                .filter(|(run, _)| run.0 == sample.id);
            let own = own.map(|((_, sequence, ..), group)| (&run, sequence, group.as_slice()));
            (sample, own.collect())
        })
        .collect();
    let samples: Vec<_> = with_runs
        .iter()
        .map(|(sample, runs)| (*sample, runs.as_slice()))
        .collect();

    let infusate = Through::default();
    let infusate = (!tracers.is_empty()).then_some((&infusate, tracers.as_slice()));
    let animal = (&Through::default(), infusate, samples.as_slice());
    fcirc.is_last(
        &TracerCompound { compound_id },
        (&Through::default(), animal),
    )
}

const FULL: &[(u32, &[i32])] = &[(1, &[GLUCOSE]), (1, &[PALMITATE])];

#[test]
fn the_later_of_two_full_samples_is_last() {
    assert_eq!(
        is_last(GLUCOSE, &[(FIRST, FULL), (SECOND, FULL)]),
        [false, true]
    );
    assert_eq!(
        is_last(PALMITATE, &[(SECOND, FULL), (FIRST, FULL)]),
        [false, true]
    );
}

#[test]
fn a_sample_that_lacks_a_tracer_does_not_count() {
    let part: &[(u32, &[i32])] = &[(1, &[GLUCOSE]), (1, &[LACTATE])];
    assert_eq!(
        is_last(GLUCOSE, &[(FIRST, FULL), (SECOND, part)]),
        [true, false]
    );
    assert_eq!(
        is_last(GLUCOSE, &[(FIRST, part), (SECOND, &[])]),
        [false, false]
    );
}

#[test]
fn a_sample_that_is_no_serum_does_not_count() {
    let liver = sample(2, Some(120), false);
    assert_eq!(
        is_last(GLUCOSE, &[(FIRST, FULL), (liver, FULL)]),
        [true, false]
    );
}

#[test]
fn a_time_that_nobody_knows_comes_first() {
    let unknown = sample(2, None, true);
    assert_eq!(
        is_last(GLUCOSE, &[(FIRST, FULL), (unknown, FULL)]),
        [true, false]
    );
}

#[test]
fn of_one_time_the_date_of_the_sequence_counts() {
    let at_once = || sample(2, Some(60), true);
    let early: &[(u32, &[i32])] = &[(1, &[GLUCOSE, PALMITATE])];
    let late: &[(u32, &[i32])] = &[(2, &[GLUCOSE, PALMITATE])];
    assert_eq!(
        is_last(GLUCOSE, &[(FIRST, late), (at_once(), early)]),
        [true, false]
    );
    assert_eq!(
        is_last(GLUCOSE, &[(FIRST, early), (at_once(), late)]),
        [false, true]
    );
}

#[test]
fn several_runs_together_make_a_sample_full() {
    let spread: &[(u32, &[i32])] = &[(1, &[GLUCOSE]), (2, &[LACTATE]), (3, &[PALMITATE])];
    assert_eq!(
        is_last(GLUCOSE, &[(FIRST, FULL), (SECOND, spread)]),
        [false, true]
    );
}

#[test]
fn a_peak_group_of_several_compounds_shows_each_of_them() {
    let both: &[(u32, &[i32])] = &[(1, &[PALMITATE, GLUCOSE])];
    assert_eq!(
        is_last(PALMITATE, &[(FIRST, both), (SECOND, &[])]),
        [true, false]
    );
}

#[test]
fn a_tracer_that_was_not_infused_is_looked_for_in_full_samples_only() {
    let with_lactate: &[(u32, &[i32])] = &[(1, &[GLUCOSE, PALMITATE, LACTATE])];
    let only_lactate: &[(u32, &[i32])] = &[(1, &[LACTATE])];
    assert_eq!(
        is_last(LACTATE, &[(FIRST, with_lactate), (SECOND, only_lactate)]),
        [true, false]
    );
    assert_eq!(
        is_last(LACTATE, &[(FIRST, FULL), (SECOND, FULL)]),
        [false, false]
    );
}

#[test]
fn without_an_infusate_every_sample_is_full() {
    let samples: [Shown<'_>; 1] = [(FIRST, &[(1, &[LACTATE])])];
    assert!(is_last_of(1, LACTATE, &[], &samples));
    assert!(!is_last_of(1, GLUCOSE, &[], &samples));
}
