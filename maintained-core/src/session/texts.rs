//! The texts of statements, put together once a connection.
//!
//! Putting a statement's text together takes longer than finding it again: by the places of the
//! literals and names that it is made of, which never move, and by the numbers in it.

use std::fmt;
use std::sync::Arc;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Untyped;
use hashbrown::HashMap;

use crate::sql::Dialect;
use crate::sql::statement::Statement;

/// How many texts are kept, and how many words a shape may have: no list of values is spelled out
/// in one.
const MOST: usize = 1_024;
const LONGEST: usize = 512;

/// The texts of the statements that a connection has sent.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: HashMap<Box<[usize]>, Arc<str>>,
    /// The shape of the latest statement.
    shape: Vec<usize>,
}

impl Texts {
    /// The statement's text; none, where parts of it have a text of their own each time.
    pub(crate) fn of<DB: Dialect>(
        &mut self,
        statement: &Statement<'_, DB>,
    ) -> QueryResult<Option<Arc<str>>> {
        self.shape.clear();
        if !statement.shape(&mut self.shape) || self.shape.len() > LONGEST {
            return Ok(None);
        }
        if let Some(text) = self.known.get(&*self.shape) {
            return Ok(Some(Arc::clone(text)));
        }
        // What the user's own pieces say may differ from one time to the next.
        if !DB::is_cacheable(statement)? {
            return Ok(None);
        }
        let text: Arc<str> = DB::sql_of(statement)?.into();
        if self.known.len() == MOST {
            self.known.clear();
        }
        self.known
            .insert(self.shape.as_slice().into(), Arc::clone(&text));
        Ok(Some(text))
    }
}

/// A statement, and its text where that is known.
pub(crate) struct Worded<S> {
    pub(crate) statement: S,
    pub(crate) text: Option<Arc<str>>,
}

impl<DB: Backend, S: QueryFragment<DB>> QueryFragment<DB> for Worded<S> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.statement.walk_ast(out)
    }

    fn to_sql(&self, out: &mut DB::QueryBuilder, backend: &DB) -> QueryResult<()> {
        match &self.text {
            Some(text) => out.push_sql(text),
            None => self.statement.to_sql(out, backend)?,
        }
        Ok(())
    }

    fn is_safe_to_cache_prepared(&self, backend: &DB) -> QueryResult<bool> {
        match &self.text {
            Some(_) => Ok(true),
            None => self.statement.is_safe_to_cache_prepared(backend),
        }
    }
}

impl<S> Query for Worded<S> {
    type SqlType = Untyped;
}

impl<S> QueryId for Worded<S> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<S> fmt::Debug for Worded<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Worded").field(&self.text).finish()
    }
}
