//! Random operations, in random scopes: whatever happens, no field is stale.

use diesel::prelude::*;
use maintained::Maintained;

use crate::study::models::{
    Animal, Compound, Element, Fcirc, Infusate, InfusateTracer, MsrunSample, MsrunSequence,
    PeakGroup, PeakGroupCompound, Sample, Tissue, Tracer, TracerLabel,
};
use crate::study::schema::{
    animals, compounds, fcircs, infusate_tracers, infusates, msrun_samples, msrun_sequences,
    peak_groups, samples, tissues, tracer_labels, tracers,
};

use super::lab::{self, Lab, day};
use super::modes::{How, assert_right};
use super::{Conn, Outcome, Place};

/// The keys that are named of each table: those of the laboratory, and some that may come.
mod keys {
    pub(super) const COMPOUNDS: u32 = 3;
    pub(super) const TRACERS: u32 = 4;
    pub(super) const LABELS: u32 = 7;
    pub(super) const INFUSATES: u32 = 3;
    pub(super) const LINKS: u32 = 5;
    pub(super) const ANIMALS: u32 = 4;
    pub(super) const TISSUES: u32 = 2;
    pub(super) const SAMPLES: u32 = 8;
    pub(super) const SEQUENCES: u32 = 2;
    pub(super) const RUNS: u32 = 8;
    pub(super) const GROUPS: u32 = 14;
    pub(super) const FLUXES: u32 = 14;
}

/// Numbers that look random, from a linear congruential generator (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The upper bits are the better ones.
        u32::try_from(self.0 >> 33).unwrap() % end
    }

    fn key(&mut self, keys: u32) -> i32 {
        i32::try_from(1 + self.below(keys)).unwrap()
    }

    fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.below(4) > 0).then_some(value)
    }

    fn time(&mut self) -> Option<i32> {
        let time = 30 * i32::try_from(self.below(5)).unwrap();
        self.maybe(time)
    }
}

/// Makes one change, which the database may refuse.
fn change(conn: &mut Conn, dice: &mut Dice) -> Outcome {
    match dice.below(6) {
        0 | 1 => insert(conn, dice),
        2 => delete(conn, dice),
        3 | 4 => relink(conn, dice),
        _ => edit(conn, dice),
    }
}

fn insert(conn: &mut Conn, dice: &mut Dice) -> Outcome {
    let name = format!("new {}", dice.below(1000));
    match dice.below(12) {
        0 => lab::compound(conn, &name, "C").map(drop),
        1 => lab::tracer(conn, dice.key(keys::COMPOUNDS)).map(drop),
        2 => {
            let (tracer, positions) = (dice.key(keys::TRACERS), [dice.below(9), dice.below(9)]);
            lab::label(conn, tracer, Element::N, 1, &positions, 15).map(drop)
        }
        3 => lab::infusate(conn, dice.maybe(&*name)).map(drop),
        4 => {
            let (infusate, tracer) = (dice.key(keys::INFUSATES), dice.key(keys::TRACERS));
            lab::infused(conn, infusate, tracer, 0.5).map(drop)
        }
        5 => {
            let infusate = dice.key(keys::INFUSATES);
            lab::animal(conn, &name, dice.maybe(infusate)).map(drop)
        }
        6 | 7 => {
            let (animal, tissue) = (dice.key(keys::ANIMALS), dice.key(keys::TISSUES));
            lab::sample(conn, &name, animal, tissue, dice.time()).map(drop)
        }
        8 => {
            let (sequence, sample) = (dice.key(keys::SEQUENCES), dice.key(keys::SAMPLES));
            lab::run(conn, sequence, sample).map(drop)
        }
        9 => {
            let (run, compound) = (dice.key(keys::RUNS), dice.key(keys::COMPOUNDS));
            lab::peak_group(conn, run, &[compound]).map(drop)
        }
        10 => {
            let (group, compound) = (dice.key(keys::GROUPS), dice.key(keys::COMPOUNDS));
            lab::shows(conn, group, compound)
        }
        _ => {
            let (sample, tracer) = (dice.key(keys::SAMPLES), dice.key(keys::TRACERS));
            lab::fcirc(conn, sample, tracer).map(drop)
        }
    }
}

