//! What is tested, on whichever database includes it.

mod connections;
mod ends;
pub mod fleet;
mod random;
mod scopes;

use super::{BREAK_COMMIT, Conn, Inner, KILL, Place, REFUSE, ROUNDS, number, prepare};
