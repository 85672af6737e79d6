//! What the derive declares: columns, keys, models, relations, rules and setters, and the words for
//! them.

pub(crate) mod arena;
pub(crate) mod columns;
pub(crate) mod hash;
pub(crate) mod key;
pub(crate) mod keys;
pub(crate) mod lock;
pub(crate) mod model;
pub(crate) mod positions;
pub(crate) mod relation;
pub(crate) mod rule;
pub(crate) mod setter;
pub(crate) mod setter_set;
