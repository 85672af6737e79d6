//! The writes that two connections make beside one another.

mod brackets;
mod links;
mod people;
mod scopes;
mod shop;
mod stocks;
mod trees;

use maintained::Error;

use super::super::Conn;

/// What a write comes to.
pub type Outcome = Result<(), Error>;

/// What a connection does.
pub type Act = fn(&mut Conn) -> Outcome;

/// A kind of write, on rows that are always the same.
#[derive(Debug, Clone, Copy)]
pub struct Write {
    pub name: &'static str,
    pub act: Act,
}

/// Writes from which nothing follows but sums, on a part of the tables that is theirs alone.
pub fn of_sums() -> Vec<Write> {
    let writes = stocks::WRITES.iter();
    writes.map(|&(name, act)| Write { name, act }).collect()
}

/// All other writes.
pub fn all() -> Vec<Write> {
    let chapters: [&[(&'static str, Act)]; 6] = [
        shop::WRITES,
        links::WRITES,
        trees::WRITES,
        people::WRITES,
        brackets::WRITES,
        scopes::WRITES,
    ];
    let writes = chapters.into_iter().flatten();
    writes.map(|&(name, act)| Write { name, act }).collect()
}
