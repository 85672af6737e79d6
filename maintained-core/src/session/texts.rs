//! The texts of statements, put together once a connection.
//!
//! Putting a statement's text together takes longer than finding it again: by the places of the
//! literals and names that it is made of, which never move, and by the numbers in it. What is found
//! is the text between the values, since Diesel asks for a text and values in one walk.

use std::fmt;
use std::sync::Arc;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Untyped;
use hashbrown::HashMap;

use crate::sql::Dialect;
use crate::sql::statement::{Between, Statement};

/// How many texts are kept, and how many words a shape may have. A list of values takes few of
/// them, however long it is.
const MOST: usize = 1_024;
const LONGEST: usize = 512;

/// How many texts are prepared because they come again, and how many bytes such a text may have:
/// one row to insert, or a few columns to change, are shorter.
const MOST_REPEATED: usize = 128;
const LONGEST_REPEATED: usize = 4_096;

/// The texts of the statements that a connection has sent.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    known: HashMap<Box<[usize]>, Arc<Between>>,
    /// The shape of the latest statement.
    shape: Vec<usize>,
    /// Texts that Diesel would prepare anew each time, and whether they have come again.
    repeated: HashMap<Arc<str>, Again>,
}

/// Whether a text has come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    NotYet,
    Yes,
}

impl Texts {
    /// The statement with its text, where that is found faster than it is put together.
    pub(crate) fn of<'q, DB: Dialect>(
        &mut self,
        statement: Statement<'q, DB>,
    ) -> QueryResult<Worded<Statement<'q, DB>>> {
        let text = if self.has_shape(&statement) {
            self.shaped(&statement)?
        } else {
            self.repeated(&statement)?
        };
        Ok(Worded { statement, text })
    }

    /// Whether the statement's shape tells its text; then `shape` has it.
    fn has_shape<DB: Dialect>(&mut self, statement: &Statement<'_, DB>) -> bool {
        self.shape.clear();
        statement.shape(&mut self.shape) && self.shape.len() <= LONGEST
    }

    fn shaped<DB: Dialect>(&mut self, statement: &Statement<'_, DB>) -> QueryResult<Option<Text>> {
        if let Some(text) = self.known.get(&*self.shape) {
            return Ok(Some(Text::Between(Arc::clone(text))));
        }
        // What the user's own pieces say may differ from one time to the next.
        if !DB::is_cacheable(statement)? {
            return self.repeated(statement);
        }
        let text = Arc::new(statement.between()?);
        if self.known.len() == MOST {
            self.known.clear();
        }
        self.known
            .insert(self.shape.as_slice().into(), Arc::clone(&text));
        Ok(Some(Text::Between(text)))
    }

    /// A text that depends on values. Diesel does not keep such a statement prepared, since it
    /// cannot know how many texts there are; most often it is the same one again, as that of a row
    /// whose columns may be left to their defaults. So from the second time on it is kept.
    fn repeated<DB: Dialect>(
        &mut self,
        statement: &Statement<'_, DB>,
    ) -> QueryResult<Option<Text>> {
        let sql = DB::sql_of(statement)?;
        if sql.len() > LONGEST_REPEATED {
            return Ok(Some(Text::Whole {
                is_prepared: DB::is_cacheable(statement)?,
                sql: sql.into(),
            }));
        }
        if let Some((sql, again)) = self.repeated.get_key_value_mut(&*sql) {
            *again = Again::Yes;
            return Ok(Some(Text::prepared(sql)));
        }
        let sql: Arc<str> = sql.into();
        let is_prepared = DB::is_cacheable(statement)?;
        if !is_prepared {
            self.make_room();
            if self.repeated.len() < MOST_REPEATED {
                self.repeated.insert(Arc::clone(&sql), Again::NotYet);
            }
        }
        Ok(Some(Text::Whole { sql, is_prepared }))
    }

    /// Forgets the texts that have not come again, where there is no room for another. What has
    /// come again is prepared, and stays so: that is what bounds how many are.
    fn make_room(&mut self) {
        if self.repeated.len() >= MOST_REPEATED {
            self.repeated.retain(|_, again| *again == Again::Yes);
        }
    }
}

/// The text of a statement.
#[derive(Debug)]
pub(crate) enum Text {
    /// What stands between its values.
    Between(Arc<Between>),
    /// All of it, and whether the statement is kept prepared under it. Diesel asks for it where the
    /// statement returns rows; where it does not, it walks the statement.
    Whole { sql: Arc<str>, is_prepared: bool },
}

impl Text {
    fn prepared(sql: &Arc<str>) -> Self {
        Self::Whole {
            sql: Arc::clone(sql),
            is_prepared: true,
        }
    }
}

/// A statement, and its text where that is known.
pub(crate) struct Worded<S> {
    pub(crate) statement: S,
    pub(crate) text: Option<Text>,
}

impl<DB: Backend> QueryFragment<DB> for Worded<Statement<'_, DB>> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match &self.text {
            Some(Text::Between(between)) => self.statement.walk_between(between, out),
            Some(Text::Whole { .. }) | None => self.statement.walk_ast(out),
        }
    }

    fn to_sql(&self, out: &mut DB::QueryBuilder, backend: &DB) -> QueryResult<()> {
        match &self.text {
            Some(Text::Whole { sql, .. }) => {
                out.push_sql(sql);
                Ok(())
            }
            Some(Text::Between(_)) => Walked(self).to_sql(out, backend),
            None => self.statement.to_sql(out, backend),
        }
    }

    fn is_safe_to_cache_prepared(&self, backend: &DB) -> QueryResult<bool> {
        match &self.text {
            Some(Text::Whole { is_prepared, .. }) => Ok(*is_prepared),
            Some(Text::Between(_)) => Ok(true),
            None => self.statement.is_safe_to_cache_prepared(backend),
        }
    }
}

/// A statement of whose text Diesel is told as it walks.
struct Walked<'w, S>(&'w Worded<S>);

impl<DB: Backend, S> QueryFragment<DB> for Walked<'_, S>
where
    Worded<S>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
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

#[cfg(test)]
#[cfg(feature = "sqlite")]
mod tests;
