//! The example `server`, on SQLite and on PostgreSQL at the address in `POSTGRES_DATABASE_URL`.
//!
//! The example is part of this test, so that it is always the present one that is run.
#![allow(
    unnameable_types,
    unreachable_pub,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "nothing of a test binary can be reached from outside"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    clippy::cast_precision_loss,
    reason = "figures for people need no more digits"
)]

#[path = "load/mod.rs"]
mod load;
#[path = "server/page.rs"]
mod page;
#[path = "server/requests.rs"]
mod requests;
#[path = "server/running.rs"]
mod running;
#[path = "../examples/server/main.rs"]
#[expect(dead_code, reason = "the example's `main` is not called")]
mod server;
#[path = "server/under_load.rs"]
mod under_load;
#[path = "server/uploads.rs"]
mod uploads;
