//! What the database says of an error.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use crate::error::Error;

/// What the database says of an error: made by [`Error::database_error`].
///
/// `PostgreSQL` tells names apart from its message. `SQLite`, `MySQL` and `MariaDB` do not: there
/// they are read from the message, as far as they are in it.
#[derive(Clone, Copy)]
pub struct DatabaseError<'e> {
    kind: DatabaseErrorKind,
    information: &'e dyn DatabaseErrorInformation,
}

impl Error {
    /// What the database says, where it refused a statement: one of the caller's or one of the
    /// library's own.
    ///
    /// ```
    /// # use maintained_core::Error;
    /// fn name_is_taken(error: &Error) -> bool {
    ///     error.database_error().is_some_and(|said| said.constraint() == Some("users_name_key"))
    /// }
    /// # let _ = name_is_taken;
    /// ```
    #[must_use]
    pub fn database_error(&self) -> Option<DatabaseError<'_>> {
        match self.database()? {
            DieselError::DatabaseError(kind, information) => Some(DatabaseError {
                kind: *kind,
                information: &**information,
            }),
            _ => None,
        }
    }
}

/// Parts of messages by which an error is known, where Diesel gives it the kind `Unknown`.
const SAID: &[(&str, DatabaseErrorKind)] = &[
    // SQLite, of a parent that its children restrict.
    (
        "FOREIGN KEY constraint failed",
        DatabaseErrorKind::ForeignKeyViolation,
    ),
    // PostgreSQL 18, of the same.
    (
        "foreign key constraint \"",
        DatabaseErrorKind::ForeignKeyViolation,
    ),
    // MySQL and MariaDB.
    (
        "a foreign key constraint fails",
        DatabaseErrorKind::ForeignKeyViolation,
    ),
    (
        "UNIQUE constraint failed",
        DatabaseErrorKind::UniqueViolation,
    ),
    ("Duplicate entry '", DatabaseErrorKind::UniqueViolation),
    (
        "NOT NULL constraint failed",
        DatabaseErrorKind::NotNullViolation,
    ),
    ("CHECK constraint failed", DatabaseErrorKind::CheckViolation),
];

