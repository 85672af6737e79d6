//! What operations need, as each database spells it: the table `maintained_fields`, and values as
//! text.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use diesel::deserialize;
use diesel::query_builder::QueryFragment;

use super::Results;
use crate::sql::statement::Statement;

/// What differs between databases for operations.
pub trait Operated: Results {
    /// Makes the table, if it is not there.
    const CREATE: &'static str = "\
CREATE TABLE IF NOT EXISTS maintained_fields (
    model VARCHAR(255) NOT NULL,
    field VARCHAR(255) NOT NULL,
    hash VARCHAR(16) NOT NULL,
    state VARCHAR(16) NOT NULL,
    cursor TEXT NULL,
    started_at TIMESTAMP NULL,
    finished_at TIMESTAMP NULL,
    PRIMARY KEY (model, field)
)";

    /// Whether that commits the transaction that is open.
    const CREATE_COMMITS: bool = false;

    /// A query that finds a row if the table is there, and fails in no case: a statement that fails
    /// would end a transaction.
    const FIND: &'static str;

    /// What stands in an `INSERT` before what is set where the row is there already.
    const OR_SET: &'static str = " ON CONFLICT (model, field) DO UPDATE SET ";

    /// A text, to bind.
    fn text(value: &str) -> Box<dyn QueryFragment<Self> + Send + Sync + '_>;

    /// Adds a column's value as the database writes it in SQL.
    fn literal(statement: &mut Statement<'_, Self>, column: &'static str) {
        statement.text("quote_literal(").name(column).text(")");
    }

    /// Adds a column's value as text, which differs wherever the values do.
    fn as_text(statement: &mut Statement<'_, Self>, column: &'static str) {
        statement.text("CAST(").name(column).text(" AS TEXT)");
    }

    /// Reads a text; none where it is null.
    ///
    /// # Errors
    /// When the value is no text.
    fn read_text(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<String>>;
}
