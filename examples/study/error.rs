//! What ends a load, and what refuses a row of it.

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::loaded::Loaded;

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) sheet: &'static str,
    pub(crate) line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.csv:{}", self.sheet, self.line)
    }
}

/// A row that was not loaded, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {reason}")]
pub(crate) struct Refusal {
    pub(crate) place: Place,
    pub(crate) reason: String,
}

/// Why a load, or a row of it, ended.
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
    #[cfg_attr(
        all(feature = "mysql", feature = "postgres"),
        expect(dead_code, reason = "it is built for all")
    )]
    #[error(
        "this program was built without {0}: run it with `cargo run --example study --features {0} -- ..`"
    )]
    NotBuiltFor(&'static str),
    #[error("cannot open the database {url}: {reason}")]
    Open { url: String, reason: String },
    /// A row is at fault: it is rolled back, and the load goes on.
    #[error("{0}")]
    Refused(String),
    #[error("nothing could be loaded, the database is left as it was")]
    Nothing(Loaded),
    /// Not a failure: what a dry run returns from its scope, so that the scope rolls back.
    #[error("rolled back, as a dry run")]
    DryRun(Loaded),
    #[error("the load failed and was rolled back: {0}")]
    Library(#[source] maintained::Error),
    #[error("cannot write to the terminal: {0}")]
    Output(#[from] std::io::Error),
}

impl LoadError {
    /// A row names something that is not there.
    pub(crate) fn unknown(kind: &str, name: &str) -> Self {
        Self::Refused(format!("there is no {kind} `{name}`"))
    }
}

impl From<maintained::Error> for LoadError {
    fn from(error: maintained::Error) -> Self {
        let Some(DieselError::DatabaseError(kind, information)) = error.database() else {
            return Self::Library(error);
        };
        let fault = match kind {
            DatabaseErrorKind::UniqueViolation => "duplicate key",
            DatabaseErrorKind::ForeignKeyViolation => "unknown parent",
            DatabaseErrorKind::NotNullViolation => "missing value",
            DatabaseErrorKind::CheckViolation => "value out of range",
            _ => return Self::Library(error),
        };
        Self::Refused(format!("{fault} ({})", information.message()))
    }
}

impl From<DieselError> for LoadError {
    fn from(error: DieselError) -> Self {
        maintained::Error::from(error).into()
    }
}
