//! The first error of a transaction that the database has ended.

use std::fmt;
use std::sync::Arc;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use crate::error::Error;

/// The first error of a transaction that the database has ended, kept so that every later call can
/// fail with it.
#[derive(Debug, Clone)]
pub(crate) struct FirstError {
    kind: DatabaseErrorKind,
    message: Message,
}

impl FirstError {
    /// Keeps the parts of an error that can be repeated: its kind, message, details and names.
    pub(crate) fn of(error: &DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, information) => Self {
                kind: *kind,
                message: Message::of(&**information),
            },
            other => Self::saying(&other.to_string()),
        }
    }

    /// The same for an error of the library: its database error, or else its message.
    pub(crate) fn of_any(error: &Error) -> Self {
        let database = error.database().map(Self::of);
        database.unwrap_or_else(|| Self::saying(&error.to_string()))
    }

    /// An error of which only the message is kept.
    fn saying(text: &str) -> Self {
        Self {
            kind: DatabaseErrorKind::Unknown,
            message: Message {
                text: text.into(),
                ..Message::default()
            },
        }
    }

    /// Makes the error again, for a later call to return.
    pub(crate) fn again(&self) -> DieselError {
        DieselError::DatabaseError(self.kind, Box::new(self.message.clone()))
    }
}

#[derive(Clone, Default)]
struct Message {
    text: Arc<str>,
    details: Option<Arc<str>>,
    table: Option<Arc<str>>,
    column: Option<Arc<str>>,
    constraint: Option<Arc<str>>,
}

impl Message {
    fn of(information: &(dyn DatabaseErrorInformation + Send + Sync)) -> Self {
        Self {
            text: information.message().into(),
            details: information.details().map(Into::into),
            table: information.table_name().map(Into::into),
            column: information.column_name().map(Into::into),
            constraint: information.constraint_name().map(Into::into),
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, formatter)
    }
}

impl DatabaseErrorInformation for Message {
    fn message(&self) -> &str {
        &self.text
    }

    fn details(&self) -> Option<&str> {
        self.details.as_deref()
    }

    fn hint(&self) -> Option<&str> {
        None
    }

    fn table_name(&self) -> Option<&str> {
        self.table.as_deref()
    }

    fn column_name(&self) -> Option<&str> {
        self.column.as_deref()
    }

    fn constraint_name(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseErrorKind, DieselError, FirstError, Message};
    use crate::error::{Error, ErrorKind};

    #[test]
    fn an_error_that_is_told_again_keeps_its_kind_and_its_names() {
        let message = Message {
            text: "refused".into(),
            details: Some("why".into()),
            table: Some("users".into()),
            column: Some("name".into()),
            constraint: Some("users_name_key".into()),
        };
        let kind = DatabaseErrorKind::UniqueViolation;
        let first = FirstError::of(&DieselError::DatabaseError(kind, Box::new(message)));
        let again = Error::from(first.again());
        assert_eq!(again.kind(), ErrorKind::UniqueViolation);
        let said = again.database_error().unwrap();
        assert_eq!((said.message(), said.details()), ("refused", Some("why")));
        let names = (said.table(), said.column(), said.constraint());
        assert_eq!(names, (Some("users"), Some("name"), Some("users_name_key")));
    }
}
