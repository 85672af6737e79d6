//! The table `maintained_fields`, as each database spells it.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use diesel::connection::LoadConnection;
use diesel::deserialize;
use diesel::query_builder::QueryFragment;

/// What differs between databases about the table `maintained_fields`.
pub trait FieldsTable: LoadConnection {
    /// Makes the table, if it is not there.
    const CREATE: &'static str;

    /// Whether that commits the transaction that is open.
    const CREATE_COMMITS: bool = false;

    /// A query that finds a row if the table is there, and fails in no case: a statement that fails
    /// would end a transaction.
    const FIND: &'static str;

    /// What stands in an `INSERT` before what is set where the row is there already.
    const OR_SET: &'static str = " ON CONFLICT (model, field) DO UPDATE SET ";

    /// A text, to bind.
    fn text(value: &str) -> Box<dyn QueryFragment<Self::Backend> + '_>;

    /// Reads a text; none where it is null.
    ///
    /// # Errors
    /// When the value is no text.
    fn read_text(row: &Self::Row<'_, '_>, at: usize) -> deserialize::Result<Option<String>>;
}
