//! What can go wrong, and what to do about it.

use std::fmt;
use std::sync::Arc;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use crate::setter::SetterError;

/// Why a write, a flush or a scope failed.
///
/// Converts from and into [`diesel::result::Error`], so that a scope's body may use either: an error that came from
/// Diesel is handed back as it was, any other travels inside
/// [`QueryBuilderError`](diesel::result::Error::QueryBuilderError).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database refused a statement, or Diesel could not build or read one.
    #[error("{0}")]
    Database(#[source] DieselError),
    /// The database refused a statement of the library's own.
    #[error("{action} failed: {source}")]
    Statement {
        /// What the library was doing.
        action: String,
        /// What the database said.
        source: DieselError,
    },
    /// A maintained field would get a value that its column cannot hold.
    #[error(
        "{} cannot hold a value that was computed for it ({source}): give the column and the field a larger type, or keep what it follows from within bounds",
        named(model, fields)
    )]
    OutOfRange {
        /// The model.
        model: &'static str,
        /// The field; several, where they were written together and the database did not say which.
        fields: Vec<&'static str>,
        /// What the database said.
        source: DieselError,
    },
    /// The row to read or write is not there.
    #[error("there is no row of `{model}` with the key {key}")]
    NotFound {
        /// The model.
        model: &'static str,
        /// The key that was given.
        key: String,
    },
    /// A setter takes `&Parent`, and the parent's row is not there.
    #[error(
        "the setter `{model}::{setter}` requires a parent that is missing for the row with the key {key}: insert the parent first, or take an `Option` of it"
    )]
    MissingParent {
        /// The setter's model.
        model: &'static str,
        /// The key of the row to compute.
        key: String,
        /// The setter.
        setter: &'static str,
    },
    /// A setter takes the one child of a row, and there are several.
    #[error(
        "the setter `{model}::{setter}` reads the one child of the row with the key {key}, which has several: delete all but one, or take a slice"
    )]
    SecondChild {
        /// The setter's model.
        model: &'static str,
        /// The key of the row to compute.
        key: String,
        /// The setter.
        setter: &'static str,
    },
    /// A setter returned an error.
    #[error("the setter `{model}::{setter}` failed for the row with the key {key}: {source}")]
    Setter {
        /// The setter's model.
        model: &'static str,
        /// The key of the row to compute.
        key: String,
        /// The setter.
        setter: &'static str,
        /// What the setter said.
        source: SetterError,
    },
    /// A setter returned two values for the same input (found in debug builds).
    #[error(
        "the setter `{model}::{setter}` returned two different values for the row with the key {key}: a setter must follow from its parameters alone"
    )]
    Capricious {
        /// The setter's model.
        model: &'static str,
        /// The key of the row to compute.
        key: String,
        /// The setter.
        setter: &'static str,
    },
    /// Maintained fields follow from one another in a circle.
    #[error(
        "these maintained fields follow from one another in a circle: {}; let a setter read a view (`#[derive(View)]`) or single fields (`self.field`) that leave the circle's columns out",
        fields.join(" -> ")
    )]
    Circle {
        /// The fields, each read by the next, as `Model::field`.
        fields: Vec<String>,
    },
    /// Rows of a tree reference one another in a loop.
    #[error("{}", loop_of(model, keys))]
    Loop {
        /// The model.
        model: &'static str,
        /// The keys of the rows in the loop.
        keys: Vec<String>,
    },
    /// A scope names a label that no setter has.
    #[error("no setter has the label `{label}`; the labels are: {}", list(known))]
    UnknownLabel {
        /// The label that was given.
        label: String,
        /// The labels of all setters.
        known: Vec<&'static str>,
    },
    /// A scope names a field that no setter keeps, and no rule declares.
    #[error(
        "no setter keeps a field `{field}`{}; the fields are: {}",
        hint(nearest.as_deref()),
        known.join(", ")
    )]
    UnknownField {
        /// The field that was given.
        field: String,
        /// The field that was probably meant.
        nearest: Option<String>,
        /// All maintained fields, as `Model::field`.
        known: Vec<String>,
    },
    /// Some rows could not be computed in the flush of a [`SharedScope`](crate::SharedScope). All
    /// others are up to date; these wait for its next flush.
    #[error(
        "the flush was committed without the rows that could not be computed, which wait for the next one: {}; the first of them: {source}",
        rows.join(", ")
    )]
    SetAside {
        /// The rows, each with its model and its key.
        rows: Vec<String>,
        /// Why the first of them could not be computed.
        source: Box<Error>,
    },
    /// The declarations of a model and of its relations do not fit.
    #[error("{0}")]
    Declaration(String),
    /// A changeset would have changed a primary key.
    #[error(
        "the changes to the row of `{model}` with the key {key} would change its key: change keys with `{model}::track`"
    )]
    KeyChanged {
        /// The model.
        model: &'static str,
        /// The key before the change.
        key: String,
    },
    /// A row was inserted without its key, and the database (`MySQL`, `MariaDB`) does not say which key it gave.
    #[error(
        "the key of a new row of `{model}` cannot be told: leave `{column}` out where it is `AUTO_INCREMENT`, and give it with the insert otherwise"
    )]
    UnknownKey {
        /// The model.
        model: &'static str,
        /// The column of its key.
        column: &'static str,
    },
    /// The isolation level cannot keep maintained fields right.
    #[error(
        "maintained fields cannot be kept right at REPEATABLE READ: a transaction would compute them from its own snapshot, past rows that others have committed since; use READ COMMITTED, or SERIALIZABLE on every connection that writes"
    )]
    Isolation,
    /// An error of the caller's own, from a hook.
    #[error("{0}")]
    Other(#[source] SetterError),
}

