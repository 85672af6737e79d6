//! The inputs of setters, read hop by hop: one statement a hop, whatever the number of rows.
//!
//! Typed code says what a hop reads and takes the rows; it sends no statement itself.

mod extra;
mod hop;
mod starts;

use std::fmt;
use std::marker::PhantomData;

use crate::declare::lock::Lock;
use crate::declare::model::{Model, ModelMeta, Row};
use crate::declare::positions::ColumnIndex;
use crate::declare::relation::References;
use crate::error::Error;
use crate::graph::{Graph, ModelIndex};
use crate::rows::keys::{Binding, Keys};
use crate::rows::select::{Reader, Select};
use crate::rows::stored::{Readable, Stored, StoredForeignKey};
use crate::sql::Dialect;
use crate::sql::statement::Make;

pub use self::extra::{Extra, ForeignKey, OwnKey};
use self::hop::Done;
pub use self::hop::{Hop, Links, Loaded, Problem};
use self::starts::{Asked, ChildRows, ParentRows, Starts, Taken};

/// A hop that is to be read, as data: typed code says what, and the engine reads it.
pub struct Load<DB: Dialect>(pub(crate) Box<dyn Loading<DB>>);

/// What a hop reads, and what it has read so far.
pub(crate) trait Loading<DB: Dialect>: Send {
    /// What is to be read next. The rows of the hop come first. A collation may find keys equal
    /// that differ in Rust: then each key that matches no row by its spelling is asked for alone.
    fn next(&mut self, graph: &Graph) -> Result<Option<Reading<'_, DB>>, Error>;

    /// What has been read.
    fn finish(self: Box<Self>) -> Done;
}

/// Rows that are to be read, and what takes them.
pub(crate) struct Reading<'l, DB: Dialect> {
    pub(crate) select: Select<'l, DB>,
    /// How the same is had of rows that are known already, where they are found by their keys.
    pub(crate) known: Option<Known<'l, DB>>,
    pub(crate) take: Box<Reader<'l, DB>>,
}

/// What is wanted of rows that may be known already.
pub(crate) struct Known<'l, DB: Dialect> {
    pub(crate) keys: &'l dyn Keys<DB>,
    /// The columns that the selection reads, in order; none where it reads something else.
    pub(crate) columns: fn(&ModelMeta) -> Option<Vec<ColumnIndex>>,
}

/// A hop to the parents that foreign keys name.
struct ParentsHop<DB: Dialect, P: Row, X: Extra<DB, ModelOf<P>>> {
    starts: Starts<DB, KeyOf<P>>,
    taken: Taken<DB, P, X>,
    found: ParentRows<KeyOf<P>>,
    asked: Asked<DB, KeyOf<P>>,
    /// Whether the rows have been read.
    is_read: bool,
}

/// The hop to the parents that foreign keys name.
#[must_use]
pub fn parents<DB, P, X>(starts: &[Option<&<P::Model as Model>::Key>]) -> Load<DB>
where
    DB: Dialect,
    P: Readable<DB>,
    P::Model: Stored<DB>,
    X: Extra<DB, P::Model>,
{
    let binding = Binding::of::<P::Model>();
    let starts = Starts::new(starts, binding);
    Load(Box::new(ParentsHop::<DB, P, X> {
        found: ParentRows::new(starts.len()),
        starts,
        taken: Taken::new(),
        asked: Asked::new(P::Model::META, binding),
        is_read: false,
    }))
}

impl<DB, P, X> Loading<DB> for ParentsHop<DB, P, X>
where
    DB: Dialect,
    P: Readable<DB>,
    P::Model: Stored<DB>,
    X: Extra<DB, P::Model>,
{
    fn next(&mut self, graph: &Graph) -> Result<Option<Reading<'_, DB>>, Error> {
        let model = graph.position_of::<P::Model>()?;
        Ok(if !self.is_read {
            Some(self.rows(model, graph.parent_lock(model)))
        } else if P::Model::META.keys_have_one_spelling() {
            None
        } else {
            self.spelling(model)
        })
    }

    fn finish(self: Box<Self>) -> Done {
        self.taken.finish(self.starts.links(&self.found.ranges))
    }
}

impl<DB, P, X> ParentsHop<DB, P, X>
where
    DB: Dialect,
    P: Readable<DB>,
    P::Model: Stored<DB>,
    X: Extra<DB, P::Model>,
{
    fn rows(&mut self, model: ModelIndex, lock: Lock) -> Reading<'_, DB> {
        self.is_read = true;
        let mut names = Vec::new();
        X::names(&mut names);
        names.extend(&self.asked.by);
        let (starts, taken, found) = (&self.starts, &mut self.taken, &mut self.found);
        Reading {
            select: Select {
                model,
                selection: selection::<DB, P>(),
                names,
                by: &self.asked.by,
                values: &starts.keys,
                ordered: false,
                lock,
            },
            known: Some(Known {
                keys: &starts.keys,
                columns: columns::<P>,
            }),
            take: Box::new(move |row, _| {
                let (at, key) = (taken.len(), P::Model::read_key(row, P::WIDTH + X::WIDTH)?);
                taken.read(row)?;
                found.take(starts, key, at);
                Ok(())
            }),
        }
    }

    /// Asks how the row spells the next key that matches none.
    fn spelling(&mut self, model: ModelIndex) -> Option<Reading<'_, DB>> {
        let at = self.found.next_unmatched()?;
        let (starts, found) = (&self.starts, &mut self.found);
        let select = self.asked.select(model, starts.keys.keys()[at].clone());
        Some(Reading {
            select,
            known: None,
            take: Box::new(move |row, _| {
                found.spelled(starts, at, &P::Model::read_key(row, 0)?);
                Ok(())
            }),
        })
    }
}

