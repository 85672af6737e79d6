//! What the database refuses because of another writer.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

const MESSAGES: &[&str] = &[
    "deadlock detected",
    "Deadlock found",
    "could not serialize access",
    "Lock wait timeout exceeded",
    "database is locked",
];

/// Whether a statement was refused because of another writer, whoever runs it again.
pub fn is_refusal(error: &DieselError) -> bool {
    let DieselError::DatabaseError(kind, information) = error else {
        return false;
    };
    matches!(kind, DatabaseErrorKind::SerializationFailure)
        || MESSAGES
            .iter()
            .any(|message| information.message().contains(message))
}
