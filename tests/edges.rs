//! The edges of the rules: what hurt once, each as a case of its own. All on `SQLite`, whose columns hold what no other
//! database would let in.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "edges/adding.rs"]
mod adding;
#[path = "edges/brackets.rs"]
mod brackets;
#[path = "edges/library.rs"]
mod library;
#[path = "edges/scopes.rs"]
mod scopes;
#[path = "edges/spelling.rs"]
mod spelling;
#[path = "edges/values.rs"]
mod values;
