//! What the server answers.

use maintained::{Error, ErrorKind, Mode};
use serde::Serialize;

use super::models::{Customer, Order};

/// What was done, in which mode, and for whom: both as the connection had them inside the scope.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Done<T> {
    pub(crate) mode: &'static str,
    pub(crate) user: String,
    #[serde(flatten)]
    pub(crate) what: T,
}

/// What an edit has changed, with all that follows from it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Edited {
    Order(Order),
    Customer(Customer),
}

/// Orders as they are, read outside of any scope: so nobody's mode is in force, and no user known.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Listed {
    pub(crate) mode: &'static str,
    pub(crate) user: Option<String>,
    pub(crate) orders: Vec<Order>,
}

/// What came of an upload, or of a part of it.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Uploaded {
    /// Whether the rows are in the database.
    pub(crate) committed: bool,
    /// How many rows were written.
    pub(crate) loaded: usize,
    /// How many rows were refused.
    pub(crate) refused: usize,
    /// The first of those that were refused.
    pub(crate) refusals: Vec<Refusal>,
    /// Whether the upload has come to its end.
    #[serde(skip)]
    pub(crate) ended: bool,
}

/// A row that was refused; the others are loaded all the same.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Refusal {
    pub(crate) line: u64,
    pub(crate) why: String,
}

impl Uploaded {
    /// So many refusals are told one by one.
    const TOLD: usize = 100;

    pub(crate) fn refuse(&mut self, line: u64, why: String) {
        self.refused += 1;
        if self.refusals.len() < Self::TOLD {
            self.refusals.push(Refusal { line, why });
        }
    }

    /// Adds the next part.
    pub(crate) fn add(&mut self, next: Self) {
        self.committed |= next.committed;
        self.loaded += next.loaded;
        self.refused += next.refused;
        self.refusals.extend(next.refusals);
        self.refusals.truncate(Self::TOLD);
        self.ended = next.ended;
    }
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Shop(#[from] Error),
    #[error("no connection to the database is free: {0}")]
    Pool(String),
    #[error("the upload has not come to its end: {0}")]
    Upload(String),
    #[error("{0}")]
    Request(String),
    #[error("the request was given up: {0}")]
    Panic(String),
    /// Not a failure: the scope of a validation ends like this, so that it is undone.
    #[error("the upload was only looked at")]
    Validated(Box<Done<Uploaded>>),
    #[error("{loaded} rows are loaded, and the next ones are not: {source}")]
    Partly { loaded: usize, source: Box<Failure> },
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        // An error of the library that went through Diesel's type comes back whole.
        Self::Shop(error.into())
    }
}

impl Failure {
    /// The status of the response.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Shop(error) => match error.kind() {
                ErrorKind::NotFound => 404,
                ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation => 409,
                ErrorKind::NotNullViolation
                | ErrorKind::CheckViolation
                | ErrorKind::Loop
                | ErrorKind::OutOfRange
                | ErrorKind::Setter => 422,
                ErrorKind::Refused | ErrorKind::ConnectionLost => 503,
                _ => 500,
            },
            Self::Pool(_) => 503,
            Self::Upload(_) | Self::Request(_) => 400,
            Self::Panic(_) | Self::Validated(_) => 500,
            Self::Partly { source, .. } => source.status(),
        }
    }

    /// Whether the same request may succeed when it is sent again.
    pub(crate) fn is_retryable(&self) -> bool {
        // Of a request of which a part is done the client has to send the rest only.
        !matches!(self, Self::Partly { .. }) && self.status() == 503
    }

    /// The body of the response.
    pub(crate) fn body(&self) -> serde_json::Value {
        let loaded = match self {
            Self::Partly { loaded, .. } => *loaded,
            _ => 0,
        };
        serde_json::json!({
            "error": self.to_string(),
            "retry": self.is_retryable(),
            "loaded": loaded,
        })
    }
}

/// Whether an error is about the row that was written, so that the load goes on without it.
pub(crate) fn is_about_the_row(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UniqueViolation
            | ErrorKind::ForeignKeyViolation
            | ErrorKind::NotNullViolation
            | ErrorKind::CheckViolation
            | ErrorKind::OutOfRange
    )
}

/// The name of a mode.
pub(crate) fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Immediate => "immediate",
        Mode::Buffered => "buffered",
        Mode::Disabled => "disabled",
    }
}
