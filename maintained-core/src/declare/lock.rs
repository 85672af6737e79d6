//! How strongly rows are locked.

/// How strongly rows are locked while they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// Not at all.
    None,
    /// Against changes by others.
    Share,
    /// Against changes and locks by others, though not against foreign keys that name the row.
    NoKeyUpdate,
    /// Against everything.
    Update,
}
