//! What all tests of the suite share.

pub mod exact;
pub mod faults;
pub mod models;
pub mod new_rows;
pub mod oracle;
#[path = "../../stress/places.rs"]
pub mod places;
pub mod schema;
pub mod setters;
pub mod shop;
pub mod spy;
pub mod statements;
pub mod views;
pub mod writes;

/// What the body of a test's scope returns.
pub type Outcome<T = ()> = Result<T, maintained::Error>;