fn delete(conn: &mut Conn, dice: &mut Dice) -> Outcome {
    match dice.below(16) {
        0 => Compound::delete_many(conn, &[dice.key(keys::COMPOUNDS)]),
        1 => Tracer::delete_many(conn, &[dice.key(keys::TRACERS)]),
        2 => Infusate::delete_many(conn, &[dice.key(keys::INFUSATES)]),
        3 => Animal::delete_many(conn, &[dice.key(keys::ANIMALS)]),
        4 => Tissue::delete_many(conn, &[dice.key(keys::TISSUES)]),
        5 => MsrunSequence::delete_many(conn, &[dice.key(keys::SEQUENCES)]),
        6 | 7 => Sample::delete_many(conn, &[dice.key(keys::SAMPLES)]),
        8 => Fcirc::delete_many(conn, &[dice.key(keys::FLUXES)]),
        9 => InfusateTracer::delete_many(conn, &[dice.key(keys::LINKS)]),
        10 => TracerLabel::delete_many(conn, &[dice.key(keys::LABELS)]),
        11 => MsrunSample::delete_many(conn, &[dice.key(keys::RUNS)]),
        12 | 13 => {
            let key = (dice.key(keys::GROUPS), dice.key(keys::COMPOUNDS));
            PeakGroupCompound::delete_many(conn, &[key])
        }
        _ => PeakGroup::delete_many(conn, &[dice.key(keys::GROUPS)]),
    }
}

/// Moves a row from one parent to another.
fn relink(conn: &mut Conn, dice: &mut Dice) -> Outcome {
    match dice.below(13) {
        0 => {
            let to = tracers::compound_id.eq(dice.key(keys::COMPOUNDS));
            Tracer::update(conn, dice.key(keys::TRACERS), to).map(drop)
        }
        1 => {
            let to = tracer_labels::tracer_id.eq(dice.key(keys::TRACERS));
            TracerLabel::update(conn, dice.key(keys::LABELS), to).map(drop)
        }
        2 => {
            let to = infusate_tracers::tracer_id.eq(dice.key(keys::TRACERS));
            InfusateTracer::update(conn, dice.key(keys::LINKS), to).map(drop)
        }
        3 => {
            let to = infusate_tracers::infusate_id.eq(dice.key(keys::INFUSATES));
            InfusateTracer::update(conn, dice.key(keys::LINKS), to).map(drop)
        }
        4 => {
            let infusate = dice.key(keys::INFUSATES);
            let to = animals::infusate_id.eq(dice.maybe(infusate));
            Animal::update(conn, dice.key(keys::ANIMALS), to).map(drop)
        }
        5 | 6 => {
            let to = samples::animal_id.eq(dice.key(keys::ANIMALS));
            Sample::update(conn, dice.key(keys::SAMPLES), to).map(drop)
        }
        7 => {
            let to = samples::tissue_id.eq(dice.key(keys::TISSUES));
            Sample::update(conn, dice.key(keys::SAMPLES), to).map(drop)
        }
        8 => {
            let to = fcircs::serum_sample_id.eq(dice.key(keys::SAMPLES));
            Fcirc::update(conn, dice.key(keys::FLUXES), to).map(drop)
        }
        9 => {
            let to = fcircs::tracer_id.eq(dice.key(keys::TRACERS));
            Fcirc::update(conn, dice.key(keys::FLUXES), to).map(drop)
        }
        10 => {
            let to = msrun_samples::sample_id.eq(dice.key(keys::SAMPLES));
            MsrunSample::update(conn, dice.key(keys::RUNS), to).map(drop)
        }
        11 => {
            let to = msrun_samples::msrun_sequence_id.eq(dice.key(keys::SEQUENCES));
            MsrunSample::update(conn, dice.key(keys::RUNS), to).map(drop)
        }
        _ => {
            let to = peak_groups::msrun_sample_id.eq(dice.key(keys::RUNS));
            PeakGroup::update(conn, dice.key(keys::GROUPS), to).map(drop)
        }
    }
}

