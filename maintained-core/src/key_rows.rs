//! Keys of rows, to bind.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::Range;

use diesel::query_builder::AstPass;
use diesel::result::QueryResult;

use crate::arena::{self, AnyArena, Id};
use crate::backend::Database;
use crate::key::Key;
use crate::model::Model;
use crate::statement::Rows;
use crate::stored::{Array, Stored};

/// Keys that somebody else has, to bind.
pub(crate) struct KeyRows<'k, C, M: Model> {
    keys: &'k [&'k M::Key],
    connection: PhantomData<fn(C)>,
}

impl<'k, C, M: Model> KeyRows<'k, C, M> {
    pub(crate) fn new(keys: &'k [&'k M::Key]) -> Self {
        Self {
            keys,
            connection: PhantomData,
        }
    }

    /// The keys.
    pub(crate) fn keys(&self) -> &'k [&'k M::Key] {
        self.keys
    }
}

impl<C: Database, M: Stored<C>> Rows<C::Backend> for KeyRows<'_, C, M> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: usize,
        out: AstPass<'_, 'b, C::Backend>,
    ) -> QueryResult<()> {
        M::bind_key(self.keys[row], column, out)
    }

    fn array(&self, rows: Range<usize>, column: usize) -> Option<Array<'_, C>> {
        M::key_array(&self.keys[rows], column)
    }

    fn integer(&self, row: usize) -> Option<i64> {
        integer(self.keys[row])
    }

    fn len(&self) -> usize {
        self.keys.len()
    }
}

/// Keys of an arena, to bind.
pub(crate) struct OwnedKeys<C, M: Model> {
    keys: Vec<M::Key>,
    connection: PhantomData<fn(C)>,
}

/// The keys of some ids.
pub(crate) fn keys_of<C: Database, M: Stored<C>>(
    keys: &dyn AnyArena,
    ids: &[Id],
) -> Box<dyn Rows<C::Backend>> {
    let keys = arena::typed_ref::<M::Key>(keys);
    Box::new(OwnedKeys::<C, M> {
        keys: ids.iter().map(|&id| keys.key(id).clone()).collect(),
        connection: PhantomData,
    })
}

impl<C: Database, M: Stored<C>> Rows<C::Backend> for OwnedKeys<C, M> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: usize,
        out: AstPass<'_, 'b, C::Backend>,
    ) -> QueryResult<()> {
        M::bind_key(&self.keys[row], column, out)
    }

    fn array(&self, rows: Range<usize>, column: usize) -> Option<Array<'_, C>> {
        let keys: Vec<&M::Key> = self.keys[rows].iter().collect();
        M::key_array(&keys, column)
    }

    fn integer(&self, row: usize) -> Option<i64> {
        integer(&self.keys[row])
    }

    fn len(&self) -> usize {
        self.keys.len()
    }
}

/// The value of a key that is one integer.
fn integer<K: Key>(key: &K) -> Option<i64> {
    let key: &dyn Any = key;
    let wide = key.downcast_ref::<i64>().copied();
    wide.or_else(|| key.downcast_ref::<i32>().copied().map(i64::from))
        .or_else(|| key.downcast_ref::<i16>().copied().map(i64::from))
}
