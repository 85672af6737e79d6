//! A model on a database: the few things that only code with the concrete types can do.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSqlRow};
use diesel::expression::Expression;
use diesel::query_builder::AstPass;
use diesel::query_source::Column;
use diesel::result::QueryResult;
use diesel::row::Row as SqlRow;
use diesel::sql_types::IntoNullable;

use crate::declare::model::{Model, Row};
use crate::declare::positions::ColumnIndex;
use crate::sql::{Array, Dialect, Fragment};

/// Rows that can be read from a database.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read through `{DB}`",
    note = "`#[diesel(check_for_backend(..))]` on `{Self}` leaves this database out, or the feature of `maintained` for it is off"
)]
pub trait Readable<DB: Dialect>: Row {
    /// How many columns of a result [`read`](Self::read) takes.
    const WIDTH: usize;

    /// The columns to select.
    fn selection() -> Fragment<DB>;

    /// Reads the row from the first columns of a result.
    ///
    /// # Errors
    /// When a value does not fit its field.
    fn read<'a>(row: &impl SqlRow<'a, DB>) -> deserialize::Result<Self>;
}

/// Reads a row from the columns of a result that start at a place.
pub(crate) fn read_at<'a, DB: Dialect, T: Readable<DB>>(
    row: &impl SqlRow<'a, DB>,
    at: usize,
) -> deserialize::Result<T> {
    T::read(&row.partial_row(at..at + T::WIDTH))
}

/// A model whose rows can be read from and written to a database.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no model on `{DB}`",
    note = "derive `Maintained` for the struct of the table's rows",
    note = "where `#[diesel(check_for_backend(..))]` leaves this database out, it must be left out of the models that belong to `{Self}` or read it as well, and of their `#[maintained::setters(check_for_backend(..))]`"
)]
pub trait Stored<DB: Dialect>: Model + Readable<DB> {
    /// The table, as a `FROM` clause names it.
    fn table() -> Fragment<DB>;

    /// Binds the value of one column.
    ///
    /// # Errors
    /// When the value cannot be serialised.
    fn bind<'b>(&'b self, column: ColumnIndex, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// Binds one part of a primary key.
    ///
    /// # Errors
    /// When the value cannot be serialised.
    fn bind_key<'b>(key: &'b Self::Key, part: usize, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;

    /// Reads a primary key from the columns of a result that start at `at`.
    ///
    /// # Errors
    /// When a value does not fit the key's type.
    fn read_key<'a>(row: &impl SqlRow<'a, DB>, at: usize) -> deserialize::Result<Self::Key>;

    /// Binds the values of one column of some rows as one array, where the database has arrays.
    #[must_use]
    fn array<'r>(rows: &[&'r Self], column: ColumnIndex) -> Option<Array<'r, DB>> {
        let _: (&[&Self], ColumnIndex) = (rows, column);
        None
    }

    /// Binds one part of some primary keys as one array, where the database has arrays.
    #[must_use]
    fn key_array<'r>(keys: &[&'r Self::Key], part: usize) -> Option<Array<'r, DB>> {
        let _: (&[&Self::Key], usize) = (keys, part);
        None
    }
}

/// A column from which the keys of a parent's rows can be read, as a foreign key.
///
/// It asks nothing of the model: where a relation is missing, that alone is reported, and not once
/// more for each database.
pub trait StoredForeignKey<DB: Dialect, K>: Column + 'static {
    /// Reads the foreign key from the column of a result at `at`.
    ///
    /// # Errors
    /// When the value does not fit the parent's key type.
    fn read_foreign_key<'a>(row: &impl SqlRow<'a, DB>, at: usize)
    -> deserialize::Result<Option<K>>;
}

impl<DB, K, Via> StoredForeignKey<DB, K> for Via
where
    DB: Dialect,
    Via: Column<SqlType: IntoNullable> + 'static,
    Option<K>: FromSqlRow<NullableOf<Via>, DB>,
{
    fn read_foreign_key<'a>(
        row: &impl SqlRow<'a, DB>,
        at: usize,
    ) -> deserialize::Result<Option<K>> {
        read_value::<_, NullableOf<Via>, _>(row, at)
    }
}

/// A column's SQL type.
pub type SqlTypeOf<Column> = <Column as Expression>::SqlType;
/// A column's SQL type, nullable.
pub type NullableOf<Column> = <SqlTypeOf<Column> as IntoNullable>::Nullable;

/// Reads one value.
///
/// # Errors
/// When the value does not fit the type.
pub fn read_value<'a, T, ST, DB>(row: &impl SqlRow<'a, DB>, at: usize) -> deserialize::Result<T>
where
    DB: Backend,
    T: FromSqlRow<ST, DB>,
{
    T::build_from_row(&row.partial_row(at..at + 1))
}
