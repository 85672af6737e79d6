//! Whether a model's setters are written.
//!
//! A model without them compiles up to the promise of each maintained field, which then names the
//! field: an unmet bound could name the model alone, and would be reported again for each database.

use std::marker::PhantomData;

use crate::batch::{self, Hops, Run, Setters};
use crate::declare::positions::ColumnIndex;
use crate::declare::setter::SetterMeta;
use crate::rows::stored::Stored;
use crate::sql::Dialect;

/// A model, to ask for its setters.
#[derive(Debug)]
pub struct Block<M>(PhantomData<fn() -> M>);

/// The setters of a model that has some.
#[derive(Debug)]
pub struct Written<M>(PhantomData<fn() -> M>);

/// The setters of all other models.
#[derive(Debug, Clone, Copy)]
pub struct Unwritten;

impl<M> Clone for Written<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Written<M> {}

impl<M: Setters> Block<M> {
    /// The setters. Of any other model, the constant of this name is that of [`NoBlock`].
    pub const SETTERS: Written<M> = Written(PhantomData);
}

/// All models. Of a model with setters, the compiler takes the constant of [`Block`] itself, which
/// goes before that of a trait.
pub trait NoBlock {
    /// There are none.
    const SETTERS: Unwritten = Unwritten;
}

impl<M> NoBlock for Block<M> {}

/// The setters of a model, if it has any.
pub trait KnownSetters {
    /// The setters, in the order of the block.
    const SETTERS: &'static [SetterMeta];
}

/// The setters of a model, on a database.
pub trait SettersOn<DB: Dialect>: KnownSetters {
    /// What runs them.
    const RUN: Option<Run<DB>>;
}

impl<M: Setters> KnownSetters for Written<M> {
    const SETTERS: &'static [SetterMeta] = M::SETTERS;
}

impl<DB: Dialect, M: Stored<DB> + Hops<DB> + Setters> SettersOn<DB> for Written<M> {
    const RUN: Option<Run<DB>> = Some(Run {
        wave: batch::wave::<DB, M>,
        run: batch::run::<DB, M>,
    });
}

impl KnownSetters for Unwritten {
    const SETTERS: &'static [SetterMeta] = &[];
}

impl<DB: Dialect> SettersOn<DB> for Unwritten {
    const RUN: Option<Run<DB>> = None;
}

/// Whether one of a model's setters keeps the column.
#[must_use]
pub const fn keeps<S: KnownSetters + Copy>(_: S, column: ColumnIndex) -> bool {
    let mut at = 0;
    while at < S::SETTERS.len() {
        if S::SETTERS[at].fields.contains(column) {
            return true;
        }
        at += 1;
    }
    false
}
