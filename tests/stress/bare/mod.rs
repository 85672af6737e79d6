//! Tables of as little as a race takes, so that no lock stands in for another one.

pub mod models;
pub mod schema;
