//! The writes that two connections make beside one another.

mod brackets;
mod links;
mod people;
mod scopes;
mod shop;
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

/// All writes.
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
