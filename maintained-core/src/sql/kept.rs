//! Pieces of queries that own their values, and so may be kept longer than what they were made of.

use diesel::backend::DieselReserveSpecialization;
use diesel::query_builder::{CollectedQuery, MoveableBindCollector, QueryFragment};
use diesel::result::QueryResult;

use crate::sql::Dialect;

/// A piece of a query that borrows nothing.
pub type Kept<DB> = Box<dyn QueryFragment<DB> + Send + Sync>;

/// Keeps a piece of a query as its text and its values. No piece before it in a statement may have
/// values: the text numbers its parameters from 1.
#[cfg_attr(
    not(any(feature = "mysql", feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "only databases that are on keep any")
)]
pub(crate) fn kept<DB, T>(
    fragment: &dyn QueryFragment<DB>,
    lookup: &mut DB::MetadataLookup,
) -> QueryResult<Kept<DB>>
where
    DB: Dialect + DieselReserveSpecialization + Default,
    for<'b> DB::BindCollector<'b>: MoveableBindCollector<DB, BindData = T> + Default,
    T: Send + Sync + 'static,
{
    let database = DB::default();
    let mut values = DB::BindCollector::<'_>::default();
    fragment.collect_binds(&mut values, lookup, &database)?;
    let is_cacheable = fragment.is_safe_to_cache_prepared(&database)?;
    Ok(Box::new(CollectedQuery::new(
        DB::sql_of(fragment)?,
        is_cacheable,
        values.moveable(),
    )))
}

/// A kept piece that is a whole statement.
#[cfg(feature = "async")]
pub(crate) struct Whole<DB: diesel::backend::Backend>(pub(crate) Kept<DB>);

#[cfg(feature = "async")]
impl<DB: diesel::backend::Backend> QueryFragment<DB> for Whole<DB> {
    fn walk_ast<'b>(&'b self, out: diesel::query_builder::AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

#[cfg(feature = "async")]
impl<DB: diesel::backend::Backend> diesel::query_builder::QueryId for Whole<DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

#[cfg(feature = "async")]
impl<DB: diesel::backend::Backend> diesel::query_builder::Query for Whole<DB> {
    type SqlType = diesel::sql_types::Untyped;
}
