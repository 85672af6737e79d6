//! How strongly rows are locked.

/// How strongly rows are locked while they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// Not at all.
    None,
    /// Against changes by others, who may hold this lock, too.
    Share,
    /// Against changes and locks by others, though not against foreign keys that name the row.
    NoKeyUpdate,
    /// Against changes and locks by others, and against foreign keys that name the row.
    Update,
}
