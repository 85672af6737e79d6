//! What kind of error it is, for code that reacts to it.

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::Error;

/// What kind of error it is, for code that reacts to it: made by [`Error::kind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such row.
    NotFound,
    /// Another row has a value that has to be unique.
    UniqueViolation,
    /// A row names a parent that is not there, or a row was to be deleted that others still name.
    ForeignKeyViolation,
    /// A column may not be null.
    NotNullViolation,
    /// A value does not satisfy a check.
    CheckViolation,
    /// The database refused the transaction because of what others were doing: it may succeed when
    /// it is run again. See [`Error::is_retryable`].
    Refused,
    /// The connection to the database is lost or broken, or could not be opened.
    ConnectionLost,
    /// A scope is committed on some databases only: see [`Error::PartlyCommitted`].
    PartlyCommitted,
    /// A scope will be committed on all databases or on none, but is not ended on all yet: see
    /// [`Error::InDoubt`].
    InDoubt,
    /// The transaction may not write.
    ReadOnly,
    /// A computed value does not fit the column that it is for.
    OutOfRange,
    /// Rows of a tree reference one another in a loop.
    Loop,
    /// A field could not be computed: its setter failed, or its rows are not those that the setter
    /// reads.
    Setter,
    /// The key of a row would change, or is not known.
    Key,
    /// The program is wrong: the declarations of models and setters, a label, an isolation level.
    /// Or the database is not ready for it: see [`operations`](crate::operations).
    Declaration,
    /// A statement was not sent, since the library would not have seen what it does.
    Untracked,
    /// Anything else that the database or Diesel says.
    Database,
    /// An error of the caller's own, from a hook.
    Other,
}

impl Error {
    /// What kind of error it is. The kind is the same whether the caller or the library has sent
    /// the statement, and on all databases, as far as they tell errors apart.
    ///
    /// A web handler may answer with a status:
    ///
    /// ```
    /// use maintained_core::{Error, ErrorKind};
    ///
    /// fn status(error: &Error) -> u16 {
    ///     match error.kind() {
    ///         ErrorKind::NotFound => 404,
    ///         ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation => 409,
    ///         ErrorKind::NotNullViolation | ErrorKind::CheckViolation => 422,
    ///         ErrorKind::Loop | ErrorKind::Setter => 422,
    ///         ErrorKind::Refused | ErrorKind::ConnectionLost => 503,
    ///         _ => 500,
    ///     }
    /// }
    ///
    /// let model = "Order";
    /// let key = "7".to_owned();
    /// assert_eq!(status(&Error::NotFound { model, key }), 404);
    /// ```
    ///
    /// Where Diesel has no kind for what the database says, the database's English message tells.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Database(source) | Self::Statement { source, .. } => self.kind_of(source),
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::MissingParent { .. }
            | Self::SecondChild { .. }
            | Self::Setter { .. }
            | Self::Capricious { .. } => ErrorKind::Setter,
            Self::Loop { .. } => ErrorKind::Loop,
            Self::OutOfRange { .. } => ErrorKind::OutOfRange,
            Self::Open { .. } => ErrorKind::ConnectionLost,
            Self::PartlyCommitted { .. } => ErrorKind::PartlyCommitted,
            Self::InDoubt { .. } => ErrorKind::InDoubt,
            Self::SetAside { source, .. } => source.kind(),
            Self::Circle { .. }
            | Self::UnknownLabel { .. }
            | Self::UnknownModel { .. }
            | Self::UnknownColumn { .. }
            | Self::UnknownWrite { .. }
            | Self::UnknownField { .. }
            | Self::Declaration(_)
            | Self::CannotPrepare { .. }
            | Self::NotSetUp
            | Self::NotCurrent { .. }
            | Self::Isolation => ErrorKind::Declaration,
            Self::KeyChanged { .. } | Self::UnknownKey { .. } => ErrorKind::Key,
            Self::Untracked { .. } | Self::RawTransaction { .. } => ErrorKind::Untracked,
            Self::Other(source) => source
                .downcast_ref::<Self>()
                .map_or(ErrorKind::Other, Self::kind),
        }
    }

    /// The kind of an error that the database or Diesel has returned. What may be retried comes
    /// first: it may have any of Diesel's kinds.
    fn kind_of(&self, source: &DieselError) -> ErrorKind {
        if self.is_retryable() {
            return ErrorKind::Refused;
        }
        if self.says(READ_ONLY) {
            return ErrorKind::ReadOnly;
        }
        match source {
            DieselError::NotFound => return ErrorKind::NotFound,
            DieselError::BrokenTransactionManager => return ErrorKind::ConnectionLost,
            _ => {}
        }
        match self.database_error().map(|said| said.kind()) {
            Some(DatabaseErrorKind::UniqueViolation) => ErrorKind::UniqueViolation,
            Some(DatabaseErrorKind::ForeignKeyViolation) => ErrorKind::ForeignKeyViolation,
            Some(DatabaseErrorKind::NotNullViolation) => ErrorKind::NotNullViolation,
            Some(DatabaseErrorKind::CheckViolation) => ErrorKind::CheckViolation,
            Some(DatabaseErrorKind::ClosedConnection) => ErrorKind::ConnectionLost,
            Some(DatabaseErrorKind::ReadOnlyTransaction) => ErrorKind::ReadOnly,
            _ => ErrorKind::Database,
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {self}", self.kind())
    }
}

/// Parts of messages that tell of a database or transaction that is read-only, where Diesel has no
/// kind for them.
const READ_ONLY: &[&str] = &[
    "attempt to write a readonly database",
    "in a READ ONLY transaction",
    "read-only option",
    "read_only option",
];
