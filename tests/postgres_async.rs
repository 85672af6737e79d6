//! The suite, by async connections that are waited for, on `PostgreSQL`: a schema for each test, in the database that `POSTGRES_DATABASE_URL` names.

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
#![allow(
    clippy::assigning_clones,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "the numbers and texts of tests are small"
)]

use diesel_async::AsyncPgConnection;
use maintained::{Blocked, MaintainedConnection};

#[path = "servers/postgres.rs"]
mod server;
mod suite;
#[path = "servers/wait.rs"]
mod wait;

pub use server::*;

/// The connection that the suite runs on.
pub type Inner = Blocked<AsyncPgConnection, wait::OnTokio>;
/// The same with the library around it.
pub type Conn = MaintainedConnection<Inner>;

/// Whether a connection can be used after a panic in the very statement that begins or ends a level.
pub const LEVELS_SURVIVE_PANICS: bool = false;