/// A hop to the children whose foreign key names one of the keys, ordered by their own key.
struct ChildrenHop<DB: Dialect, T: Row, P: Model, Via, X: Extra<DB, ModelOf<T>>> {
    starts: Starts<DB, P::Key>,
    by: [&'static str; 1],
    taken: Taken<DB, T, X>,
    found: ChildRows<P::Key>,
    asked: Asked<DB, P::Key>,
    /// Whether the rows have been read.
    is_read: bool,
    via: PhantomData<fn() -> Via>,
}

/// The hop to the children whose foreign key names one of the keys, ordered by their own key.
#[must_use]
pub fn children<DB, T, P, Via, X>(starts: &[Option<&P::Key>]) -> Load<DB>
where
    DB: Dialect,
    T: Readable<DB>,
    T::Model: References<P, Via> + Stored<DB>,
    P: Stored<DB>,
    Via: StoredForeignKey<DB, P::Key>,
    X: Extra<DB, T::Model>,
{
    let binding = Binding::of::<P>();
    let starts = Starts::new(starts, binding);
    Load(Box::new(ChildrenHop::<DB, T, P, Via, X> {
        by: [Via::NAME],
        found: ChildRows::new(starts.len()),
        starts,
        taken: Taken::new(),
        asked: Asked::new(P::META, binding),
        is_read: false,
        via: PhantomData,
    }))
}

impl<DB, T, P, Via, X> Loading<DB> for ChildrenHop<DB, T, P, Via, X>
where
    DB: Dialect,
    T: Readable<DB>,
    P: Stored<DB>,
    Via: StoredForeignKey<DB, P::Key>,
    X: Extra<DB, T::Model>,
{
    fn next(&mut self, graph: &Graph) -> Result<Option<Reading<'_, DB>>, Error> {
        Ok(if !self.is_read {
            Some(self.rows(graph.position_of::<T::Model>()?))
        } else if P::META.keys_have_one_spelling() {
            None
        } else {
            self.spelling(graph.position_of::<P>()?)
        })
    }

    fn finish(self: Box<Self>) -> Done {
        let ranges = self.found.ranges(&self.starts, self.taken.len());
        self.taken.finish(self.starts.links(&ranges))
    }
}

impl<DB, T, P, Via, X> ChildrenHop<DB, T, P, Via, X>
where
    DB: Dialect,
    T: Readable<DB>,
    P: Stored<DB>,
    Via: StoredForeignKey<DB, P::Key>,
    X: Extra<DB, T::Model>,
{
    fn rows(&mut self, model: ModelIndex) -> Reading<'_, DB> {
        self.is_read = true;
        let mut names = Vec::new();
        X::names(&mut names);
        names.extend(self.by);
        let (starts, taken, found) = (&self.starts, &mut self.taken, &mut self.found);
        Reading {
            select: Select {
                model,
                selection: selection::<DB, T>(),
                names,
                by: &self.by,
                values: &starts.keys,
                ordered: true,
                lock: Lock::None,
            },
            known: None,
            take: Box::new(move |row, _| {
                // No row is found by a key that is null.
                if let Some(key) = Via::read_foreign_key(row, T::WIDTH + X::WIDTH)? {
                    found.take(starts, key, taken.len());
                    taken.read(row)?;
                }
                Ok(())
            }),
        }
    }

    /// Takes the last stray off, and asks how the parent itself spells its key.
    fn spelling(&mut self, model: ModelIndex) -> Option<Reading<'_, DB>> {
        let (run, key) = self.found.next_stray()?;
        let (starts, found) = (&self.starts, &mut self.found);
        let select = self.asked.select(model, key);
        Some(Reading {
            select,
            known: None,
            take: Box::new(move |row, _| {
                found.spelled(starts, run, &P::read_key(row, 0)?);
                Ok(())
            }),
        })
    }
}

/// The columns that a row type reads, in order, where it reads nothing else.
fn columns<T: Row>(model: &ModelMeta) -> Option<Vec<ColumnIndex>> {
    if T::IS_MODEL {
        return Some(model.columns.keys().collect());
    }
    let names = T::READ?.iter();
    names.map(|name| model.column(name)).collect()
}

/// The columns of a row type, where it has any.
fn selection<DB: Dialect, T: Readable<DB>>() -> Option<Make<DB>> {
    (T::WIDTH > 0).then_some(T::selection)
}

/// The model that a row type belongs to.
pub type ModelOf<T> = <T as Row>::Model;

/// The key of a row type's model.
type KeyOf<T> = <ModelOf<T> as Model>::Key;

impl<DB: Dialect> fmt::Debug for Load<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Load").finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use diesel::sqlite::Sqlite;

    use super::{Load, Loaded, Reading};

    fn crosses<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}

    #[test]
    fn what_a_hop_is_made_of_crosses_threads() {
        crosses::<Load<Sqlite>>();
        crosses::<Reading<'_, Sqlite>>();
        is_shared::<Loaded>();
    }
}
