//! Primary keys as small integers, so that marks, plans and the graph know no key type.

use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use crate::key::Key;

/// A row's number in its model's arena.
pub(crate) type Id = u32;

/// An arena whose key type is not known.
pub trait AnyArena: Any + Send + fmt::Debug {
    /// The arena, to be cast to its type.
    fn as_any(&mut self) -> &mut dyn Any;
    /// The arena, to be cast to its type and looked at.
    fn as_any_ref(&self) -> &dyn Any;
    /// Sorts ids by their keys.
    fn sort(&self, ids: &mut [Id]);
    /// A key as text, for messages.
    fn describe(&self, id: Id) -> String;
    /// Interns a key in another arena of the same model.
    fn hand_on(&self, id: Id, other: &mut (dyn AnyArena + 'static)) -> Id;
    /// Forgets every key.
    fn clear(&mut self);
}

/// The keys of one model's rows that a flush may meet, each once.
///
/// A key is stored once: the index maps its hash to the latest id with that hash, and `older` chains the ids
/// before it.
#[derive(Debug)]
pub(crate) struct Arena<K> {
    keys: Vec<K>,
    older: Vec<Id>,
    index: HashMap<u64, Id, BuildPassThrough>,
    hasher: RandomState,
}

/// The end of a chain of ids with one hash.
const NONE: Id = Id::MAX;
/// An arena with more room than this gives it back when it is cleared.
const KEPT_CAPACITY: usize = 1024;

impl<K> Default for Arena<K> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            older: Vec::new(),
            index: HashMap::default(),
            hasher: RandomState::new(),
        }
    }
}

impl<K: Key> Arena<K> {
    /// The key's id; a key that is new is copied.
    pub(crate) fn intern(&mut self, key: &K) -> Id {
        let hash = self.hasher.hash_one(key);
        let new = Id::try_from(self.keys.len()).expect("fewer than 2^32 rows are marked at a time");
        let older = match self.index.entry(hash) {
            Entry::Vacant(entry) => {
                entry.insert(new);
                NONE
            }
            Entry::Occupied(mut entry) => {
                let latest = *entry.get();
                let mut at = latest;
                while at != NONE {
                    if self.keys[at as usize] == *key {
                        return at;
                    }
                    at = self.older[at as usize];
                }
                entry.insert(new);
                latest
            }
        };
        self.keys.push(key.clone());
        self.older.push(older);
        new
    }

    /// The key with this id.
    #[must_use]
    pub(crate) fn key(&self, id: Id) -> &K {
        &self.keys[id as usize]
    }
}

impl<K: Key> AnyArena for Arena<K> {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn as_any_ref(&self) -> &dyn Any {
        self
    }

    fn sort(&self, ids: &mut [Id]) {
        ids.sort_unstable_by(|&left, &right| self.key(left).cmp(self.key(right)));
    }

    fn describe(&self, id: Id) -> String {
        format!("{:?}", self.key(id))
    }

    fn hand_on(&self, id: Id, other: &mut (dyn AnyArena + 'static)) -> Id {
        typed::<K>(other).intern(self.key(id))
    }

    fn clear(&mut self) {
        if self.keys.capacity() > KEPT_CAPACITY {
            *self = Self::default();
        } else {
            self.keys.clear();
            self.older.clear();
            self.index.clear();
        }
    }
}

/// Casts an arena to the type that its model's keys have.
pub(crate) fn typed<'a, K: Key>(arena: &'a mut (dyn AnyArena + 'static)) -> &'a mut Arena<K> {
    arena
        .as_any()
        .downcast_mut()
        .expect("an arena holds the keys of its own model")
}

/// Casts an arena to the type that its model's keys have, to look at it.
pub(crate) fn typed_ref<K: Key>(arena: &dyn AnyArena) -> &Arena<K> {
    arena
        .as_any_ref()
        .downcast_ref()
        .expect("an arena holds the keys of its own model")
}

/// The hasher of a map whose keys are hashes already.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct PassThrough(u64);

type BuildPassThrough = std::hash::BuildHasherDefault<PassThrough>;

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only hashes are hashed");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// The arenas of all models, by their position in the graph.
#[derive(Debug, Default)]
pub(crate) struct Arenas(Vec<Box<dyn AnyArena>>);

impl Arenas {
    pub(crate) fn new(arenas: impl IntoIterator<Item = Box<dyn AnyArena>>) -> Self {
        Self(arenas.into_iter().collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, model: usize) -> &dyn AnyArena {
        &*self.0[model]
    }

    pub(crate) fn get_mut(&mut self, model: usize) -> &mut (dyn AnyArena + 'static) {
        &mut *self.0[model]
    }

    pub(crate) fn typed<K: Key>(&mut self, model: usize) -> &mut Arena<K> {
        typed(self.get_mut(model))
    }

    pub(crate) fn clear(&mut self) {
        self.0.iter_mut().for_each(|arena| arena.clear());
    }
}
