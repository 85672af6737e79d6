//! What ends a load, and what refuses a row of it.

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::load::Loaded;

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: &'static str,
    pub(crate) line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

/// A row that was not loaded, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {reason}")]
pub(crate) struct Refusal {
    pub(crate) place: Place,
    pub(crate) reason: String,
}

/// Why a load, or one order of it, ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("cannot read {path}: {source}")]
    File {
        path: String,
        source: std::io::Error,
    },
    #[error("{path}:1: the columns are `{found}`, where `{expected}` is expected")]
    Header {
        path: String,
        found: String,
        expected: String,
    },
    #[error("cannot open the database {database}: {source}")]
    Open {
        database: String,
        source: diesel::ConnectionError,
    },
    #[error("the database {database} cannot be used: {source}")]
    Unusable {
        database: String,
        source: DieselError,
    },
    #[error(
        "the database {database} has another schema: {difference}; name a new file, or one that this example made"
    )]
    Schema {
        database: String,
        difference: String,
    },
    /// A row is at fault: only its order is rolled back.
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("nothing could be loaded, the database is left as it was")]
    Nothing(Vec<Refusal>),
    /// Not a failure: what a dry run returns from its scope, so that the scope rolls back.
    #[error("rolled back, as a dry run")]
    DryRun(Loaded),
    #[error("the load failed and was rolled back: {0}")]
    Library(#[from] maintained::Error),
    #[error("cannot write to the terminal: {0}")]
    Output(#[from] std::io::Error),
}

impl From<DieselError> for LoadError {
    fn from(error: DieselError) -> Self {
        Self::Library(error.into())
    }
}

impl LoadError {
    /// The error of writing the row at `place`: a refusal, if it is the row's own fault.
    pub(crate) fn at(place: Place, error: maintained::Error) -> Self {
        let Some(DieselError::DatabaseError(kind, information)) = error.database() else {
            return error.into();
        };
        let fault = match kind {
            DatabaseErrorKind::UniqueViolation => "duplicate key",
            DatabaseErrorKind::ForeignKeyViolation => "unknown parent",
            DatabaseErrorKind::NotNullViolation => "missing value",
            DatabaseErrorKind::CheckViolation => "value out of range",
            _ => return error.into(),
        };
        let reason = format!("{fault} ({})", information.message());
        Self::Refused(Refusal { place, reason })
    }
}
