//! What can go wrong, and what to do about it.

mod database;
mod first;
mod kind;
mod messages;
mod partly;
mod refused;

use diesel::result::{ConnectionError, Error as DieselError};

pub use self::database::DatabaseError;
pub(crate) use self::first::FirstError;
pub use self::kind::ErrorKind;
use self::messages::{hint, loop_of, named, unknown_label, untracked};
use self::partly::{doubt, partly};

/// The error of a fallible setter, or of code of the user's own.
pub(crate) type SetterError = Box<dyn std::error::Error + Send + Sync>;

/// Why a write, a flush or a scope failed.
///
/// Converts from and into [`diesel::result::Error`], so that a scope's body may use either: an
/// error that came from Diesel is handed back as it was, any other travels inside
/// [`QueryBuilderError`](diesel::result::Error::QueryBuilderError).
///
/// Its `Debug` form is its kind and the same text as its `Display` form: that is what a program's
/// `main` and `unwrap` print.
#[derive(thiserror::Error)]
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
    #[error("{}", unknown_label(label, *nearest, known))]
    UnknownLabel {
        /// The label that was given.
        label: String,
        /// The label that was probably meant.
        nearest: Option<&'static str>,
        /// The labels of all setters.
        known: Vec<&'static str>,
    },
    /// An operation names a model that does not exist.
    #[error(
        "there is no model `{model}`{}; the models are: {}",
        hint(*nearest),
        known.join(", ")
    )]
    UnknownModel {
        /// The model that was given.
        model: String,
        /// The model that was probably meant.
        nearest: Option<&'static str>,
        /// All models.
        known: Vec<&'static str>,
    },
    /// A scope names a field that is not maintained: no setter returns it, and no rule declares it.
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
    /// A column is named that a model does not have.
    #[error(
        "the table `{table}` has no column `{column}` that its model knows{}; the columns are: {}",
        hint(*nearest),
        known.join(", ")
    )]
    UnknownColumn {
        /// The model's table.
        table: &'static str,
        /// The column that was given.
        column: String,
        /// The column that was probably meant.
        nearest: Option<&'static str>,
        /// The model's columns.
        known: Vec<&'static str>,
    },
    /// A write is named in a way that nobody understands.
    #[error(
        "`{write}` is no write: say `insert items`, `update items.price_cents`, `delete orders` or \
         `touch orders`, by the names of your tables and columns"
    )]
    UnknownWrite {
        /// What was given.
        write: String,
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
    /// A row was inserted without its key, and the database (`MySQL`, `MariaDB`) does not say which
    /// key it gave.
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
    /// The table in which definitions are recorded is not there.
    #[error(
        "there is no table `maintained_fields`: make it with `maintained::operations::set_up(conn)`, or with the migration that `maintained::operations` hands out"
    )]
    NotSetUp,
    /// Some maintained fields do not follow from the definitions that the program has.
    #[error(
        "these maintained fields do not follow from their definitions: {}; rebuild them (`maintained::operations::rebuild()`), or call `maintained::operations::adopt(conn)` where the rows are known to be right",
        fields.join(", ")
    )]
    NotCurrent {
        /// The fields, each as `Model::field` and with its state.
        fields: Vec<String>,
    },
    /// A statement of Diesel's, or of SQL, would have written what some field follows from, and
    /// left no marks: see [`set_untracked`](crate::MaintainedConnection::set_untracked). It was not
    /// sent.
    #[error("{}", untracked(table, model, statement, columns, *computed))]
    Untracked {
        /// The model.
        model: &'static str,
        /// The model's table.
        table: &'static str,
        /// What the statement does to rows: `INSERT`, `UPDATE` or `DELETE`.
        statement: &'static str,
        /// The columns that an `UPDATE` sets, as far as they matter.
        columns: Vec<&'static str>,
        /// Whether the library computes these columns.
        computed: bool,
    },
    /// A statement about transactions or savepoints came as SQL, where the pending marks could not
    /// follow it. It was not sent.
    #[error(
        "`{statement}` as SQL would go past the pending marks, which live and die with transactions \
         and savepoints: write `conn.transaction(..)` or a scope, which inside another is a savepoint"
    )]
    RawTransaction {
        /// The statement.
        statement: String,
    },
    /// The connection to one of several [`Databases`](crate::Databases) could not be opened.
    #[error(
        "the connection to the database {database} could not be opened: {source}; see that its \
         server runs, and that the function given to `Databases` makes the right address of the key"
    )]
    Open {
        /// The key of the database, as `{:?}` writes it.
        database: String,
        /// Why it could not be opened.
        source: ConnectionError,
    },
    /// A scope over several [`Databases`](crate::Databases) is committed on some of them and not on
    /// others, or nobody knows whether it is. Keys are as `{:?}` writes them.
    ///
    /// A scope that has failed with any other error but [`InDoubt`](Self::InDoubt) is committed on
    /// none.
    #[error("{}", partly(committed, undone, unknown, source))]
    PartlyCommitted {
        /// The databases that have committed it.
        committed: Vec<String>,
        /// The databases on which nothing of it is left.
        undone: Vec<String>,
        /// The databases that may have committed it: a `COMMIT` was sent, and its answer did not
        /// come.
        unknown: Vec<String>,
        /// Why the commit failed.
        source: Box<Error>,
    },
    /// A scope over several [`Databases`](crate::Databases) with a
    /// [two-phase commit](crate::Databases::two_phase) has ended, but not yet on all of them. It
    /// will be committed on all, or on none: [`recover`](crate::Databases::recover) sees to that.
    /// Keys are as `{:?}` writes them.
    #[error("{}", doubt(committed, in_doubt, source))]
    InDoubt {
        /// The databases that have committed it. If there is one, the scope is committed.
        committed: Vec<String>,
        /// The databases that have not answered. They hold the locks of the scope until they are
        /// recovered.
        in_doubt: Vec<String>,
        /// Why they have not.
        source: Box<Error>,
    },
    /// A database cannot take part in a [two-phase commit](crate::Databases::two_phase).
    #[error("the database {database} cannot take part in a two-phase commit: {why}")]
    CannotPrepare {
        /// The key of the database, as `{:?}` writes it.
        database: String,
        /// Why it cannot, and what to do about it.
        why: String,
    },
    /// An error of the caller's own, from a hook.
    #[error("{0}")]
    Other(#[source] SetterError),
}

