//! Whether a model's setters are written.
//!
//! A model without them compiles up to the promise of each maintained field, which then names the field: an unmet bound
//! could name the model alone, and would be reported again for each database.

use std::fmt;
use std::marker::PhantomData;

use crate::backend::Database;
use crate::batch::{self, Compute};
use crate::registry::ComputeFn;
use crate::setter::{SetterMeta, Setters};
use crate::stored::Stored;

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
    /// What [`NoBlock`] says of other models.
    pub const SETTERS: Written<M> = Written(PhantomData);
}

/// All models: what a model with setters says itself goes before what is said here.
pub trait NoBlock {
    /// There are none.
    const SETTERS: Unwritten = Unwritten;
}

impl<C: Database> fmt::Debug for Run<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Run").finish_non_exhaustive()
    }
}

impl<M> NoBlock for Block<M> {}

/// The setters of a model, on a database.
pub trait SettersOn<C: Database>: Setters {
    /// What runs them.
    const RUN: Option<Run<C>>;
}

/// What runs a model's setters for some of its rows.
pub struct Run<C: Database>(pub(crate) ComputeFn<C>);

impl<M: Setters> Setters for Written<M> {
    const SETTERS: &'static [SetterMeta] = M::SETTERS;
}

impl<C: Database, M: Stored<C> + Compute<C> + Setters> SettersOn<C> for Written<M> {
    const RUN: Option<Run<C>> = Some(Run(batch::compute::<C, M>));
}

impl Setters for Unwritten {
    const SETTERS: &'static [SetterMeta] = &[];
}

impl<C: Database> SettersOn<C> for Unwritten {
    const RUN: Option<Run<C>> = None;
}

/// Whether one of a model's setters keeps the column.
#[must_use]
pub const fn keeps<S: Setters + Copy>(_: S, column: usize) -> bool {
    let mut at = 0;
    while at < S::SETTERS.len() {
        if S::SETTERS[at].fields.contains(column) {
            return true;
        }
        at += 1;
    }
    false
}

/// The setters of a model, if it has any.
#[doc(hidden)]
#[macro_export]
macro_rules! setters_of {
    ($model:ty) => {{
        #[allow(unused_imports, reason = "a model with setters says so itself")]
        use $crate::private::NoBlock as _;
        $crate::private::Block::<$model>::SETTERS
    }};
}
