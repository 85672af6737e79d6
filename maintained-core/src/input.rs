//! The inputs of setters, read hop by hop: one statement a hop, whatever the number of rows.

use std::marker::PhantomData;

use diesel::deserialize;
use diesel::row::Row as SqlRow;
use hashbrown::HashMap;

use crate::backend::{Database, Lock};
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::key_rows::KeyRows;
use crate::model::{Model, Row};
use crate::relation::References;
use crate::session::{Select, Session};
use crate::setter::SetterError;
use crate::statement::Make;
use crate::stored::{Readable, Stored, StoredForeignKey};

/// The rows that one hop has read, and which of them belong to which row that the hop started from.
///
/// The rows that belong together stand side by side, so that a setter is lent a part of the one load.
#[derive(Debug)]
pub struct Hop<T, X> {
    /// The rows.
    pub rows: Vec<T>,
    /// For each row, what further hops need of it.
    pub extras: Vec<X>,
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

impl<T, X> Default for Hop<T, X> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            extras: Vec::new(),
            links: Links::default(),
        }
    }
}

impl<T, X> Hop<T, X> {
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
    fn of<K>(starts: &[Option<&K>], range: impl Fn(&K) -> (u32, u32)) -> Self {
        let ranges = starts.iter().map(|start| start.map_or((0, 0), &range));
        Self {
            ranges: ranges.collect(),
        }
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

/// What a further hop needs of a row besides the row itself.
pub trait Extra<C: Database, M: Model> {
    /// The value that is read.
    type Value;
    /// How many columns it takes.
    const WIDTH: usize;

    /// Adds the names of its columns.
    fn names(names: &mut Vec<&'static str>);

    /// Reads it from the columns of a result that start at `at`.
    ///
    /// # Errors
    /// When a value does not fit its type.
    fn read<'a>(row: &impl SqlRow<'a, C::Backend>, at: usize) -> deserialize::Result<Self::Value>;
}

/// The row's own key, for a hop to its children.
#[derive(Debug)]
pub struct OwnKey;

/// A foreign key of the row, for a hop to its parent.
#[derive(Debug)]
pub struct ForeignKey<Parent, Via>(PhantomData<(Parent, Via)>);

impl<C: Database, M: Stored<C>> Extra<C, M> for OwnKey {
    type Value = M::Key;
    const WIDTH: usize = M::META.key.len();

    fn names(names: &mut Vec<&'static str>) {
        names.extend(M::META.key_names());
    }

    fn read<'a>(row: &impl SqlRow<'a, C::Backend>, at: usize) -> deserialize::Result<Self::Value> {
        M::read_key(row, at)
    }
}

impl<C, M, Parent, Via> Extra<C, M> for ForeignKey<Parent, Via>
where
    C: Database,
    M: Model,
    Parent: Model,
    Via: StoredForeignKey<C, Parent::Key>,
{
    type Value = Option<Parent::Key>;
    const WIDTH: usize = 1;

    fn names(names: &mut Vec<&'static str>) {
        names.push(Via::NAME);
    }

    fn read<'a>(row: &impl SqlRow<'a, C::Backend>, at: usize) -> deserialize::Result<Self::Value> {
        Via::read_foreign_key(row, at)
    }
}

macro_rules! extras {
    ($($name:ident),*) => {
        impl<Conn: Database, M: Model, $($name: Extra<Conn, M>),*> Extra<Conn, M> for ($($name,)*) {
            type Value = ($($name::Value,)*);
            const WIDTH: usize = 0 $(+ $name::WIDTH)*;

            #[allow(unused_variables, reason = "the empty tuple has no columns")]
            fn names(names: &mut Vec<&'static str>) {
                $($name::names(names);)*
            }

            #[allow(unused_variables, unused_mut, unused_assignments, clippy::unused_unit, reason = "the empty tuple reads nothing")]
            fn read<'a>(row: &impl SqlRow<'a, Conn::Backend>, mut at: usize) -> deserialize::Result<Self::Value> {
                Ok(($({
                    let value = $name::read(row, at)?;
                    at += $name::WIDTH;
                    value
                },)*))
            }
        }
    };
}

extras!();
extras!(A);
extras!(A, B);
extras!(A, B, D);
extras!(A, B, D, E);
extras!(A, B, D, E, F);
extras!(A, B, D, E, F, G);
extras!(A, B, D, E, F, G, H);
extras!(A, B, D, E, F, G, H, I);

