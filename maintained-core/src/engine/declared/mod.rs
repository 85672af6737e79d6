//! Fields whose rule is declared and not written as a function: the database computes them.
//!
//! In the graph such a field is a setter like any other. Only what runs it differs: one statement a
//! batch that finds the values and writes those that differ, and in immediate mode, where the rule
//! allows it, the difference that a write makes. Whole numbers of a model that has functions to
//! run, too, are read and written along with those.

mod adjust;
mod copied;
mod field;
mod grouped;
mod joined;
mod recompute;
mod run;
mod short_way;
mod statement;

pub(crate) use self::joined::{Joined, Known};
pub(crate) use self::run::{differing, run};
pub(crate) use self::short_way::{
    Block, Foreseen, Joint, Part, additions, needs_transaction, run as by_short_ways,
};
