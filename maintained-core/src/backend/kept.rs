//! Pieces of queries that are kept longer than the values that they were made of are borrowed.

use diesel::backend::{Backend, DieselReserveSpecialization};
use diesel::query_builder::{CollectedQuery, MoveableBindCollector, QueryFragment};
use diesel::result::QueryResult;

/// A piece of a query that borrows nothing.
pub(crate) type Kept<DB> = Box<dyn QueryFragment<DB> + Send>;

/// Keeps a piece of a query with its text and its values. It is to be the first one of its statement that has values.
#[cfg_attr(
    not(any(feature = "mysql", feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "only databases that are on keep any")
)]
pub(super) fn kept<DB, T>(
    fragment: &dyn QueryFragment<DB>,
    sql: String,
    (database, lookup): (&DB, &mut DB::MetadataLookup),
) -> QueryResult<Kept<DB>>
where
    DB: Backend + DieselReserveSpecialization + 'static,
    for<'b> DB::BindCollector<'b>: MoveableBindCollector<DB, BindData = T> + Default,
    T: Send + 'static,
{
    let mut values = DB::BindCollector::<'_>::default();
    fragment.collect_binds(&mut values, lookup, database)?;
    let is_cacheable = fragment.is_safe_to_cache_prepared(database)?;
    Ok(Box::new(CollectedQuery::new(
        sql,
        is_cacheable,
        values.moveable(),
    )))
}
