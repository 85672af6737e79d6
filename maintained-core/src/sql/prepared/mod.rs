//! Prepared transactions: they keep their locks and wait until somebody commits or undoes them,
//! even after their connection is lost.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;

use std::fmt;

use super::Dialect;
use crate::sql::isolation::Isolation;

/// A database that can prepare a transaction, so that a scope over several databases is committed
/// on all or on none: see [`Databases::two_phase`](crate::Databases::two_phase).
///
/// Implemented for `PostgreSQL` and `MariaDB`, where their features are on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot prepare a transaction, so that it has no two-phase commit",
    note = "without it a scope that is committed on some databases only is `Error::PartlyCommitted`"
)]
pub trait Prepares: Dialect {
    /// How it is done.
    #[doc(hidden)]
    const TWO_PHASE: &'static dyn TwoPhase;
}

/// The statements about prepared transactions, as a database spells them.
pub trait TwoPhase: fmt::Debug + Sync {
    /// The statement that begins a transaction which is to be prepared, where it is not the usual
    /// one.
    fn begin(&self, isolation: Isolation, name: &BranchName) -> Option<String>;

    /// The statements before the `ROLLBACK` of a transaction that was begun by
    /// [`begin`](Self::begin). All are sent, whether or not one before has failed.
    fn before_rollback(&self, name: &BranchName) -> Vec<String>;

    /// Prepares the transaction that is open.
    fn prepare(&self, name: &BranchName) -> String;

    /// Ends a transaction that is prepared.
    fn end(&self, name: &BranchName, ending: Ending) -> String;

    /// A query for the names of the prepared transactions, and the position of their column in it.
    fn listed(&self) -> (&'static str, usize);

    /// A query about the database itself, in three columns: its name in the table
    /// `maintained_commits`, its place on its server, and why it cannot prepare, or null.
    fn introduction(&self) -> &'static str;

    /// Inserts the row that decides that a scope is committed.
    fn decide(&self, scope: &str, members: &str) -> String;

    /// The same, but fails soon where the row cannot be inserted yet.
    fn probe(&self, scope: &str) -> String;
}

/// How a prepared transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Its scope is committed.
    Commit,
    /// Its scope is not, and never will be.
    Undo,
}

/// The name of a prepared transaction: the part of a scope that is done on one database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchName {
    /// The scope: 32 hexadecimal digits that no other one has.
    pub scope: String,
    /// The database that says whether the scope is committed: 16 hexadecimal digits.
    pub decider: String,
    /// The database of the transaction: 16 hexadecimal digits.
    pub member: String,
}

/// How all names begin.
const PREFIX: &str = "maintained_";
const SCOPE: usize = 32;
const DATABASE: usize = 16;

impl BranchName {
    /// Reads a name as it is listed; none where the transaction is not one of the library's.
    pub(crate) fn parse(listed: &str) -> Option<Self> {
        let digits = listed.strip_prefix(PREFIX)?;
        let is_ours = digits.len() == SCOPE + 2 * DATABASE
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !is_ours {
            return None;
        }
        let (scope, databases) = digits.split_at(SCOPE);
        let (decider, member) = databases.split_at(DATABASE);
        Some(Self {
            scope: scope.to_owned(),
            decider: decider.to_owned(),
            member: member.to_owned(),
        })
    }
}

/// As it is listed.
impl fmt::Display for BranchName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scope,
            decider,
            member,
        } = self;
        write!(formatter, "{PREFIX}{scope}{decider}{member}")
    }
}

/// A transaction that is to be prepared, or is: its name, and the statements of its database.
#[derive(Debug, Clone)]
pub(crate) struct Branch {
    pub(crate) name: BranchName,
    pub(crate) two_phase: &'static dyn TwoPhase,
}

impl Branch {
    pub(crate) fn begin(&self, isolation: Isolation) -> Option<String> {
        self.two_phase.begin(isolation, &self.name)
    }

    pub(crate) fn before_rollback(&self) -> Vec<String> {
        self.two_phase.before_rollback(&self.name)
    }

    pub(crate) fn prepare(&self) -> String {
        self.two_phase.prepare(&self.name)
    }

    pub(crate) fn end(&self, ending: Ending) -> String {
        self.two_phase.end(&self.name, ending)
    }
}

#[cfg(test)]
mod tests;
