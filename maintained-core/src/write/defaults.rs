//! Maintained columns that have no default.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::declare::model::ModelMeta;
use crate::error::Error;

/// How MySQL says that a column has no default: Diesel has no kind for it.
const NO_DEFAULT: &str = "doesn't have a default value";

/// The error of an insert. It leaves maintained columns out, so where the database misses a value
/// for one of them, the table is not as it should be.
pub(super) fn missed(meta: &ModelMeta, error: Error) -> Error {
    let Error::Database(DieselError::DatabaseError(kind, said)) = &error else {
        return error;
    };
    let is_missed =
        matches!(kind, DatabaseErrorKind::NotNullViolation) || said.message().contains(NO_DEFAULT);
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let words = said.message().split(|c| !is_name(c));
    let mut maintained = meta.columns.iter().filter(|column| column.maintained);
    let column = maintained.find(|column| words.clone().any(|word| word == column.name));
    match (column, error) {
        (Some(column), Error::Database(source)) if is_missed => Error::Statement {
            action: format!(
                "inserting into `{}` (its maintained column `{}` has no default: give it one, or let \
                 it be null)",
                meta.name, column.name
            ),
            source,
        },
        (_, error) => error,
    }
}
