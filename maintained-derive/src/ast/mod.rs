//! The items that the macros stand on, as types of our own.
//!
//! What cannot be read is reported and left out, so that the rest can still be checked.

pub(crate) mod expression;
pub(crate) mod input;
pub(crate) mod model;
pub(crate) mod new;
pub(crate) mod own_columns;
pub(crate) mod row_struct;
pub(crate) mod scope;
pub(crate) mod setters;
pub(crate) mod view;
