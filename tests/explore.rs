//! Every order of the statements of two writes on two connections: rule 14 of the design, gone
//! through instead of drawn by lot.
//!
//! Each pair of some thirty kinds of writes is run in every order of their statements with one
//! switch (A runs so many statements, B runs until it has ended or waits for A, then A goes on),
//! and in some orders with two. After each the maintained fields are compared with what they should
//! be. A write that the database refuses is counted; a field that is stale is a failure.
//!
//! The tests run a sample that is always the same. `cargo xtask explore` runs everything; it says
//! by the variables that [`Settings`](settings::Settings) reads what that is.
#![allow(dead_code, reason = "each database needs a part of what all define")]
#![allow(
    unnameable_types,
    unreachable_pub,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::new_without_default,
    reason = "nothing of a test binary can be reached from outside"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "explore/figures.rs"]
mod figures;
#[path = "explore/models.rs"]
mod models;
#[path = "explore/mysql.rs"]
mod mysql;
#[path = "explore/oracle.rs"]
mod oracle;
#[path = "explore/postgres.rs"]
mod postgres;
#[path = "stress/random.rs"]
mod random;
#[path = "stress/refusal.rs"]
mod refusal;
#[path = "explore/schema.rs"]
mod schema;
#[path = "explore/settings.rs"]
mod settings;
