//! What a hop starts from, and what it has taken.

use std::marker::PhantomData;

use diesel::deserialize;

use super::extra::Extra;
use super::hop::{Done, Hop, Links};
use super::{ModelOf, NO_ROWS};
use crate::declare::lock::Lock;
use crate::declare::model::{Model, Row};
use crate::graph::ModelIndex;
use crate::rows::keys::OwnedKeys;
use crate::rows::select::Select;
use crate::rows::stored::{Readable, Stored, read_at};
use crate::sql::Dialect;

/// The keys that a hop starts from.
pub(super) struct Starts<DB, M: Model> {
    /// Each key once, in order.
    pub(super) keys: OwnedKeys<DB, M>,
    /// For each start, the place of its key.
    places: Vec<Option<usize>>,
}

impl<DB: Dialect, M: Stored<DB>> Starts<DB, M> {
    pub(super) fn new(starts: &[Option<&M::Key>]) -> Self {
        let named = starts.iter().enumerate();
        let mut named: Vec<(&M::Key, usize)> = named
            .filter_map(|(start, key)| Some(((*key)?, start)))
            .collect();
        // Many starts may have one key: in which order these come does not matter.
        named.sort_unstable_by_key(|&(key, _)| key);
        let mut keys: Vec<M::Key> = Vec::new();
        let mut places = vec![None; starts.len()];
        for (key, start) in named {
            if keys.last() != Some(key) {
                keys.push(key.clone());
            }
            places[start] = Some(keys.len() - 1);
        }
        Self {
            keys: OwnedKeys::new(keys),
            places,
        }
    }

    /// The place of a key. It is looked for at `first` before it is searched.
    pub(super) fn find(&self, key: &M::Key, first: usize) -> Option<usize> {
        let keys = self.keys.keys();
        if keys.get(first) == Some(key) {
            return Some(first);
        }
        keys.binary_search(key).ok()
    }

    /// The links to rows, of which each key has a range.
    pub(super) fn links(&self, ranges: &[(u32, u32)]) -> Links {
        let range = |place: &Option<usize>| place.map_or(NO_ROWS, |place| ranges[place]);
        Links::new(self.places.iter().map(range).collect())
    }
}

/// The rows of a hop as they are read.
pub(super) struct Taken<DB: Dialect, T: Row, X: Extra<DB, ModelOf<T>>> {
    rows: Vec<T>,
    values: X::Values,
    connection: PhantomData<fn(DB)>,
}

impl<DB: Dialect, T: Readable<DB>, X: Extra<DB, ModelOf<T>>> Taken<DB, T, X> {
    pub(super) fn new() -> Self {
        Self {
            rows: Vec::new(),
            values: X::Values::default(),
            connection: PhantomData,
        }
    }

    pub(super) fn read(&mut self, row: &DB::Row<'_, '_>) -> deserialize::Result<()> {
        self.rows.push(read_at(row, 0)?);
        X::read(row, T::WIDTH, &mut self.values)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.rows.len()).expect("fewer than 2^32 rows are read at a time")
    }

    pub(super) fn finish(self, links: Links) -> Done {
        let mut keys = Vec::new();
        X::hand_on(self.values, &mut keys);
        let rows = self.rows;
        Done {
            hop: Box::new(Hop { rows, links }),
            keys,
        }
    }
}

/// A key whose row is asked how it spells the key: a collation may find keys equal that differ in
/// Rust.
pub(super) struct Asked<DB, M: Model> {
    pub(super) by: Vec<&'static str>,
    key: OwnedKeys<DB, M>,
}

impl<DB: Dialect, M: Stored<DB>> Asked<DB, M> {
    pub(super) fn new() -> Self {
        Self {
            by: M::META.key_names().collect(),
            key: OwnedKeys::new(Vec::new()),
        }
    }

    pub(super) fn select(&mut self, model: ModelIndex, key: M::Key) -> Select<'_, DB> {
        self.key = OwnedKeys::new(vec![key]);
        Select {
            model,
            selection: None,
            names: self.by.clone(),
            by: &self.by,
            values: &self.key,
            ordered: false,
            lock: Lock::None,
        }
    }
}
