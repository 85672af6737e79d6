//! New rows whose keys are known before they are inserted, so that nothing has to be read back.

use std::borrow::Cow;

use diesel::query_builder::AstPass;
use diesel::result::QueryResult;

use crate::declare::arena::{AnyArena, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::model::Model;
use crate::declare::positions::{ColumnIndex, RelationIndex};
use crate::rows::stored::Stored;
use crate::sql::{Array, Dialect};

/// A new row of a model that knows which rows it names: what [`add`](crate::Maintained::add) takes.
///
/// Derived with `#[derive(New)]`, beside Diesel's `Insertable`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no new row of a model",
    label = "`add` takes structs that derive `New`",
    note = "derive `New` beside Diesel's `Insertable`, with `#[maintained(new_of = Model)]`; `insert` takes any `Insertable`"
)]
pub trait New: Sized + Sync {
    /// The model whose row it becomes.
    type Model: Model;
    /// Stands for the struct where lifetimes cannot go.
    type Id: 'static;
    /// The names of the columns that have a field, in the order of the fields.
    const COLUMNS: &'static [&'static str];
    /// The position in the model of each of these columns. For a column that the model leaves out
    /// it is a position that no column has.
    const PLACES: &'static [ColumnIndex];
    /// The model's columns, by their position, whose fields are integers or truths.
    const INTEGERS: ColumnSet = ColumnSet::NONE;

    /// The fields, by their position, whose columns are left to their defaults.
    fn left_out(&self) -> ColumnSet;

    /// The primary key, if the struct has all of it.
    fn key(&self) -> Option<<Self::Model as Model>::Key>;

    /// The value of a column of [`INTEGERS`](Self::INTEGERS), by its position in the model, with 1
    /// for true; none where it is null or left out.
    fn integer(&self, column: ColumnIndex) -> Option<i64> {
        let _ = column;
        None
    }

    /// The parent that a foreign key names; `parents` is the parent's arena.
    fn parent(&self, relation: RelationIndex, parents: &mut (dyn AnyArena + 'static)) -> Named;
}

/// A new row that can be added on a database.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no new row that can be added through `{DB}`",
    note = "derive `New` beside Diesel's `Insertable`, with `#[maintained(new_of = Model)]`; `insert` takes any `Insertable`",
    note = "`#[diesel(check_for_backend(..))]` on `{Self}` leaves this database out, or the feature of `maintained` for it is off"
)]
pub trait NewOn<DB: Dialect>: New<Model: Stored<DB>> {
    /// Binds the value of one field.
    ///
    /// # Errors
    /// When the value cannot be serialised.
    fn bind<'b>(&'b self, field: ColumnIndex, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// Binds the values of one field of some rows as one array, where the database has arrays.
    #[must_use]
    fn array(rows: &[Self], field: ColumnIndex) -> Option<Array<'_, DB>> {
        let _: (&[Self], ColumnIndex) = (rows, field);
        None
    }
}

/// Which parent a new row names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The row with this id.
    Row(Id),
    /// None: the foreign key is null.
    Nobody,
    /// What the column's default says.
    Unknown,
}

impl Named {
    /// The parent's id, if there is a parent and it is known.
    pub(crate) fn id(self) -> Option<Id> {
        match self {
            Self::Row(id) => Some(id),
            Self::Nobody | Self::Unknown => None,
        }
    }
}

/// A value of a new row that says a key of type `K`: the key, something borrowed of it, or an
/// `Option` of these.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` of a new row cannot say a key of type `{K}`",
    note = "give the field the type of the key, a reference to it, or an `Option` of these"
)]
pub trait AsKey<K: Clone> {
    /// The key; none for null.
    fn as_key(&self) -> Option<Cow<'_, K>>;
}

impl<K: Clone> AsKey<K> for K {
    fn as_key(&self) -> Option<Cow<'_, K>> {
        Some(Cow::Borrowed(self))
    }
}

impl<K: Clone> AsKey<K> for &K {
    fn as_key(&self) -> Option<Cow<'_, K>> {
        Some(Cow::Borrowed(self))
    }
}

impl<K: Clone> AsKey<K> for Option<K> {
    fn as_key(&self) -> Option<Cow<'_, K>> {
        self.as_ref().map(Cow::Borrowed)
    }
}

impl<K: Clone> AsKey<K> for Option<&K> {
    fn as_key(&self) -> Option<Cow<'_, K>> {
        self.map(Cow::Borrowed)
    }
}

/// The types that lend a part of an owned one.
macro_rules! borrowed {
    ($($borrowed:ty => $owned:ty),*) => {
        $(
            impl AsKey<$owned> for &$borrowed {
                fn as_key(&self) -> Option<Cow<'_, $owned>> {
                    Some(Cow::Owned((*self).into()))
                }
            }

            impl AsKey<$owned> for Option<&$borrowed> {
                fn as_key(&self) -> Option<Cow<'_, $owned>> {
                    self.map(|key| Cow::Owned(key.into()))
                }
            }

            impl AsKey<$owned> for Cow<'_, $borrowed> {
                fn as_key(&self) -> Option<Cow<'_, $owned>> {
                    Some(Cow::Owned((**self).into()))
                }
            }

            impl AsKey<$owned> for Option<Cow<'_, $borrowed>> {
                fn as_key(&self) -> Option<Cow<'_, $owned>> {
                    self.as_ref().map(|key| Cow::Owned((**key).into()))
                }
            }
        )*
    };
}

borrowed!(str => String, [u8] => Vec<u8>);
