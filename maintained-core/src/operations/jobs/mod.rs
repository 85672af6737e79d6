//! Several jobs at one operation, each on a connection of its own.

mod blocking;
#[cfg(feature = "async")]
mod nonblocking;

use crate::error::Error;

fn no_connection() -> Error {
    Error::Declaration("an operation with several jobs needs a connection for each".to_owned())
}
