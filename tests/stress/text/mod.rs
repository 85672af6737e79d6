//! What is tested, on whichever database includes it.

pub mod operation;
pub mod shop;
pub mod stress;
pub mod tally;
