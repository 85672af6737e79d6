//! Marks: which rows may be stale, what has to be done for them, and how that follows from the
//! images of written rows. No type here holds a connection.

pub(crate) mod aside;
pub(crate) mod change;
pub(crate) mod locked;
pub(crate) mod mode;
pub(crate) mod pending;
