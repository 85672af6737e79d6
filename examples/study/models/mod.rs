//! The study's models: which columns are maintained. What these follow from is in `setters`.
//!
//! A view holds the few columns of a model that a setter needs: a change to any other column wakes nobody.

mod animal;
mod compound;
mod element;
mod fcirc;
mod infusate;
mod positions;
mod run;
mod sample;
mod tracer;

pub(crate) use animal::{Animal, AnimalKey};
pub(crate) use compound::{Compound, CompoundName};
pub(crate) use element::Element;
pub(crate) use fcirc::{Fcirc, NewFcirc};
pub(crate) use infusate::{Infusate, InfusateTracer};
pub(crate) use positions::Positions;
pub(crate) use run::{
    MsrunSample, MsrunSequence, PeakGroup, PeakGroupCompound, PeakGroupKey, SequenceDate,
};
pub(crate) use sample::{Sample, SampleTime, SerumCandidate, Tissue};
pub(crate) use tracer::{Tracer, TracerCombo, TracerCompound, TracerLabel, TracerName};
