//! Tables of as little as a race takes, so that no lock stands in for another one.

pub mod declared;
pub mod models;
pub mod own_setters;
pub mod schema;
pub mod totals;
pub mod two_hops;
pub mod two_parents;

/// What a race is about: some tables, and what is right in them.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// The statements that make the tables.
    pub create: &'static [&'static str],
    /// The rows that are there in the beginning, and their fields.
    pub stock: &'static [&'static str],
    /// Every table, those that name others first.
    pub tables: &'static [&'static str],
    /// For each maintained field the rows in which it is stale, from the plain columns alone.
    pub stale: &'static [(&'static str, &'static str)],
}