/// Reads the parents that foreign keys name.
///
/// # Errors
/// What the database says.
pub fn parents<C, P, X>(
    session: &mut Session<'_, C>,
    starts: &[Option<&<P::Model as Model>::Key>],
) -> Result<Hop<P, X::Value>, Error>
where
    C: Database,
    P: Readable<C>,
    P::Model: Stored<C>,
    X: Extra<C, P::Model>,
{
    let keys = distinct(starts);
    let model = session.catalog.index_of::<P::Model>()?;
    let by: Vec<&'static str> = session.registration(model).key_names().collect();
    let mut names = Vec::new();
    <(X, OwnKey) as Extra<C, P::Model>>::names(&mut names);
    let select = Select {
        model,
        selection: selection::<C, P>(),
        names,
        by: &by,
        values: &KeyRows::<C, P::Model>::new(&keys),
        ordered: false,
        lock: session.parent_lock(model),
    };
    let mut hop = Hop::default();
    let mut positions = HashMap::with_capacity(keys.len());
    session.select(&select, &mut |row, _| {
        let (extra, key) = <(X, OwnKey) as Extra<C, P::Model>>::read(row, P::WIDTH)?;
        positions.insert(key, position(hop.rows.len()));
        hop.rows.push(P::read(row)?);
        hop.extras.push(extra);
        Ok(())
    })?;
    if !session.catalog.graph.models[model].keys_have_one_spelling {
        for key in &keys {
            if !positions.contains_key(*key)
                && let Some(spelled) = spelled::<C, P::Model>(session, model, key)?
                && let Some(&at) = positions.get(&spelled)
            {
                positions.insert((*key).clone(), at);
            }
        }
    }
    let range =
        |key: &<P::Model as Model>::Key| positions.get(key).map_or((0, 0), |&at| (at, at + 1));
    hop.links = Links::of(starts, range);
    Ok(hop)
}

/// Reads the children whose foreign key names one of the keys, ordered by their own key.
///
/// # Errors
/// What the database says.
pub fn children<C, T, P, Via, X>(
    session: &mut Session<'_, C>,
    starts: &[Option<&P::Key>],
) -> Result<Hop<T, X::Value>, Error>
where
    C: Database,
    T: Readable<C>,
    T::Model: References<P, Via> + Stored<C>,
    P: Stored<C>,
    Via: StoredForeignKey<C, P::Key>,
    X: Extra<C, T::Model>,
{
    let keys = distinct(starts);
    let model = session.catalog.index_of::<T::Model>()?;
    let by = [Via::NAME];
    let mut names = Vec::new();
    X::names(&mut names);
    names.push(by[0]);
    let select = Select {
        model,
        selection: selection::<C, T>(),
        names,
        by: &by,
        values: &KeyRows::<C, P>::new(&keys),
        ordered: true,
        lock: Lock::None,
    };
    let mut hop = Hop::default();
    let mut runs: Vec<(P::Key, u32)> = Vec::with_capacity(keys.len());
    session.select(&select, &mut |row, _| {
        let Some(parent) = Via::read_foreign_key(row, T::WIDTH + X::WIDTH)? else {
            return Ok(());
        };
        if runs.last().is_none_or(|(key, _)| *key != parent) {
            runs.push((parent, position(hop.rows.len())));
        }
        hop.rows.push(T::read(row)?);
        hop.extras.push(X::read(row, T::WIDTH)?);
        Ok(())
    })?;
    let parent = session.catalog.index_of::<P>()?;
    let has_one_spelling = session.catalog.graph.models[parent].keys_have_one_spelling;
    let mut groups: HashMap<P::Key, (u32, u32)> = HashMap::with_capacity(runs.len());
    let mut to = position(hop.rows.len());
    // From the last to the first, each run ends where the one after it begins.
    while let Some((mut key, from)) = runs.pop() {
        if !has_one_spelling && keys.binary_search(&&key).is_err() {
            key = spelled::<C, P>(session, parent, &key)?.unwrap_or(key);
        }
        // What the database finds equal it also sorts together.
        groups
            .entry(key)
            .and_modify(|range| range.0 = from)
            .or_insert((from, to));
        to = from;
    }
    let range = |key: &P::Key| groups.get(key).copied().unwrap_or((0, 0));
    hop.links = Links::of(starts, range);
    Ok(hop)
}

/// The columns of a row type, where it has any.
fn selection<C: Database, T: Readable<C>>() -> Option<Make<C::Backend>> {
    (T::WIDTH > 0).then_some(T::selection)
}

/// A key as its row spells it: a collation may find equal what Rust does not.
fn spelled<C: Database, M: Stored<C>>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    key: &M::Key,
) -> Result<Option<M::Key>, Error> {
    let by: Vec<&'static str> = session.registration(model).key_names().collect();
    let keys = [key];
    let select = Select {
        model,
        selection: None,
        names: by.clone(),
        by: &by,
        values: &KeyRows::<C, M>::new(&keys),
        ordered: false,
        lock: Lock::None,
    };
    let mut spelled = None;
    session.select(&select, &mut |row, _| {
        spelled = Some(M::read_key(row, 0)?);
        Ok(())
    })?;
    Ok(spelled)
}

/// Each key once, in order.
fn distinct<'k, K: Ord>(starts: &[Option<&'k K>]) -> Vec<&'k K> {
    let mut keys: Vec<&K> = starts.iter().flatten().copied().collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn position(at: usize) -> u32 {
    u32::try_from(at).expect("fewer than 2^32 rows are read at a time")
}

/// The model that a row type belongs to.
pub type ModelOf<T> = <T as Row>::Model;
