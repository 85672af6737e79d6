//! What further hops need of the rows of a hop besides the rows themselves.

use std::marker::PhantomData;

use diesel::deserialize;
use diesel::row::Row as SqlRow;

use super::hop::Column;
use crate::declare::model::Model;
use crate::rows::stored::{Stored, StoredForeignKey};
use crate::sql::Dialect;

/// What further hops need of each row of a hop.
pub trait Extra<DB: Dialect, M: Model>: 'static {
    /// The values of all rows.
    type Values: Default + Send + Sync + 'static;
    /// How many columns of a result a row's value takes.
    const WIDTH: usize;

    /// Adds the names of its columns.
    fn names(names: &mut Vec<&'static str>);

    /// Reads a row's value from the columns of a result that start at `at`.
    ///
    /// # Errors
    /// When a value does not fit its type.
    fn read<'a>(
        row: &impl SqlRow<'a, DB>,
        at: usize,
        values: &mut Self::Values,
    ) -> deserialize::Result<()>;

    /// Hands the values on: a column for each key of which they are made.
    fn hand_on(values: Self::Values, keys: &mut Vec<Column>);
}

/// The row's own key, for a hop to its children.
#[derive(Debug)]
pub struct OwnKey;

/// A foreign key of the row, for a hop to its parent.
#[derive(Debug)]
pub struct ForeignKey<Parent, Via>(PhantomData<(Parent, Via)>);

impl<DB: Dialect, M: Stored<DB>> Extra<DB, M> for OwnKey {
    type Values = Vec<M::Key>;
    const WIDTH: usize = M::META.key.len();

    fn names(names: &mut Vec<&'static str>) {
        names.extend(M::META.key_names());
    }

    fn read<'a>(
        row: &impl SqlRow<'a, DB>,
        at: usize,
        values: &mut Self::Values,
    ) -> deserialize::Result<()> {
        values.push(M::read_key(row, at)?);
        Ok(())
    }

    fn hand_on(values: Self::Values, keys: &mut Vec<Column>) {
        keys.push(Box::new(values));
    }
}

impl<DB, M, Parent, Via> Extra<DB, M> for ForeignKey<Parent, Via>
where
    DB: Dialect,
    M: Model,
    Parent: Model,
    Via: StoredForeignKey<DB, Parent::Key>,
{
    type Values = Vec<Option<Parent::Key>>;
    const WIDTH: usize = 1;

    fn names(names: &mut Vec<&'static str>) {
        names.push(Via::NAME);
    }

    fn read<'a>(
        row: &impl SqlRow<'a, DB>,
        at: usize,
        values: &mut Self::Values,
    ) -> deserialize::Result<()> {
        values.push(Via::read_foreign_key(row, at)?);
        Ok(())
    }

    fn hand_on(values: Self::Values, keys: &mut Vec<Column>) {
        keys.push(Box::new(values));
    }
}

macro_rules! extras {
    ($($name:ident $values:ident),*) => {
        #[allow(unused_variables, unused_mut, unused_assignments, clippy::unused_unit, reason = "the empty tuple reads nothing")]
        impl<DB: Dialect, M: Model, $($name: Extra<DB, M>),*> Extra<DB, M> for ($($name,)*) {
            type Values = ($($name::Values,)*);
            const WIDTH: usize = 0 $(+ $name::WIDTH)*;

            fn names(names: &mut Vec<&'static str>) {
                $($name::names(names);)*
            }

            fn read<'a>(
                row: &impl SqlRow<'a, DB>,
                mut at: usize,
                values: &mut Self::Values,
            ) -> deserialize::Result<()> {
                let ($($values,)*) = values;
                $(
                    $name::read(row, at, $values)?;
                    at += $name::WIDTH;
                )*
                Ok(())
            }

            fn hand_on(values: Self::Values, keys: &mut Vec<Column>) {
                let ($($values,)*) = values;
                $($name::hand_on($values, keys);)*
            }
        }
    };
}

extras!();
extras!(A a);
extras!(A a, B b);
extras!(A a, B b, D d);
extras!(A a, B b, D d, E e);
extras!(A a, B b, D d, E e, F f);
extras!(A a, B b, D d, E e, F f, G g);
extras!(A a, B b, D d, E e, F f, G g, H h);
extras!(A a, B b, D d, E e, F f, G g, H h, I i);
