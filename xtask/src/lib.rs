//! What the project's own commands are made of, and tests use as well: steps, and servers of their
//! own.

pub mod server;
pub mod step;
