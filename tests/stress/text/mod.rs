//! What is tested, on whichever database includes it.

mod damages;
pub mod faults;
mod links;
mod loads;
pub mod operation;
pub mod races;
pub mod script;
pub mod shop;
pub mod stress;
pub mod tables;
pub mod tally;
