//! Maintained columns that have no default.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::declare::model::ModelMeta;
use crate::error::Error;

/// The error of an insert. It leaves maintained columns out, so where the database misses a value
/// for one of them, the table is not as it should be.
pub(super) fn missed(meta: &ModelMeta, error: Error) -> Error {
    let Error::Database(source) = error else {
        return error;
    };
    let DieselError::DatabaseError(DatabaseErrorKind::NotNullViolation, said) = &source else {
        return Error::Database(source);
    };
    // PostgreSQL tells the column by itself, the others tell it in their message.
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let is_told = |name: &str| match said.column_name() {
        Some(column) => column == name,
        None => said
            .message()
            .split(|c| !is_name(c))
            .any(|word| word == name),
    };
    let mut maintained = meta.columns.iter().filter(|column| column.maintained);
    match maintained.find(|column| is_told(column.name)) {
        Some(column) => Error::Statement {
            action: format!(
                "inserting into `{}` (its maintained column `{}` has no default: give it one, or let \
                 it be null)",
                meta.name, column.name
            ),
            source,
        },
        None => Error::Database(source),
    }
}
