//! The rows that a database returns.

use diesel::backend::Backend;
use diesel::row::Row;

/// A database, and the rows that it returns.
pub trait Results: Backend {
    /// A row of a result, whichever kind of connection it has come by.
    type Row<'conn, 'query>: Row<'conn, Self>;
}

#[cfg(feature = "async")]
pub use self::either::{AnyField, AnyRow};

/// Where a database has no async connections, its row is that of the blocking connection.
macro_rules! results {
    ($feature:literal, $backend:ty, $blocking:ty) => {
        #[cfg(feature = $feature)]
        impl Results for $backend {
            type Row<'conn, 'query> =
                <$blocking as diesel::connection::LoadConnection>::Row<'conn, 'query>;
        }
    };
    ($feature:literal, $backend:ty, $blocking:ty, $awaited:ident) => {
        #[cfg(not(feature = "async"))]
        results!($feature, $backend, $blocking);

        #[cfg(all(feature = "async", feature = $feature))]
        impl Results for $backend {
            type Row<'conn, 'query> = AnyRow<
                <$blocking as diesel::connection::LoadConnection>::Row<'conn, 'query>,
                <diesel_async::$awaited as diesel_async::AsyncConnectionCore>::Row<'conn, 'query>,
            >;
        }
    };
}

results!("sqlite", diesel::sqlite::Sqlite, diesel::SqliteConnection);
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

#[cfg(feature = "async")]
mod either {
    use std::ops::Range;

    use diesel::backend::Backend;
    use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};

    /// A row of a blocking connection or of an async one.
    #[derive(Debug)]
    pub enum AnyRow<A, B> {
        /// A row of a blocking connection.
        Blocking(A),
        /// A row of an async connection.
        Async(B),
    }

    /// A field of such a row.
    #[derive(Debug)]
    pub enum AnyField<A, B> {
        /// A field of a row of a blocking connection.
        Blocking(A),
        /// A field of a row of an async connection.
        Async(B),
    }

    /// Blocking connections convert each row by `into()`. Where there are no async connections,
    /// that converts the row into itself.
    impl<A, B> From<A> for AnyRow<A, B> {
        fn from(row: A) -> Self {
            Self::Blocking(row)
        }
    }

    impl<A, B> RowSealed for AnyRow<A, B> {}

    impl<I, A: RowIndex<I>, B: RowIndex<I>> RowIndex<I> for AnyRow<A, B> {
        fn idx(&self, index: I) -> Option<usize> {
            match self {
                Self::Blocking(row) => row.idx(index),
                Self::Async(row) => row.idx(index),
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
                Self::Blocking(row) => row.field_count(),
                Self::Async(row) => row.field_count(),
            }
        }

        fn get<'f, I>(&'f self, index: I) -> Option<Self::Field<'f>>
        where
            'conn: 'f,
            Self: RowIndex<I>,
        {
            let index = self.idx(index)?;
            match self {
                Self::Blocking(row) => row.get(index).map(AnyField::Blocking),
                Self::Async(row) => row.get(index).map(AnyField::Async),
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
                Self::Blocking(field) => field.field_name(),
                Self::Async(field) => field.field_name(),
            }
        }

        fn value(&self) -> Option<DB::RawValue<'_>> {
            match self {
                Self::Blocking(field) => field.value(),
                Self::Async(field) => field.value(),
            }
        }

        fn is_null(&self) -> bool {
            match self {
                Self::Blocking(field) => field.is_null(),
                Self::Async(field) => field.is_null(),
            }
        }
    }
}
