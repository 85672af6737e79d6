//! What hops have read, as setters take their arguments from it.

use std::any::Any;
use std::fmt;

use crate::declare::positions::ColumnIndex;
use crate::error::SetterError;

/// The rows that one hop has read, and which of them belong to which row that the hop started from.
///
/// The rows that belong together stand side by side, so that a setter is lent a part of the one
/// load.
#[derive(Debug)]
pub struct Hop<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The rows of each start.
    pub links: Links,
}

/// For each row that a hop started from, the range of the rows that belong to it.
#[derive(Debug, Default)]
pub struct Links {
    ranges: Vec<(u32, u32)>,
}

/// Why a setter's arguments cannot be had, or a setter's own failure.
#[derive(Debug)]
pub enum Problem {
    /// The parent that a setter requires is not there.
    MissingParent,
    /// A one-to-one relation has a second child.
    SecondChild,
    /// The setter returned an error.
    Setter(SetterError),
}

/// What the hops of a batch have read so far, by their numbers.
#[derive(Default)]
pub struct Loaded {
    hops: Vec<Option<Done>>,
}

/// What one hop has read.
pub(crate) struct Done {
    /// A [`Hop`].
    pub(crate) hop: Column,
    /// The keys from which further hops may start.
    pub(crate) keys: Vec<Column>,
}

/// Something of all rows of a hop, whatever its type.
pub(crate) type Column = Box<dyn Any + Send + Sync>;

impl Loaded {
    /// Adds what the hop with a number has read.
    pub(crate) fn add(&mut self, hop: usize, done: Done) {
        if self.hops.len() <= hop {
            self.hops.resize_with(hop + 1, || None);
        }
        self.hops[hop] = Some(done);
    }

    fn done(&self, hop: usize) -> &Done {
        let done = self.hops[hop].as_ref();
        done.expect("a hop is read before those that start from it, and before the setters run")
    }

    /// The rows of a hop.
    #[must_use]
    pub fn hop<T: 'static>(&self, hop: usize) -> &Hop<T> {
        typed(&self.done(hop).hop)
    }

    /// The own keys of a hop's rows, for a hop to their children.
    #[must_use]
    pub fn keys<K: 'static>(&self, hop: usize) -> Vec<Option<&K>> {
        let keys: &Vec<K> = typed(&self.done(hop).keys[0]);
        keys.iter().map(Some).collect()
    }

    /// A foreign key of a hop's rows, for a hop to their parents: a column of what is kept of them
    /// for further hops.
    #[must_use]
    pub fn foreign_keys<K: 'static>(&self, hop: usize, column: ColumnIndex) -> Vec<Option<&K>> {
        let keys: &Vec<Option<K>> = typed(&self.done(hop).keys[column.number()]);
        keys.iter().map(Option::as_ref).collect()
    }
}

fn typed<T: 'static>(column: &Column) -> &T {
    column
        .downcast_ref()
        .expect("what a hop has read is taken as what it was read as")
}

impl<T> Hop<T> {
    /// Builds an argument for each row of the hop.
    ///
    /// # Errors
    /// The first problem, and the row that has it.
    pub fn arguments<'h, A>(
        &'h self,
        build: impl Fn(usize, &'h T) -> Result<A, Problem>,
    ) -> Result<Vec<A>, (Problem, usize)> {
        let build = |(at, row)| build(at, row).map_err(|problem| (problem, at));
        self.rows.iter().enumerate().map(build).collect()
    }
}

impl Links {
    /// The range of each start.
    pub(crate) fn new(ranges: Vec<(u32, u32)>) -> Self {
        Self { ranges }
    }

    fn range(&self, start: usize) -> std::ops::Range<usize> {
        let (from, to) = self.ranges[start];
        from as usize..to as usize
    }

    /// The items that belong to a start.
    #[must_use]
    pub fn slice<'i, T>(&self, items: &'i [T], start: usize) -> &'i [T] {
        &items[self.range(start)]
    }

    /// The one item that belongs to a start, where there is one.
    #[must_use]
    pub fn maybe<'i, T>(&self, items: &'i [T], start: usize) -> Option<&'i T> {
        self.slice(items, start).first()
    }

    /// The one item that belongs to a start.
    ///
    /// # Errors
    /// When there is none.
    pub fn one<'i, T>(&self, items: &'i [T], start: usize) -> Result<&'i T, Problem> {
        self.maybe(items, start).ok_or(Problem::MissingParent)
    }

    /// The one item that belongs to a start, where there is one and no second.
    ///
    /// # Errors
    /// When there is a second.
    pub fn only<'i, T>(&self, items: &'i [T], start: usize) -> Result<Option<&'i T>, Problem> {
        match self.slice(items, start) {
            [] => Ok(None),
            [item] => Ok(Some(item)),
            _ => Err(Problem::SecondChild),
        }
    }

    /// The start that an item belongs to; the first, where several share it.
    #[must_use]
    pub fn start_of(&self, item: usize) -> Option<usize> {
        self.ranges
            .iter()
            .position(|&(from, to)| (from as usize..to as usize).contains(&item))
    }
}

impl fmt::Debug for Loaded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Loaded")
            .field("hops", &self.hops.len())
            .finish_non_exhaustive()
    }
}
