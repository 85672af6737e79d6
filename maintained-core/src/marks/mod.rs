//! Marks: what is to be done with which row, and from which images of rows that follows. No
//! connection is in any type here.

pub(crate) mod aside;
pub(crate) mod change;
pub(crate) mod locked;
pub(crate) mod mode;
pub(crate) mod pending;
