//! What the maintained fields follow from: plain functions of plain values, tested by calling them.
//!
//! Nobody calls them but the library. A function's parameters say what it reads, and so when it has to run.

mod animal;
mod compound;
mod fcirc;
mod infusate;
mod sample;
mod tracer;
