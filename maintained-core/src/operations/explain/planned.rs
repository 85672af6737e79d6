//! A statement that is explained, and the locks that it takes.

/// A statement that a write, or its flush, may send.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// What it does.
    pub action: Action,
    /// The table whose rows it reads or writes: of several the first.
    pub table: &'static str,
    /// The columns that an `UPDATE` sets.
    pub columns: Vec<&'static str>,
    /// What it locks on its own: a write locks the rows that it writes besides.
    pub locks: Vec<RowLock>,
    /// Whether it comes once for each level of a tree.
    pub each_level: bool,
    /// When it is sent.
    pub sent: Sent,
}

/// When a statement that is explained is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sent {
    /// Whenever the write comes so far.
    Always,
    /// As part of the statement that locks ahead, or of the one that locks what hangs on deleted
    /// rows. By itself, if the new values have a subquery, a table on the way has triggers, or the
    /// rows are many.
    WithLocks,
    /// For rows that were not read as they were locked ahead: there are too many of them, others
    /// have changed what leads to them, or a table on the way has triggers.
    IfNotRead,
    /// After another writer's lock was waited for.
    IfWaited,
    /// For rows that a delete has left: the database has given their foreign keys another value, or
    /// does not enforce them.
    IfLeft,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Action {
    /// It inserts rows.
    Insert,
    /// It changes rows.
    Update,
    /// It deletes rows.
    Delete,
    /// It reads rows, or asks whether there are any. It may lock them.
    Read,
    /// It finds the rows that the write may come to, and locks them in one order.
    LockAhead,
}

/// How rows of a table are locked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowLock {
    /// The table.
    pub table: &'static str,
    /// The clause, as this database writes it.
    pub lock: &'static str,
}

/// The strongest lock of each table.
pub(super) fn locks(statements: &[Planned]) -> Vec<RowLock> {
    let mut locks: Vec<RowLock> = Vec::new();
    for lock in statements.iter().flat_map(|statement| &statement.locks) {
        match locks.iter_mut().find(|known| known.table == lock.table) {
            Some(known) if strength(known.lock) < strength(lock.lock) => *known = lock.clone(),
            Some(_) => {}
            None => locks.push(lock.clone()),
        }
    }
    locks
}

/// A clause's place among those of its database.
fn strength(clause: &str) -> usize {
    let clauses = ["SHARE", "NO KEY UPDATE", "UPDATE"];
    let is = |it: &&str| clause.contains(*it);
    clauses.iter().position(is).map_or(0, |at| at + 1)
}
