//! Errors by which a database refuses a transaction because of what other connections are doing.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::Error;

impl Error {
    /// Whether the same transaction may succeed when it is run again: the database refused it
    /// because of what other connections were doing (a deadlock, a serialisation failure, a lock
    /// that could not be had).
    ///
    /// Deadlocks and serialisation failures are known in whatever language the server speaks
    /// (`lc_messages`). A lock that could not be had in time is known by its English message only,
    /// on `PostgreSQL` (`lock_timeout`, `NOWAIT`) as on `MySQL` and `MariaDB`
    /// (`innodb_lock_wait_timeout`, and `MariaDB`'s "record has changed"): Diesel hands on no code
    /// for it.
    ///
    /// ```
    /// # use maintained_core::Error;
    /// fn answer(error: &Error) -> u16 {
    ///     if error.is_retryable() { 503 } else { 500 }
    /// }
    /// # assert_eq!(answer(&Error::other("a price is below zero")), 500);
    /// ```
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.is_refusal() || self.says(WAITED)
    }

    /// Whether this is a deadlock or a serialisation failure. Other than a lock that was waited for
    /// in vain, these come at once, so that a single write is worth running again.
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
    pub(super) fn says(&self, texts: &[&str]) -> bool {
        match self.database() {
            Some(DieselError::DatabaseError(_, information)) => {
                let message = information.message();
                texts.iter().any(|text| message.contains(text))
            }
            _ => false,
        }
    }
}

/// Parts of messages that tell of a deadlock or a serialisation failure.
const REFUSED: &[&str] = &[
    "deadlock detected",
    "Deadlock found",
    "Record has changed since last read",
    "could not serialize access",
];

/// Parts of messages that tell of a lock that could not be had in time.
const WAITED: &[&str] = &[
    "database is locked",
    "database table is locked",
    "Lock wait timeout exceeded",
    "canceling statement due to lock timeout",
    "could not obtain lock",
    "could not be acquired immediately",
];

/// Whether the details of an error are those of a deadlock on `PostgreSQL`: a line for each process
/// that waits, with the name of the lock that it waits for. No language translates these names,
/// which all end alike.
fn are_of_a_deadlock(details: &str) -> bool {
    let waits = |line: &str| line.contains("ShareLock") || line.contains("ExclusiveLock");
    details.lines().count() > 1 && details.lines().all(waits)
}