impl<'e> DatabaseError<'e> {
    /// Diesel's kind of the error; where it is `Unknown`, the kind that the English message tells.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let taken = Customer::insert(conn, (customers::id.eq(ada.id), customers::name.eq("Bob")));
    /// let Err(error) = taken else { panic!("the key is taken") };
    /// let said = error.database_error().expect("the database has refused it");
    /// assert!(matches!(said.kind(), diesel::result::DatabaseErrorKind::UniqueViolation));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> DatabaseErrorKind {
        let message = self.message();
        let is_sent = !matches!(self.kind, DatabaseErrorKind::UnableToSendCommand);
        // Diesel's kind alone does not say that the connection is lost.
        if !is_sent && LOST.iter().any(|words| message.contains(words)) {
            return DatabaseErrorKind::ClosedConnection;
        }
        if !matches!(self.kind, DatabaseErrorKind::Unknown) {
            return self.kind;
        }
        let said = SAID.iter().find(|(words, _)| message.contains(words));
        if let Some(&(_, kind)) = said {
            return kind;
        }
        let is_of_column = message.starts_with("Column '") && message.ends_with("cannot be null")
            || message.starts_with("Field '") && message.ends_with("have a default value");
        if is_of_column {
            return DatabaseErrorKind::NotNullViolation;
        }
        // `CONSTRAINT .. failed for ..` of MariaDB's, `Check constraint .. is violated.` of MySQL's
        let is_check = message.starts_with("CONSTRAINT `") && message.contains("` failed for ")
            || message.starts_with("Check constraint '") && message.contains("' is violated");
        if is_check {
            return DatabaseErrorKind::CheckViolation;
        }
        if LOST.iter().any(|words| message.contains(words)) {
            return DatabaseErrorKind::ClosedConnection;
        }
        DatabaseErrorKind::Unknown
    }

    /// The message.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let taken = Customer::insert(conn, (customers::id.eq(ada.id), customers::name.eq("Bob")));
    /// let Err(error) = taken else { panic!("the key is taken") };
    /// let said = error.database_error().expect("the database has refused it");
    /// assert_eq!(said.message(), "UNIQUE constraint failed: customers.id");
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn message(&self) -> &'e str {
        self.information.message()
    }

    /// The details of the message, on `PostgreSQL`.
    ///
    /// ```
    /// # use maintained_core::DatabaseError;
    /// fn log(said: &DatabaseError<'_>) {
    ///     eprintln!("{}: {}", said.message(), said.details().unwrap_or("no details"));
    /// }
    /// # let _ = log;
    /// ```
    #[must_use]
    pub fn details(&self) -> Option<&'e str> {
        self.information.details()
    }

    /// The table, where it is told.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let taken = Customer::insert(conn, (customers::id.eq(ada.id), customers::name.eq("Bob")));
    /// let Err(error) = taken else { panic!("the key is taken") };
    /// let said = error.database_error().expect("the database has refused it");
    /// assert_eq!(said.table(), Some("customers"));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn table(&self) -> Option<&'e str> {
        let told = self.information.table_name();
        told.or_else(|| Some(self.column_of_sqlite()?.0))
            .or_else(|| {
                let (_, child) = self.message().split_once("constraint fails (`")?;
                between(child, "`.`", "`")
            })
            .or_else(|| {
                let (_, table) = self.message().split_once("` failed for `")?;
                between(table, "`.`", "`")
            })
    }

    /// The column, where the database names a single one: of a foreign key, or one that may not be
    /// null.
    ///
    /// ```
    /// # use maintained_core::Error;
    /// fn what_is_missing(error: &Error) -> Option<&str> {
    ///     error.database_error()?.column()
    /// }
    /// # assert_eq!(what_is_missing(&Error::other("a price is below zero")), None);
    /// ```
    #[must_use]
    pub fn column(&self) -> Option<&'e str> {
        let message = self.message();
        let told = self.information.column_name();
        told.or_else(|| Some(self.column_of_sqlite()?.1))
            .or_else(|| one(between(message, "FOREIGN KEY (`", "`)")?))
            .or_else(|| prefixed(message, "Column '"))
            .or_else(|| prefixed(message, "Field '"))
    }

    /// The constraint, where it is told; of a unique key on `MySQL` and `MariaDB` the index.
    ///
    /// ```
    /// # use maintained_core::Error;
    /// fn name_is_taken(error: &Error) -> bool {
    ///     error.database_error().is_some_and(|said| said.constraint() == Some("users_name_key"))
    /// }
    /// # assert!(!name_is_taken(&Error::other("a price is below zero")));
    /// ```
    #[must_use]
    pub fn constraint(&self) -> Option<&'e str> {
        let message = self.message();
        let told = self.information.constraint_name();
        told.or_else(|| {
            let key = message.rsplit_once("' for key '")?.1.strip_suffix('\'')?;
            // MySQL 8 puts the table before it.
            Some(key.rsplit_once('.').map_or(key, |(_, key)| key))
        })
        .or_else(|| between(message, "CONSTRAINT `", "`"))
        .or_else(|| between(message, "Check constraint '", "'"))
        .or_else(|| message.strip_prefix("CHECK constraint failed: "))
    }

    /// The table and column that `SQLite` names: `UNIQUE constraint failed: users.name`.
    fn column_of_sqlite(&self) -> Option<(&'e str, &'e str)> {
        let message = self.message();
        let unique = message.strip_prefix("UNIQUE constraint failed: ");
        let named = unique.or_else(|| message.strip_prefix("NOT NULL constraint failed: "))?;
        // Of several columns none is named alone. For an index over an expression, SQLite names
        // the index, without a dot.
        named.split_once('.').filter(|_| !named.contains(", "))
    }
}

/// Parts of messages that tell of a lost connection: from `PostgreSQL`, from `MySQL` and `MariaDB`,
/// and from drivers.
const LOST: &[&str] = &[
    "server closed the connection unexpectedly",
    "terminating connection due to",
    "no connection to the server",
    "could not receive data from server",
    "could not send data to server",
    "connection has been closed unexpectedly",
    "server has gone away",
    "Server has gone away",
    "Lost connection to",
    "Connection was killed",
    // The drivers of `diesel-async`.
    "connection closed",
    "error communicating with the server",
    "Connection to the server is closed",
    "Input/output error",
];

/// What stands between two pieces of a text.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// What stands between the beginning of a text and the next single quote.
fn prefixed<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    let rest = text.strip_prefix(before)?;
    rest.split_once('\'').map(|(found, _)| found)
}

/// A name, unless there are several.
fn one(names: &str) -> Option<&str> {
    (!names.contains('`')).then_some(names)
}

impl std::fmt::Debug for DatabaseError<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DatabaseError")
            .field("kind", &self.kind())
            .field("message", &self.message())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
