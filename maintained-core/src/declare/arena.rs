//! Primary keys as small integers, so that marks, plans and the graph know no key type.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::BuildHasher;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use typed_index_collections::TiVec;

use crate::declare::key::Key;
use crate::declare::keys::AnyKeys;
use crate::declare::positions::ModelIndex;

/// A row's number in its model's arena.
pub(crate) type Id = u32;

/// An arena whose key type is not known.
pub trait AnyArena: Any + Send + Sync + fmt::Debug {
    /// The arena, to be cast to its type.
    fn as_any(&mut self) -> &mut dyn Any;
    /// The arena, to be cast to its type and looked at.
    fn as_any_ref(&self) -> &dyn Any;
    /// Sorts ids by their keys, which is the order in which rows are locked.
    fn sort(&self, ids: &mut [Id]);
    /// A key as text, for messages.
    fn describe(&self, id: Id) -> String;
    /// Interns the key of an id in another arena of the same model, and gives its id there.
    fn hand_on(&self, id: Id, other: &mut (dyn AnyArena + 'static)) -> Id;
    /// The keys with some ids.
    fn keys(&self, ids: &[Id]) -> Box<dyn AnyKeys>;
    /// Forgets every key.
    fn clear(&mut self);
}

/// The keys of one model's rows that a flush may meet, each once: the index holds ids only.
#[derive(Debug)]
pub(crate) struct Arena<K> {
    keys: Vec<K>,
    index: HashTable<Id>,
    hasher: DefaultHashBuilder,
}

/// An arena with more room than this gives it back when it is cleared.
const KEPT_CAPACITY: usize = 1024;

impl<K> Default for Arena<K> {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<K: Key> Arena<K> {
    /// The key's id; a key that is new is copied.
    pub(crate) fn intern(&mut self, key: &K) -> Id {
        let Self {
            keys,
            index,
            hasher,
        } = self;
        let is_same = |&id: &Id| keys[id as usize] == *key;
        let hash_of = |&id: &Id| hasher.hash_one(&keys[id as usize]);
        match index.entry(hasher.hash_one(key), is_same, hash_of) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                let id =
                    Id::try_from(keys.len()).expect("fewer than 2^32 rows are marked at a time");
                entry.insert(id);
                keys.push(key.clone());
                id
            }
        }
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

    fn keys(&self, ids: &[Id]) -> Box<dyn AnyKeys> {
        let keys = ids.iter().map(|&id| self.key(id).clone());
        Box::new(keys.collect::<BTreeSet<K>>())
    }

    fn clear(&mut self) {
        if self.keys.capacity() > KEPT_CAPACITY {
            *self = Self::default();
        } else {
            self.keys.clear();
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

/// The arenas of all models, by their position in the graph.
#[derive(Debug, Default)]
pub(crate) struct Arenas(TiVec<ModelIndex, Box<dyn AnyArena>>);

impl Arenas {
    pub(crate) fn new(arenas: impl IntoIterator<Item = Box<dyn AnyArena>>) -> Self {
        Self(arenas.into_iter().collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, model: ModelIndex) -> &dyn AnyArena {
        &*self.0[model]
    }

    pub(crate) fn get_mut(&mut self, model: ModelIndex) -> &mut (dyn AnyArena + 'static) {
        &mut *self.0[model]
    }

    pub(crate) fn typed<K: Key>(&mut self, model: ModelIndex) -> &mut Arena<K> {
        typed(self.get_mut(model))
    }

    pub(crate) fn clear(&mut self) {
        self.0.iter_mut().for_each(|arena| arena.clear());
    }
}
