//! Rows that an input only goes through.

use std::fmt;
use std::marker::PhantomData;

use diesel::deserialize;
use diesel::row::Row as SqlRow;

use crate::declare::columns::ColumnSet;
use crate::declare::model::{Model, Row};
use crate::rows::stored::{Readable, Stored};
use crate::sql::{Dialect, Fragment};

/// A row that a setter's input goes through, on the way to other rows: none of its columns is read.
///
/// It stands where a model or a view may stand, and spares a view without a purpose. The setter
/// runs when such a row comes, goes or moves, and for no other change to it.
///
/// ```
/// use diesel::prelude::*;
/// use maintained_core::Through;
/// # use maintained_core::Model;
/// # fn example<Order: Model, Item: Model>(
/// // A customer's items, whatever their orders look like:
/// orders: &[(&Through<Order>, &[Item])]
/// # ) {}
/// ```
pub struct Through<M>(PhantomData<fn() -> M>);

impl<M: Model> Row for Through<M> {
    type Model = M;
    const COLUMNS: ColumnSet = ColumnSet::NONE;
    const READ: Option<&'static [&'static str]> = Some(&[]);
    const NAME: &'static str = M::NAME;
}

impl<DB: Dialect, M: Stored<DB>> Readable<DB> for Through<M> {
    const WIDTH: usize = 0;

    /// Never asked for, since there are no columns.
    fn selection() -> Fragment<DB> {
        M::selection()
    }

    fn read<'a>(_: &impl SqlRow<'a, DB>) -> deserialize::Result<Self> {
        Ok(Self::default())
    }
}

impl<M> Default for Through<M> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<M> Clone for Through<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M> Copy for Through<M> {}

impl<M: Row> fmt::Debug for Through<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Through<{}>", M::NAME)
    }
}
