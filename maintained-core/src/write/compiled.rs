//! Writes that are compiled with the library.
//!
//! A write that does not know the type of its model, and all that follows from it, is generic over
//! the connection alone. For each blocking connection it is compiled here, and not once more in each
//! program: code for a type that is known belongs to the crate that it stands in.

use std::fmt;
use std::future::ready;

use super::delete::Delete;
use super::insert::Insert;
use super::read;
use super::run::write;
use super::save::Save;
use super::touch::Touch;
use super::update::Update;
use crate::connection::{Blocking, MaintainedConnection, Running, Wrapped, each_blocking};
use crate::error::Error;
use crate::rows::RowSet;
use crate::sql::Dialect;
use crate::wire::done;
#[cfg(feature = "async")]
use crate::wire::{Async, AsyncDatabase};

/// A Diesel connection that the library can wrap.
///
/// Implemented for the connections of Diesel whose feature (`sqlite`, `postgres`, `mysql`) is on.
///
/// ```
/// use maintained_core::{Database, Error, MaintainedConnection, operations};
///
/// fn is_current<C: Database>(conn: &mut MaintainedConnection<C>) -> Result<bool, Error> {
///     Ok(C::value(operations::status(conn))?.is_current())
/// }
/// # drop(is_current::<diesel::SqliteConnection>);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection that `maintained` supports",
    note = "turn on the feature of `maintained` for its database: `sqlite`, `postgres` or `mysql`"
)]
pub trait Database: Blocking + Writer {}

impl<C: Blocking + Writer> Database for C {}

/// A connection on which models can be written.
///
/// Implemented for all that are a [`Database`], and for those of `diesel-async` that are an
/// `AsyncDatabase`.
pub trait Writer: Wrapped {
    #[doc(hidden)]
    fn run_write<'r>(
        conn: &'r mut MaintainedConnection<Self>,
        write: OfAnyModel<'r, Self::Db>,
    ) -> Running<'r, Written<Self::Db>>;
}

/// A write that does not know the type of its model.
pub struct OfAnyModel<'w, DB: Dialect>(Kind<'w, DB>);

/// Which kind of write it is.
pub(super) enum Kind<'w, DB: Dialect> {
    Insert(&'w Insert<'w, DB>),
    Update(&'w Update<'w, DB>),
    Save(&'w Save<'w, DB>),
    Delete(&'w Delete<'w, DB>),
    Touch(&'w Touch<'w, DB>),
}

/// What such a write has come to.
pub struct Written<DB: Dialect> {
    /// The rows, if it returns any.
    rows: Option<Box<dyn RowSet<DB>>>,
    /// How many rows there were, if it says that.
    pub(super) count: usize,
}

/// Runs a write where it was compiled.
pub(super) fn run<'r, C: Writer>(
    conn: &'r mut MaintainedConnection<C>,
    write: Kind<'r, C::Db>,
) -> Running<'r, Written<C::Db>> {
    C::run_write(conn, OfAnyModel(write))
}

impl<DB: Dialect> Written<DB> {
    pub(super) fn into_rows(self) -> Result<Box<dyn RowSet<DB>>, Error> {
        self.rows.ok_or_else(read::returned_nothing)
    }

    fn rows(rows: Box<dyn RowSet<DB>>) -> Self {
        Self {
            rows: Some(rows),
            count: 0,
        }
    }

    fn count(count: usize) -> Self {
        Self { rows: None, count }
    }
}

async fn run_here<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    it: OfAnyModel<'_, C::Db>,
) -> Result<Written<C::Db>, Error> {
    Ok(match it.0 {
        Kind::Insert(insert) => Written::rows(write(conn, insert).await?),
        Kind::Update(update) => Written::rows(write(conn, update).await?),
        Kind::Save(save) => Written::rows(write(conn, save).await?),
        Kind::Delete(delete) => {
            write(conn, delete).await?;
            Written::count(0)
        }
        Kind::Touch(touch) => Written::count(write(conn, touch).await?),
    })
}

/// Has a blocking connection run writes, all of whose futures are ready at once.
macro_rules! blocking {
    ([$($generics:tt)*] $connection:ty $(where $($bounds:tt)*)?) => {
        impl<$($generics)*> Writer for $connection $(where $($bounds)*)? {
            fn run_write<'r>(
                conn: &'r mut MaintainedConnection<Self>,
                write: OfAnyModel<'r, Self::Db>,
            ) -> Running<'r, Written<Self::Db>> {
                Box::pin(ready(done(run_here(conn, write))))
            }
        }
    };
}

each_blocking!(blocking);

#[cfg(feature = "async")]
impl<C: AsyncDatabase> Writer for Async<C> {
    fn run_write<'r>(
        conn: &'r mut MaintainedConnection<Self>,
        write: OfAnyModel<'r, Self::Db>,
    ) -> Running<'r, Written<Self::Db>> {
        // That its futures cross threads the compiler sees only where the connection is any one.
        fn awaited<'r, C: Wrapped>(
            conn: &'r mut MaintainedConnection<C>,
            write: OfAnyModel<'r, C::Db>,
        ) -> Running<'r, Written<C::Db>> {
            Box::pin(run_here(conn, write))
        }
        awaited(conn, write)
    }
}

impl<DB: Dialect> fmt::Debug for OfAnyModel<'_, DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OfAnyModel").finish_non_exhaustive()
    }
}

impl<DB: Dialect> fmt::Debug for Written<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Written").finish_non_exhaustive()
    }
}
