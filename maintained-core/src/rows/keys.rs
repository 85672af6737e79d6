//! Keys of rows, to bind.

use std::any::Any;
use std::ops::Range;

use diesel::query_builder::AstPass;
use diesel::result::QueryResult;

use crate::declare::arena::{self, AnyArena, Id};
use crate::declare::key::Key;
use crate::declare::positions::ColumnIndex;
use crate::rows::stored::Stored;
use crate::sql::statement::Rows;
use crate::sql::{Array, Dialect};

/// Keys of rows of one model, whichever it is.
pub(crate) trait Keys<DB: Dialect>: Rows<DB> {
    /// Their ids.
    fn ids(&self, arena: &mut (dyn AnyArena + 'static)) -> Vec<Id>;

    /// A key as text, for messages.
    fn describe(&self, at: usize) -> String;
}

/// How keys of a type are bound, as keys of a model. What binds them is compiled once for each type of
/// keys, and not for each model.
pub(crate) struct Binding<DB: Dialect, K: 'static> {
    bind: BindKey<DB, K>,
    array: KeyArray<DB, K>,
}

/// Binds one part of a key.
type BindKey<DB, K> = for<'b, 'o> fn(&'b K, usize, AstPass<'o, 'b, DB>) -> QueryResult<()>;

/// Binds one part of some keys as one array.
type KeyArray<DB, K> = for<'r> fn(&[&'r K], usize) -> Option<Array<'r, DB>>;

impl<DB: Dialect, K: 'static> Binding<DB, K> {
    /// As keys of a model.
    pub(crate) fn of<M: Stored<DB, Key = K>>() -> Self {
        Self {
            bind: M::bind_key,
            array: M::key_array,
        }
    }
}

impl<DB: Dialect, K: 'static> Clone for Binding<DB, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<DB: Dialect, K: 'static> Copy for Binding<DB, K> {}

/// Borrowed keys, to bind.
pub(crate) struct KeyRows<'k, DB: Dialect, K: 'static> {
    keys: &'k [&'k K],
    binding: Binding<DB, K>,
}

impl<'k, DB: Dialect, K: Key> KeyRows<'k, DB, K> {
    pub(crate) fn new(keys: &'k [&'k K], binding: Binding<DB, K>) -> Self {
        Self { keys, binding }
    }

    /// Keys of a model.
    pub(crate) fn of<M: Stored<DB, Key = K>>(keys: &'k [&'k K]) -> Self {
        Self::new(keys, Binding::of::<M>())
    }
}

impl<DB: Dialect, K: Key> Keys<DB> for KeyRows<'_, DB, K> {
    fn ids(&self, arena: &mut (dyn AnyArena + 'static)) -> Vec<Id> {
        let arena = arena::typed::<K>(arena);
        self.keys.iter().map(|key| arena.intern(key)).collect()
    }

    fn describe(&self, at: usize) -> String {
        format!("{:?}", self.keys[at])
    }
}

impl<DB: Dialect, K: Key> Rows<DB> for KeyRows<'_, DB, K> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        (self.binding.bind)(self.keys[row], column.number(), out)
    }

    fn array(&self, rows: Range<usize>, column: ColumnIndex) -> Option<Array<'_, DB>> {
        (self.binding.array)(&self.keys[rows], column.number())
    }

    fn integer(&self, row: usize) -> Option<i64> {
        integer(self.keys[row])
    }

    fn len(&self) -> usize {
        self.keys.len()
    }
}

/// Owned keys, to bind.
pub(crate) struct OwnedKeys<DB: Dialect, K: 'static> {
    keys: Vec<K>,
    binding: Binding<DB, K>,
}

impl<DB: Dialect, K: Key> OwnedKeys<DB, K> {
    pub(crate) fn new(keys: Vec<K>, binding: Binding<DB, K>) -> Self {
        Self { keys, binding }
    }

    /// A key of a model.
    pub(crate) fn one_of<M: Stored<DB, Key = K>>(key: K) -> Self {
        Self::new(vec![key], Binding::of::<M>())
    }

    /// The keys.
    pub(crate) fn keys(&self) -> &[K] {
        &self.keys
    }
}

/// The keys of some ids.
pub(crate) fn keys_of<DB: Dialect, M: Stored<DB>>(
    keys: &dyn AnyArena,
    ids: &[Id],
) -> Box<dyn Rows<DB>> {
    fn owned<DB: Dialect, K: Key>(
        keys: &dyn AnyArena,
        ids: &[Id],
        binding: Binding<DB, K>,
    ) -> Box<dyn Rows<DB>> {
        let keys = arena::typed_ref::<K>(keys);
        let keys = ids.iter().map(|&id| keys.key(id).clone());
        Box::new(OwnedKeys::new(keys.collect(), binding))
    }
    owned(keys, ids, Binding::of::<M>())
}

impl<DB: Dialect, K: Key> Keys<DB> for OwnedKeys<DB, K> {
    fn ids(&self, arena: &mut (dyn AnyArena + 'static)) -> Vec<Id> {
        let arena = arena::typed::<K>(arena);
        self.keys.iter().map(|key| arena.intern(key)).collect()
    }

    fn describe(&self, at: usize) -> String {
        format!("{:?}", self.keys[at])
    }
}

impl<DB: Dialect, K: Key> Rows<DB> for OwnedKeys<DB, K> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        (self.binding.bind)(&self.keys[row], column.number(), out)
    }

    fn array(&self, rows: Range<usize>, column: ColumnIndex) -> Option<Array<'_, DB>> {
        let keys: Vec<&K> = self.keys[rows].iter().collect();
        (self.binding.array)(&keys, column.number())
    }

    fn integer(&self, row: usize) -> Option<i64> {
        integer(&self.keys[row])
    }

    fn len(&self) -> usize {
        self.keys.len()
    }
}

/// The value of a key that is one integer; none for any other key.
fn integer<K: Key>(key: &K) -> Option<i64> {
    let key: &dyn Any = key;
    let wide = key.downcast_ref::<i64>().copied();
    wide.or_else(|| key.downcast_ref::<i32>().copied().map(i64::from))
        .or_else(|| key.downcast_ref::<i16>().copied().map(i64::from))
}
