//! The tests, one text for all databases.

mod changes;
mod defects;
mod explained;
mod herd;
mod lab;
mod loads;
mod modes;
mod moves;
mod random;
mod seen;
mod values;
mod work;

use super::{Place, program};

/// The connection that the tests run on.
type Conn = program::Conn;
/// What the body of a test's scope returns.
type Outcome<T = ()> = Result<T, maintained::Error>;
