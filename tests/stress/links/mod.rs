//! Rows that are computed together and read each other: persons who follow one another, and tags
//! beside products.

pub mod models;
pub mod schema;
