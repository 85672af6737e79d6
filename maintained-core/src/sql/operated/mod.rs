//! What operations need, as each database spells it: the library's own tables, and values as text.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use diesel::deserialize;
use diesel::query_builder::QueryFragment;

use super::Results;
use crate::declare::model::Kind;
use crate::sql::TableName;
use crate::sql::statement::Statement;

/// A table of the library's own.
#[derive(Debug, Clone, Copy)]
pub struct OwnTable {
    /// Its name.
    pub name: &'static str,
    /// Makes it, if it is not there.
    pub create: &'static str,
    /// A query that returns a row if the table is there, and none otherwise. It does not fail,
    /// since a statement that fails ends a transaction on `PostgreSQL`.
    pub find: &'static str,
}

/// What differs between databases for operations.
pub trait Operated: Results {
    /// The table that says which definition each field follows from.
    const FIELDS: OwnTable;

    /// The table of the scopes over several databases that are committed, but have not ended on all
    /// of them yet. None, where no transaction can be prepared.
    const COMMITS: Option<OwnTable> = None;

    /// The statement that makes the table of fields, if it is not there.
    const CREATE_FIELDS: &'static str = "\
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

    /// Whether making a table commits the open transaction.
    const CREATE_COMMITS: bool = false;

    /// What stands in an `INSERT` before the assignments for a row that is there already.
    const OR_SET: &'static str = " ON CONFLICT (model, field) DO UPDATE SET ";

    /// A query for those columns of a table which the database sorts otherwise than it compares them.
    /// None where there are no such types.
    #[must_use]
    fn unsorted(table: TableName) -> Option<Statement<'static, Self>> {
        let _: TableName = table;
        None
    }

    /// A text, to bind.
    fn text(value: &str) -> Box<dyn QueryFragment<Self> + Send + Sync + '_>;

    /// Adds a column's value as the database writes it in SQL.
    fn literal(statement: &mut Statement<'_, Self>, column: &'static str) {
        statement.text("quote_literal(").name(column).text(")");
    }

    /// Adds a column's value as text, which differs wherever the values do.
    fn as_text(statement: &mut Statement<'_, Self>, column: &'static str, kind: Kind) {
        let _: Kind = kind;
        statement.text("CAST(").name(column).text(" AS TEXT)");
    }

    /// Reads a text; none where it is null.
    ///
    /// # Errors
    /// When the value is no text.
    fn read_text(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<String>>;
}