impl Error {
    /// Wraps an error of the caller's own, for a hook to return.
    ///
    /// ```
    /// # use maintained_core::Error;
    /// let error = Error::other("a price is below zero");
    /// assert!(error.to_string().contains("a price is below zero"));
    /// ```
    pub fn other(error: impl Into<SetterError>) -> Self {
        Self::Other(error.into())
    }

    /// A copy of an error that was found when the graph was built: each call that needs the graph
    /// returns it. Sources cannot be cloned, so all but a circle are told by their message.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Circle { fields } => Self::Circle {
                fields: fields.clone(),
            },
            other => Self::Declaration(other.to_string()),
        }
    }

    /// The database's own error, if there is one. If a commit failed, and its rollback failed too,
    /// it is the error of the commit.
    ///
    /// ```
    /// # use maintained_core::Error;
    /// let refused = Error::from(diesel::result::Error::RollbackTransaction);
    /// assert_eq!(refused.database(), Some(&diesel::result::Error::RollbackTransaction));
    /// ```
    #[must_use]
    pub fn database(&self) -> Option<&DieselError> {
        let mut source = match self {
            Self::Database(source)
            | Self::Statement { source, .. }
            | Self::OutOfRange { source, .. } => source,
            // One of the library's own, which a setter or a hook has handed on.
            Self::Other(source) => return source.downcast_ref::<Self>()?.database(),
            _ => return None,
        };
        while let DieselError::RollbackErrorOnCommit { commit_error, .. } = source {
            source = commit_error;
        }
        Some(source)
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match error {
            // One of the library's own, which has travelled through Diesel's type.
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

#[cfg(test)]
mod tests;
