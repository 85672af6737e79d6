//! Isolation levels.

/// How far a transaction is kept apart from those that run beside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// Each statement sees what was committed before it. Row locks keep the fields right.
    #[default]
    ReadCommitted,
    /// Refused: every statement would see the database as it was at the first.
    RepeatableRead,
    /// As if transactions ran one after another. Every connection that writes must use it.
    Serializable,
}
