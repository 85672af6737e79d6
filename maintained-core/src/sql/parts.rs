//! What the statements of a database are made of.

use std::fmt;

use diesel::backend::Backend;
use diesel::query_builder::QueryFragment;

use crate::declare::model::Kind;
use crate::sql::statement::{Make, Statement};

/// A piece of a statement that outlives every borrow.
pub type Fragment<DB> = Box<dyn QueryFragment<DB> + Send + Sync>;

/// A list of values that is bound as one.
pub type Array<'r, DB> = Box<dyn QueryFragment<DB> + Send + Sync + 'r>;

/// A column that is set to what the database computes.
#[derive(Debug, Clone, Copy)]
pub struct Set {
    /// Its name.
    pub column: &'static str,
    /// What is known of its values.
    pub kind: Kind,
    /// Whether the expression yields whole numbers only, if the column holds whole ones: it adds no
    /// fractions.
    pub is_whole: bool,
}

/// Adds a value to a statement, once or several times.
pub type AddValue<'v, DB> = &'v dyn Fn(&mut Statement<'_, DB>);

/// Parents that are to be locked, and the query that finds their keys.
pub struct Parents<'q, DB: Backend> {
    /// The table of the rows.
    pub(crate) table: Make<DB>,
    /// What is read of them; their key, where it is nothing.
    pub(crate) selection: Option<Make<DB>>,
    /// The column of their key.
    pub(crate) key: &'static str,
    /// What finds their keys, as a column with the name [`Statement::numbered`] 0.
    pub(crate) query: Statement<'q, DB>,
    /// Whether the query finds at most one key.
    pub(crate) is_one: bool,
    /// Whether the key is itself an array. Arrays of keys cannot be compared with it then: an array
    /// of arrays has one more dimension, and `ANY` takes it apart down to the values.
    pub(crate) is_array: bool,
    /// The clause that locks them.
    pub(crate) clause: &'static str,
}

impl<DB: Backend> fmt::Debug for Parents<'_, DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Parents")
            .field("is_one", &self.is_one)
            .field("key", &self.key)
            .field("clause", &self.clause)
            .finish_non_exhaustive()
    }
}

/// A hop from keys to other keys: `SELECT select FROM table WHERE by` is among the first keys.
pub struct Onward<DB: Backend> {
    pub(crate) select: &'static str,
    pub(crate) table: Make<DB>,
    pub(crate) by: &'static str,
}

impl<DB: Backend> fmt::Debug for Onward<DB> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Onward")
            .field("select", &self.select)
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}
