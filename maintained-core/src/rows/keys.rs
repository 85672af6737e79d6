//! Keys of rows, to bind.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::Range;

use diesel::query_builder::AstPass;
use diesel::result::QueryResult;

use crate::declare::arena::{self, AnyArena, Id};
use crate::declare::key::Key;
use crate::declare::model::Model;
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

/// Borrowed keys, to bind.
pub(crate) struct KeyRows<'k, DB, M: Model> {
    keys: &'k [&'k M::Key],
    backend: PhantomData<fn(DB)>,
}

impl<'k, DB, M: Model> KeyRows<'k, DB, M> {
    pub(crate) fn new(keys: &'k [&'k M::Key]) -> Self {
        Self {
            keys,
            backend: PhantomData,
        }
    }
}

impl<DB: Dialect, M: Stored<DB>> Keys<DB> for OwnedKeys<DB, M> {
    fn ids(&self, arena: &mut (dyn AnyArena + 'static)) -> Vec<Id> {
        let arena = arena::typed::<M::Key>(arena);
        self.keys.iter().map(|key| arena.intern(key)).collect()
    }

    fn describe(&self, at: usize) -> String {
        format!("{:?}", self.keys[at])
    }
}

impl<DB: Dialect, M: Stored<DB>> Keys<DB> for KeyRows<'_, DB, M> {
    fn ids(&self, arena: &mut (dyn AnyArena + 'static)) -> Vec<Id> {
        let arena = arena::typed::<M::Key>(arena);
        self.keys.iter().map(|key| arena.intern(key)).collect()
    }

    fn describe(&self, at: usize) -> String {
        format!("{:?}", self.keys[at])
    }
}

impl<DB: Dialect, M: Stored<DB>> Rows<DB> for KeyRows<'_, DB, M> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        M::bind_key(self.keys[row], column.number(), out)
    }

    fn array(&self, rows: Range<usize>, column: ColumnIndex) -> Option<Array<'_, DB>> {
        M::key_array(&self.keys[rows], column.number())
    }

    fn integer(&self, row: usize) -> Option<i64> {
        integer(self.keys[row])
    }

    fn len(&self) -> usize {
        self.keys.len()
    }
}

/// Owned keys, to bind.
pub(crate) struct OwnedKeys<DB, M: Model> {
    keys: Vec<M::Key>,
    backend: PhantomData<fn(DB)>,
}

impl<DB, M: Model> OwnedKeys<DB, M> {
    pub(crate) fn new(keys: Vec<M::Key>) -> Self {
        Self {
            keys,
            backend: PhantomData,
        }
    }

    /// The keys.
    pub(crate) fn keys(&self) -> &[M::Key] {
        &self.keys
    }
}

/// The keys of some ids.
pub(crate) fn keys_of<DB: Dialect, M: Stored<DB>>(
    keys: &dyn AnyArena,
    ids: &[Id],
) -> Box<dyn Rows<DB>> {
    let keys = arena::typed_ref::<M::Key>(keys);
    let keys = ids.iter().map(|&id| keys.key(id).clone());
    Box::new(OwnedKeys::<DB, M>::new(keys.collect()))
}

impl<DB: Dialect, M: Stored<DB>> Rows<DB> for OwnedKeys<DB, M> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        M::bind_key(&self.keys[row], column.number(), out)
    }

    fn array(&self, rows: Range<usize>, column: ColumnIndex) -> Option<Array<'_, DB>> {
        let keys: Vec<&M::Key> = self.keys[rows].iter().collect();
        M::key_array(&keys, column.number())
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