/// Changes a column that no key is in.
fn edit(conn: &mut Conn, dice: &mut Dice) -> Outcome {
    let name = format!("name {}", dice.below(1000));
    match dice.below(11) {
        0 => {
            let changes = compounds::name.eq(name);
            Compound::update(conn, dice.key(keys::COMPOUNDS), changes).map(drop)
        }
        1 | 2 => {
            let kind = ["serum", "Serum a", "liver", "plasma"][dice.below(4) as usize];
            let changes = tissues::name.eq(format!("{kind} {name}"));
            Tissue::update(conn, dice.key(keys::TISSUES), changes).map(drop)
        }
        3 => {
            let changes = infusates::tracer_group_name.eq(dice.maybe(name));
            Infusate::update(conn, dice.key(keys::INFUSATES), changes).map(drop)
        }
        4 => {
            let changes = infusate_tracers::concentration.eq(f64::from(dice.below(100)) / 7.0);
            InfusateTracer::update(conn, dice.key(keys::LINKS), changes).map(drop)
        }
        5 | 6 => {
            let changes = samples::time_collected.eq(dice.time());
            Sample::update(conn, dice.key(keys::SAMPLES), changes).map(drop)
        }
        7 => {
            let changes = samples::name.eq(name);
            Sample::update(conn, dice.key(keys::SAMPLES), changes).map(drop)
        }
        8 => {
            let changes = msrun_sequences::date.eq(day(1 + dice.below(20)));
            MsrunSequence::update(conn, dice.key(keys::SEQUENCES), changes).map(drop)
        }
        9 => {
            let changes = tracer_labels::element.eq(Element::S);
            TracerLabel::update(conn, dice.key(keys::LABELS), changes).map(drop)
        }
        _ => {
            // A bracket around a statement that the library does not see: all samples of an animal move at once.
            let (from, to) = (dice.key(keys::ANIMALS), dice.key(keys::ANIMALS));
            Sample::track(conn, samples::animal_id.eq(from), |conn| {
                diesel::update(samples::table.filter(samples::animal_id.eq(from)))
                    .set(samples::animal_id.eq(to))
                    .execute(conn)
            })?;
            Ok(())
        }
    }
}

/// Some changes, each in a savepoint that fails now and then; fields are read in between.
fn changes(conn: &mut Conn, dice: &mut Dice) {
    for _ in 0..=dice.below(6) {
        let fails = dice.below(5) == 0;
        let done: Outcome = conn.transaction(|conn| {
            change(conn, dice)?;
            if fails {
                change(conn, dice)?;
                return Err(maintained::Error::other("on purpose"));
            }
            Ok(())
        });
        // What is refused, or fails on purpose, is as if it had never been.
        drop(done);
        if dice.below(6) == 0 {
            let key = dice.key(keys::INFUSATES);
            conn.transaction(|conn| Infusate::fresh(conn, key)).ok();
        }
    }
}

#[test]
fn no_field_is_stale_after_random_changes_in_random_scopes() {
    let seeds: u64 = std::env::var("STUDY_SEEDS").map_or(6, |seeds| seeds.parse().unwrap());
    for seed in 0..seeds {
        let dice = &mut Dice(seed);
        let place = Place::new();
        let mut conn = place.connect();
        conn.buffer_autoupdates(Lab::fill).unwrap();
        for round in 0..12 {
            let how = How::ALL[dice.below(3) as usize];
            // A scope whose flush finds two tracers of one name fails as a whole.
            let done = how.run(&mut conn, |conn| {
                changes(conn, dice);
                Ok(())
            });
            let is_right = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                assert_right(&mut conn);
            }));
            assert!(
                is_right.is_ok(),
                "seed {seed}, round {round}, {how:?}: {done:?}"
            );
        }
    }
}
