//! Diesel's own traits, handed on to the connection inside.

use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, ConnectionSealed, Instrumentation,
    LoadConnection, MultiConnectionHelper, SimpleConnection, WithMetadataLookup,
};
use diesel::expression::QueryMetadata;
use diesel::migration::MigrationConnection;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::result::{ConnectionResult, Error as DieselError, QueryResult};
use diesel::sql_types::TypeMetadata;

use crate::connection::{Blocking, Levels, MaintainedConnection};
use crate::error::FirstError;
use crate::wire::done;

impl<C: Blocking> SimpleConnection for MaintainedConnection<C> {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        done(self.send_batch(query))
    }
}

impl<C: Blocking> ConnectionSealed for MaintainedConnection<C> {}

impl<C: Blocking> Connection for MaintainedConnection<C> {
    type Backend = C::Db;
    type TransactionManager = Levels;

    fn establish(database_url: &str) -> ConnectionResult<Self> {
        C::establish(database_url).map(Self::new)
    }

    /// As with any connection; a panic in the body rolls back, too.
    fn transaction<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: FnOnce(&mut Self) -> Result<T, E>,
        E: From<DieselError>,
    {
        let level = done(self.level())?;
        let result = body(level.conn);
        done(level.end(result))
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Self::Backend> + QueryId,
    {
        done(self.admitted(source))?;
        let sent = self.inner.execute_returning_count(source);
        done(self.noted(sent))
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        self.inner.transaction_state()
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        self.inner.instrumentation()
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.inner.set_instrumentation(instrumentation);
    }

    fn set_prepared_statement_cache_size(&mut self, size: CacheSize) {
        self.state.keeps_prepared = !matches!(size, CacheSize::Disabled);
        self.inner.set_prepared_statement_cache_size(size);
    }
}

impl<B, C: Blocking + LoadConnection<B>> LoadConnection<B> for MaintainedConnection<C> {
    type Cursor<'conn, 'query> = Cursor<'conn, <C as LoadConnection<B>>::Cursor<'conn, 'query>>;
    type Row<'conn, 'query> = <C as LoadConnection<B>>::Row<'conn, 'query>;

    fn load<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Self::Backend> + QueryId + 'query,
        Self::Backend: QueryMetadata<T::SqlType>,
    {
        done(self.admitted(&source))?;
        // The cursor borrows the connection. So it is found out later whether the transaction has
        // outlived an error.
        let suspect = &mut self.state.failures.suspect;
        match LoadConnection::<B>::load(&mut self.inner, source) {
            Ok(rows) => Ok(Cursor { rows, suspect }),
            Err(error) => {
                *suspect = Some(FirstError::of(&error));
                Err(error)
            }
        }
    }
}

/// The rows of a query; an error among them is noted.
#[derive(Debug)]
pub struct Cursor<'conn, R> {
    rows: R,
    suspect: &'conn mut Option<FirstError>,
}

impl<T, R: Iterator<Item = QueryResult<T>>> Iterator for Cursor<'_, R> {
    type Item = QueryResult<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next();
        if let Some(Err(error)) = &row {
            *self.suspect = Some(FirstError::of(error));
        }
        row
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.rows.size_hint()
    }
}

impl<C: Blocking + WithMetadataLookup> WithMetadataLookup for MaintainedConnection<C> {
    fn metadata_lookup(&mut self) -> &mut <Self::Backend as TypeMetadata>::MetadataLookup {
        self.inner.metadata_lookup()
    }
}

impl<C: Blocking + MigrationConnection> MigrationConnection for MaintainedConnection<C> {
    fn setup(&mut self) -> QueryResult<usize> {
        self.inner.setup()
    }
}

impl<C: Blocking + MultiConnectionHelper> MultiConnectionHelper for MaintainedConnection<C> {
    fn to_any<'a>(
        lookup: &mut <Self::Backend as TypeMetadata>::MetadataLookup,
    ) -> &mut (dyn std::any::Any + 'a) {
        C::to_any(lookup)
    }

    fn from_any(
        lookup: &mut dyn std::any::Any,
    ) -> Option<&mut <Self::Backend as TypeMetadata>::MetadataLookup> {
        C::from_any(lookup)
    }
}

/// A connection with an open scope, an open transaction or pending marks is broken: a pool never
/// hands it out again.
#[cfg(feature = "r2d2")]
impl<C: Blocking + diesel::r2d2::R2D2Connection> diesel::r2d2::R2D2Connection
    for MaintainedConnection<C>
{
    fn ping(&mut self) -> QueryResult<()> {
        self.inner.ping()
    }

    fn is_broken(&mut self) -> bool {
        self.is_unclean()
    }
}
