//! What the compiler checks of declared fields.

use std::boxed::Box;

use diesel::Table;
use diesel::expression::{AppearsOnTable, Expression, NonAggregate};
use diesel::query_builder::QueryFragment;

use crate::rows::stored::SqlTypeOf;
use crate::sql::{Dialect, Fragment};

/// A number of rows.
#[diagnostic::on_unimplemented(
    message = "a count cannot be kept in a field of type `{Self}`",
    note = "write `i64`, `i32` or `i16`"
)]
pub trait Counter {}

impl Counter for i16 {}
impl Counter for i32 {}
impl Counter for i64 {}

/// Whether there are rows.
#[diagnostic::on_unimplemented(
    message = "whether rows exist cannot be kept in a field of type `{Self}`",
    note = "write `bool`"
)]
pub trait Verdict {}

impl Verdict for bool {}

/// A column that says whether its row counts.
#[diagnostic::on_unimplemented(
    message = "a filter is a column of truths, and not of type `{Self}`",
    note = "name a column of type `bool` or `Option<bool>`"
)]
pub trait Truth {}

impl Truth for bool {}
impl Truth for Option<bool> {}

/// A value that a field of type `T` can hold.
#[diagnostic::on_unimplemented(
    message = "a value of type `{Self}` cannot be kept in a field of type `{T}`",
    note = "give the field the column's type, or an `Option` of it"
)]
pub trait CopiedTo<T> {}

impl<T> CopiedTo<T> for T {}
impl<T> CopiedTo<Option<T>> for T {}

/// Compiles where a field can hold a count.
pub const fn counts<T: Counter>() {}

/// Compiles where a field can hold a verdict.
pub const fn tells<T: Verdict>() {}

/// Compiles where a model has a column.
pub const fn sums<M, V>(_: fn(&M) -> &V) {}

/// Compiles where a field can hold the values of a column.
pub const fn copies<M, V: CopiedTo<T>, T>(_: fn(&M) -> &V) {}

/// Compiles where a column says whether its row counts.
pub const fn filters<M, V: Truth>(_: fn(&M) -> &V) {}

/// An expression over a table's columns, for a column of its type.
pub fn expression<DB, T, Column, E>(expression: E) -> Fragment<DB>
where
    DB: Dialect,
    Column: Expression,
    E: Expression<SqlType = SqlTypeOf<Column>>
        + AppearsOnTable<T>
        + NonAggregate
        + QueryFragment<DB>
        + Send
        + Sync
        + 'static,
{
    Box::new(expression)
}

/// All columns of a table, also those that its model leaves out.
#[must_use]
pub fn all_columns<DB, T>() -> Fragment<DB>
where
    DB: Dialect,
    T: Table<AllColumns: QueryFragment<DB> + Send + Sync + 'static>,
{
    Box::new(T::all_columns())
}
