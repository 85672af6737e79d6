//! The isotope-tracing study: its setters' own tests, and what its maintained fields must be.
//!
//! The example is part of this test, so that it is always the present one that is run.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../examples/study/main.rs"]
#[allow(dead_code, reason = "the example's `main` is not called")]
mod study;
