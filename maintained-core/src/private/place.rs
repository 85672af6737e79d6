//! What a column is to its model: part of the key, a foreign key, or neither.
//!
//! The code that `New` emits asks this of each of its fields, since it does not see the model. A
//! call finds a trait of `Place` before one of `&Place`, which takes one reference more.

use std::marker::PhantomData;

use crate::declare::arena::AnyArena;
use crate::declare::model::{KeyColumn, Model};
use crate::declare::positions::RelationIndex;
use crate::declare::relation::ForeignKeyColumn;
use crate::rows::new::{AsKey, Named};

/// A column of a model, to ask what it is.
#[derive(Debug)]
pub struct Place<M, Column>(PhantomData<fn() -> (M, Column)>);

impl<M, Column> Place<M, Column> {
    /// The column.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<M, Column> Default for Place<M, Column> {
    fn default() -> Self {
        Self::new()
    }
}

/// The columns of a primary key.
pub trait IsKey {
    /// The model.
    type Model: Model;
    /// The type of the column's values.
    type Value: Clone;

    /// Puts a value among the parts of the key.
    fn keep<V: AsKey<Self::Value>>(&self, value: &V, parts: &mut <Self::Model as Model>::KeyParts);
}

/// All other columns.
pub trait IsNoKey {
    /// The model.
    type Model: Model;

    /// Does nothing.
    fn keep<V>(&self, value: &V, parts: &mut <Self::Model as Model>::KeyParts);
}

impl<M: KeyColumn<Column>, Column> IsKey for Place<M, Column> {
    type Model = M;
    type Value = M::Value;

    fn keep<V: AsKey<M::Value>>(&self, value: &V, parts: &mut M::KeyParts) {
        *M::part(parts) = value.as_key().map(std::borrow::Cow::into_owned);
    }
}

impl<M: Model, Column> IsNoKey for &Place<M, Column> {
    type Model = M;

    fn keep<V>(&self, _: &V, _: &mut M::KeyParts) {}
}

/// Foreign keys.
pub trait IsForeignKey {
    /// The model whose rows it names.
    type Parent: Model;

    /// The parent that a value names, if this is the relation that is asked for.
    fn named<V: AsKey<<Self::Parent as Model>::Key>>(
        &self,
        value: &V,
        relation: RelationIndex,
        parents: &mut (dyn AnyArena + 'static),
    ) -> Option<Named>;
}

/// All other columns.
pub trait IsNoForeignKey {
    /// Names no parent.
    fn named<V>(
        &self,
        value: &V,
        relation: RelationIndex,
        parents: &mut (dyn AnyArena + 'static),
    ) -> Option<Named>;
}

impl<M: ForeignKeyColumn<Column>, Column> IsForeignKey for Place<M, Column> {
    type Parent = M::Parent;

    fn named<V: AsKey<<M::Parent as Model>::Key>>(
        &self,
        value: &V,
        relation: RelationIndex,
        parents: &mut (dyn AnyArena + 'static),
    ) -> Option<Named> {
        if relation != M::RELATION {
            return None;
        }
        let arena = crate::declare::arena::typed::<<M::Parent as Model>::Key>(parents);
        let key = value.as_key();
        Some(key.map_or(Named::Nobody, |key| Named::Row(arena.intern(&key))))
    }
}

impl<M, Column> IsNoForeignKey for &Place<M, Column> {
    fn named<V>(&self, _: &V, _: RelationIndex, _: &mut (dyn AnyArena + 'static)) -> Option<Named> {
        None
    }
}

/// Puts the value of a new row's field among the parts of its key, if it is one.
#[doc(hidden)]
#[macro_export]
macro_rules! keep_part {
    ($model:ty, $column:ty, $value:expr, $parts:expr) => {{
        #[allow(unused_imports, reason = "only one of the two is used")]
        use $crate::private::{IsKey as _, IsNoKey as _};
        (&$crate::private::Place::<$model, $column>::new()).keep($value, $parts)
    }};
}

/// The parent that the value of a new row's field names, if the field is the foreign key that is
/// asked for.
#[doc(hidden)]
#[macro_export]
macro_rules! named {
    ($model:ty, $column:ty, $value:expr, $relation:expr, $parents:expr) => {{
        #[allow(unused_imports, reason = "only one of the two is used")]
        use $crate::private::{IsForeignKey as _, IsNoForeignKey as _};
        (&$crate::private::Place::<$model, $column>::new()).named($value, $relation, $parents)
    }};
}
