//! Several jobs at one operation, each on a connection of its own.

mod blocking;
#[cfg(feature = "async")]
mod nonblocking;
