use diesel::mysql::Mysql;

use super::{BranchName, Ending, PREFIX, Prepares, SCOPE, TwoPhase};
use crate::sql::isolation::Isolation;

impl Prepares for Mysql {
    const TWO_PHASE: &'static dyn TwoPhase = &MariaDb;
}

/// `XA`: a transaction that is to be prepared begins by a statement of its own, and belongs to its
/// connection as long as that is open.
///
/// `MySQL` is left out: to clients that prepare their statements, as Diesel does, it does not tell
/// what `XA RECOVER` lists.
#[derive(Debug)]
struct MariaDb;

/// The name as `XA` takes it: two texts, of at most 64 bytes each.
fn xid(name: &BranchName) -> String {
    let name = name.to_string();
    let (scope, databases) = name.split_at(PREFIX.len() + SCOPE);
    format!("'{scope}','{databases}'")
}

impl TwoPhase for MariaDb {
    fn begin(&self, isolation: Isolation, name: &BranchName) -> Option<String> {
        let level = match isolation {
            Isolation::Serializable => "SERIALIZABLE",
            Isolation::ReadCommitted | Isolation::RepeatableRead => "READ COMMITTED",
        };
        let xid = xid(name);
        Some(format!(
            "SET TRANSACTION ISOLATION LEVEL {level}; XA START {xid}"
        ))
    }

    /// After a deadlock `XA END` fails, and all that is left is to roll back.
    fn before_rollback(&self, name: &BranchName) -> Vec<String> {
        let xid = xid(name);
        vec![format!("XA END {xid}"), format!("XA ROLLBACK {xid}")]
    }

    fn prepare(&self, name: &BranchName) -> String {
        let xid = xid(name);
        format!("XA END {xid}; XA PREPARE {xid}")
    }

    fn end(&self, name: &BranchName, ending: Ending) -> String {
        let xid = xid(name);
        match ending {
            Ending::Commit => format!("XA COMMIT {xid}"),
            Ending::Undo => format!("XA ROLLBACK {xid}"),
        }
    }

    fn listed(&self) -> (&'static str, usize) {
        ("XA RECOVER", 3)
    }

    fn introduction(&self) -> &'static str {
        "SELECT members, DATABASE(), CASE WHEN VERSION() NOT LIKE '%MariaDB%' THEN \
         'MySQL lists prepared transactions for clients only that prepare no statements' \
         WHEN VERSION() RLIKE '^([1-9]|10\\\\.[0-5])\\\\.' THEN \
         'MariaDB lists prepared transactions from 10.6 on for clients that prepare their \
          statements' END FROM maintained_commits WHERE id = 'database'"
    }

    fn decide(&self, scope: &str, members: &str) -> String {
        format!("INSERT INTO maintained_commits (id, members) VALUES ('{scope}', '{members}')")
    }

    fn probe(&self, scope: &str) -> String {
        format!(
            "SET STATEMENT innodb_lock_wait_timeout = 1 FOR \
             INSERT INTO maintained_commits (id, members) VALUES ('{scope}', '')"
        )
    }
}
