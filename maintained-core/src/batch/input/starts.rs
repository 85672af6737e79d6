//! What a hop starts from, and what it has taken.

use std::marker::PhantomData;

use diesel::deserialize;
use hashbrown::HashMap;

use super::ModelOf;
use super::extra::Extra;
use super::hop::{Done, Hop, Links};
use crate::declare::key::Key;
use crate::declare::lock::Lock;
use crate::declare::model::{ModelMeta, Row};
use crate::graph::ModelIndex;
use crate::rows::keys::{Binding, OwnedKeys};
use crate::rows::select::Select;
use crate::rows::stored::{Readable, read_at};
use crate::sql::Dialect;

/// The keys that a hop starts from. All that concerns keys alone is compiled once for each type of
/// keys, and not for each hop.
pub(super) struct Starts<DB: Dialect, K: Key> {
    /// Each key once, in order.
    pub(super) keys: OwnedKeys<DB, K>,
    /// For each start, the place of its key.
    places: Vec<Option<usize>>,
}

impl<DB: Dialect, K: Key> Starts<DB, K> {
    pub(super) fn new(starts: &[Option<&K>], binding: Binding<DB, K>) -> Self {
        let named = starts.iter().enumerate();
        let mut named: Vec<(&K, usize)> = named
            .filter_map(|(start, key)| Some(((*key)?, start)))
            .collect();
        // Many starts may have one key: in which order these come does not matter.
        named.sort_unstable_by_key(|&(key, _)| key);
        let mut keys: Vec<K> = Vec::new();
        let mut places = vec![None; starts.len()];
        for (key, start) in named {
            if keys.last() != Some(key) {
                keys.push(key.clone());
            }
            places[start] = Some(keys.len() - 1);
        }
        Self {
            keys: OwnedKeys::new(keys, binding),
            places,
        }
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.keys.keys().len()
    }

    /// The place of a key. It is looked for at `first` before it is searched.
    fn find(&self, key: &K, first: usize) -> Option<usize> {
        let keys = self.keys.keys();
        if keys.get(first) == Some(key) {
            return Some(first);
        }
        keys.binary_search(key).ok()
    }

    /// The links to rows, of which each key has a range.
    pub(super) fn links(&self, ranges: &[Range]) -> Links {
        let range = |place: &Option<usize>| place.map_or(NO_ROWS, |place| ranges[place]);
        Links::new(self.places.iter().map(range).collect())
    }
}

/// From the first row that belongs to a key to the one behind the last.
pub(super) type Range = (u32, u32);

/// The range of a key that no row has.
const NO_ROWS: Range = (0, 0);

/// Which parent has which key.
pub(super) struct ParentRows<K> {
    /// The row of each key, as far as there is one.
    pub(super) ranges: Vec<Range>,
    /// The rows whose keys, as they are spelled, are not among those that the hop starts from.
    strays: HashMap<K, u32>,
    /// The place of the key that is expected next.
    next: usize,
    /// How many keys have been looked at for another spelling.
    done: usize,
}

impl<K: Key> ParentRows<K> {
    pub(super) fn new(keys: usize) -> Self {
        Self {
            ranges: vec![NO_ROWS; keys],
            strays: HashMap::new(),
            next: 0,
            done: 0,
        }
    }

    /// Takes the key of a row.
    pub(super) fn take<DB: Dialect>(&mut self, starts: &Starts<DB, K>, key: K, row: u32) {
        // Most rows come in the order of the keys.
        if let Some(place) = starts.find(&key, self.next) {
            self.ranges[place] = (row, row + 1);
            self.next = place + 1;
        } else {
            self.strays.insert(key, row);
        }
    }

    /// The place of the next key that matches no row.
    pub(super) fn next_unmatched(&mut self) -> Option<usize> {
        let mut rest = (self.done..self.ranges.len()).filter(|&at| self.ranges[at] == NO_ROWS);
        let next = rest.next();
        self.done = next.map_or(self.ranges.len(), |at| at + 1);
        next
    }

    /// Takes how the row of the key at a place spells it.
    pub(super) fn spelled<DB: Dialect>(&mut self, starts: &Starts<DB, K>, at: usize, key: &K) {
        let place = starts.find(key, at);
        let stray = || self.strays.get(key).map(|&row| (row, row + 1));
        if let Some(range) = place.map(|place| self.ranges[place]).or_else(stray) {
            self.ranges[at] = range;
        }
    }
}

/// Which children name which key.
pub(super) struct ChildRows<K> {
    /// Runs of rows that name the same key: the key's place, if the hop starts from it as it is
    /// spelled, and the first of the rows.
    runs: Vec<(Option<usize>, u32)>,
    /// The runs without such a place, and their keys.
    strays: Vec<(usize, K)>,
    /// The place of the key that is expected next.
    next: usize,
}

impl<K: Key> ChildRows<K> {
    pub(super) fn new(keys: usize) -> Self {
        Self {
            runs: Vec::with_capacity(keys),
            strays: Vec::new(),
            next: 0,
        }
    }

    /// Takes the key that a row names.
    pub(super) fn take<DB: Dialect>(&mut self, starts: &Starts<DB, K>, key: K, row: u32) {
        let last = self.runs.last().and_then(|(place, _)| match place {
            Some(place) => starts.keys.keys().get(*place),
            None => self.strays.last().map(|(_, key)| key),
        });
        if last == Some(&key) {
            return;
        }
        let place = starts.find(&key, self.next);
        match place {
            Some(place) => self.next = place + 1,
            None => self.strays.push((self.runs.len(), key)),
        }
        self.runs.push((place, row));
    }

    /// Takes the last stray off: its run, and its key.
    pub(super) fn next_stray(&mut self) -> Option<(usize, K)> {
        self.strays.pop()
    }

    /// Takes how the parent itself spells the key of a run.
    pub(super) fn spelled<DB: Dialect>(&mut self, starts: &Starts<DB, K>, run: usize, key: &K) {
        self.runs[run].0 = starts.find(key, 0);
    }

    /// The rows of each key, of so many rows in all.
    pub(super) fn ranges<DB: Dialect>(&self, starts: &Starts<DB, K>, rows: u32) -> Vec<Range> {
        let mut ranges = vec![NO_ROWS; starts.len()];
        let mut to = rows;
        // From the last to the first, each run ends where the one after it begins.
        for &(place, from) in self.runs.iter().rev() {
            match place.map(|place| &mut ranges[place]) {
                Some(range) if *range == NO_ROWS => *range = (from, to),
                // This run spells the key in another way. The database sorts both together, since
                // it finds them equal.
                Some(range) => range.0 = from,
                None => {}
            }
            to = from;
        }
        ranges
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
pub(super) struct Asked<DB: Dialect, K: Key> {
    pub(super) by: Vec<&'static str>,
    binding: Binding<DB, K>,
    key: OwnedKeys<DB, K>,
}

impl<DB: Dialect, K: Key> Asked<DB, K> {
    pub(super) fn new(model: &'static ModelMeta, binding: Binding<DB, K>) -> Self {
        Self {
            by: model.key_names().collect(),
            binding,
            key: OwnedKeys::new(Vec::new(), binding),
        }
    }

    pub(super) fn select(&mut self, model: ModelIndex, key: K) -> Select<'_, DB> {
        self.key = OwnedKeys::new(vec![key], self.binding);
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
