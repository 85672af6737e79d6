//! The suite on `MySQL` or `MariaDB`: a database for each test, on the server that `MYSQL_DATABASE_URL` names.

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

use diesel::MysqlConnection;
use maintained::MaintainedConnection;

#[path = "servers/mysql.rs"]
mod server;
mod suite;

pub use server::*;

/// The connection that the suite runs on.
pub type Inner = MysqlConnection;
/// The same with the library around it.
pub type Conn = MaintainedConnection<Inner>;

/// Whether a connection can be used after a panic in the very statement that begins or ends a level.
pub const LEVELS_SURVIVE_PANICS: bool = true;