fn loop_of(model: &str, keys: &[String]) -> String {
    if let [key] = keys {
        return format!(
            "the row of `{model}` with the key {key} references itself, so that its fields cannot be computed: change the reference"
        );
    }
    format!(
        "the rows of `{model}` with the keys {} reference one another in a loop, so that their fields cannot be computed: change one of the references",
        keys.join(", ")
    )
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| {
        format!(", did you mean `{nearest}`?")
    })
}

fn named(model: &str, fields: &[&str]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| format!("`{model}::{field}`"))
        .collect();
    fields.join(" or ")
}

fn list(known: &[&str]) -> String {
    if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    }
}

impl Error {
    /// Wraps an error of the caller's own, for a hook to return.
    pub fn other(error: impl Into<SetterError>) -> Self {
        Self::Other(error.into())
    }

    /// The same error once more, for one that the declarations hold.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Circle { fields } => Self::Circle {
                fields: fields.clone(),
            },
            other => Self::Declaration(other.to_string()),
        }
    }

    /// The database's own error, where there is one.
    #[must_use]
    pub fn database(&self) -> Option<&DieselError> {
        match self {
            Self::Database(source)
            | Self::Statement { source, .. }
            | Self::OutOfRange { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Whether the same transaction may succeed when it is run again: the database refused it because of what other
    /// connections were doing (a deadlock, a serialisation failure, a lock that could not be had).
    ///
    /// Deadlocks and serialisation failures are known in whatever language the server speaks (`lc_messages`). A lock that could
    /// not be had in time is known by its English message only, on `PostgreSQL` (`lock_timeout`, `NOWAIT`) as on `MySQL` and
    /// `MariaDB` (`innodb_lock_wait_timeout`, and `MariaDB`'s "record has changed"): Diesel hands on no code for it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.is_refusal() || self.says(WAITED)
    }

    /// Whether the database has refused this at once, so that others can go on: a deadlock, or a
    /// serialisation failure.
    pub(crate) fn is_refusal(&self) -> bool {
        match self.database() {
            Some(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            Some(DieselError::DatabaseError(_, information)) => {
                self.says(REFUSED) || information.details().is_some_and(are_of_a_deadlock)
            }
            _ => false,
        }
    }

    /// Whether the database's message has one of these texts.
    fn says(&self, texts: &[&str]) -> bool {
        match self.database() {
            Some(DieselError::DatabaseError(_, information)) => {
                let message = information.message();
                texts.iter().any(|text| message.contains(text))
            }
            _ => false,
        }
    }
}

/// What databases say that refuse at once, so that the others can go on.
const REFUSED: &[&str] = &[
    "deadlock detected",
    "Deadlock found",
    "Record has changed since last read",
    "could not serialize access",
];

/// What databases say when a lock could not be had in time.
const WAITED: &[&str] = &[
    "database is locked",
    "database table is locked",
    "Lock wait timeout exceeded",
    "canceling statement due to lock timeout",
    "could not obtain lock",
];

/// Whether the details of an error are those of a deadlock on `PostgreSQL`: a line for each process that waits, with the name
/// of the lock that it waits for. No language translates these names, which all end alike.
fn are_of_a_deadlock(details: &str) -> bool {
    let waits = |line: &str| line.contains("ShareLock") || line.contains("ExclusiveLock");
    details.lines().count() > 1 && details.lines().all(waits)
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::QueryBuilderError(source) => match source.downcast::<Self>() {
                Ok(own) => *own,
                Err(source) => Self::Database(DieselError::QueryBuilderError(source)),
            },
            other => Self::Database(other),
        }
    }
}

impl From<Error> for DieselError {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(source) => source,
            other => Self::QueryBuilderError(Box::new(other)),
        }
    }
}

/// The first error of a transaction that the database has ended, kept so that every later call can fail with it.
#[derive(Debug, Clone)]
pub(crate) struct FirstError {
    kind: DatabaseErrorKind,
    message: Message,
}

impl FirstError {
    /// Keeps what can be repeated of an error: its kind, its message and its details.
    pub(crate) fn of(error: &DieselError) -> Self {
        match error {
            DieselError::DatabaseError(kind, information) => Self {
                kind: *kind,
                message: Message {
                    text: information.message().into(),
                    details: information.details().map(Into::into),
                },
            },
            other => Self::saying(&other.to_string()),
        }
    }

    /// The same of one of the library's errors.
    pub(crate) fn of_any(error: &Error) -> Self {
        let database = error.database().map(Self::of);
        database.unwrap_or_else(|| Self::saying(&error.to_string()))
    }

    fn saying(text: &str) -> Self {
        Self {
            kind: DatabaseErrorKind::Unknown,
            message: Message {
                text: text.into(),
                details: None,
            },
        }
    }

    /// The error again.
    pub(crate) fn again(&self) -> DieselError {
        DieselError::DatabaseError(self.kind, Box::new(self.message.clone()))
    }
}

#[derive(Clone)]
struct Message {
    text: Arc<str>,
    details: Option<Arc<str>>,
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
        None
    }

    fn column_name(&self) -> Option<&str> {
        None
    }

    fn constraint_name(&self) -> Option<&str> {
        None
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}

#[cfg(test)]
mod tests;
