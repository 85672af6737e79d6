//! The rows that a database returns, and those that are kept of it.

#[cfg_attr(
    not(any(feature = "mysql", feature = "postgres")),
    allow(dead_code, reason = "SQLite locks no rows, and keeps none")
)]
mod kept;

use std::ops::Range;

use diesel::backend::Backend;
use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};

use crate::declare::positions::ColumnIndex;

pub use self::kept::{KeptField, KeptRow, KeptRows, Values};

/// A database, and the rows that it returns.
pub trait Results: Backend {
    /// A row of a result, whichever kind of connection it has come by.
    type Row<'conn, 'query>: Row<'conn, Self>;

    /// Rows that are kept as they came. A database that locks no rows keeps none.
    type Kept: Default + Send + Sync;

    /// Keeps so many columns of a row, from a place on.
    fn keep(kept: &mut Self::Kept, row: &Self::Row<'_, '_>, from: usize, width: usize);

    /// Some columns of a row that was kept, in another order.
    fn kept_row<'k>(
        kept: &'k Self::Kept,
        row: usize,
        columns: &'k [ColumnIndex],
    ) -> Option<Self::Row<'k, 'k>>;
}

#[cfg(feature = "sqlite")]
impl Results for diesel::sqlite::Sqlite {
    type Row<'conn, 'query> =
        <diesel::SqliteConnection as diesel::connection::LoadConnection>::Row<'conn, 'query>;

    type Kept = ();

    fn keep((): &mut (), _: &Self::Row<'_, '_>, _: usize, _: usize) {}

    fn kept_row<'k>((): &'k (), _: usize, _: &'k [ColumnIndex]) -> Option<Self::Row<'k, 'k>> {
        None
    }
}

/// A row of a blocking connection, or else one that was kept, or that of an async connection.
macro_rules! results {
    ($feature:literal, $backend:ty, $blocking:ty, $awaited:ident) => {
        #[cfg(feature = $feature)]
        impl Results for $backend {
            #[cfg(not(feature = "async"))]
            type Row<'conn, 'query> = AnyRow<
                <$blocking as diesel::connection::LoadConnection>::Row<'conn, 'query>,
                KeptRow<'conn, $backend>,
            >;

            #[cfg(feature = "async")]
            type Row<'conn, 'query> = AnyRow<
                <$blocking as diesel::connection::LoadConnection>::Row<'conn, 'query>,
                AnyRow<
                    KeptRow<'conn, $backend>,
                    <diesel_async::$awaited as diesel_async::AsyncConnectionCore>::Row<
                        'conn,
                        'query,
                    >,
                >,
            >;

            type Kept = KeptRows<$backend>;

            fn keep(kept: &mut Self::Kept, row: &Self::Row<'_, '_>, from: usize, width: usize) {
                kept.keep(row, from, width);
            }

            fn kept_row<'k>(
                kept: &'k Self::Kept,
                row: usize,
                columns: &'k [ColumnIndex],
            ) -> Option<Self::Row<'k, 'k>> {
                let row = kept.row(row, columns);
                #[cfg(feature = "async")]
                let row = AnyRow::One(row);
                Some(AnyRow::Other(row))
            }
        }
    };
}

results!(
    "postgres",
    diesel::pg::Pg,
    diesel::PgConnection,
    AsyncPgConnection
);
results!(
    "mysql",
    diesel::mysql::Mysql,
    diesel::MysqlConnection,
    AsyncMysqlConnection
);

/// A row of one kind or of another.
#[derive(Debug)]
pub enum AnyRow<A, B> {
    /// A row of the first kind.
    One(A),
    /// A row of the second kind.
    Other(B),
}

/// A field of such a row.
#[derive(Debug)]
pub enum AnyField<A, B> {
    /// A field of a row of the first kind.
    One(A),
    /// A field of a row of the second kind.
    Other(B),
}

/// Blocking connections convert each row by `into()`. On a database that has no other rows that
/// converts the row into itself.
impl<A, B> From<A> for AnyRow<A, B> {
    fn from(row: A) -> Self {
        Self::One(row)
    }
}

impl<A, B> RowSealed for AnyRow<A, B> {}

impl<I, A: RowIndex<I>, B: RowIndex<I>> RowIndex<I> for AnyRow<A, B> {
    fn idx(&self, index: I) -> Option<usize> {
        match self {
            Self::One(row) => row.idx(index),
            Self::Other(row) => row.idx(index),
        }
    }
}

impl<'conn, DB, A, B> Row<'conn, DB> for AnyRow<A, B>
where
    DB: Backend,
    A: Row<'conn, DB>,
    B: Row<'conn, DB>,
{
    type Field<'f>
        = AnyField<A::Field<'f>, B::Field<'f>>
    where
        'conn: 'f,
        Self: 'f;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        match self {
            Self::One(row) => row.field_count(),
            Self::Other(row) => row.field_count(),
        }
    }

    fn get<'f, I>(&'f self, index: I) -> Option<Self::Field<'f>>
    where
        'conn: 'f,
        Self: RowIndex<I>,
    {
        let index = self.idx(index)?;
        match self {
            Self::One(row) => row.get(index).map(AnyField::One),
            Self::Other(row) => row.get(index).map(AnyField::Other),
        }
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
        PartialRow::new(self, range)
    }
}

impl<'f, DB, A, B> Field<'f, DB> for AnyField<A, B>
where
    DB: Backend,
    A: Field<'f, DB>,
    B: Field<'f, DB>,
{
    fn field_name(&self) -> Option<&str> {
        match self {
            Self::One(field) => field.field_name(),
            Self::Other(field) => field.field_name(),
        }
    }

    fn value(&self) -> Option<DB::RawValue<'_>> {
        match self {
            Self::One(field) => field.value(),
            Self::Other(field) => field.value(),
        }
    }

    fn is_null(&self) -> bool {
        match self {
            Self::One(field) => field.is_null(),
            Self::Other(field) => field.is_null(),
        }
    }
}
