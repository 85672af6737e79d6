//! The rules that hold between the parts of an item.

mod expression;
mod model;
mod new;
mod scope;
mod setters;
mod view;

pub(crate) use model::check as model;
pub(crate) use new::check as new;
pub(crate) use scope::check as scope;
pub(crate) use setters::check as setters;
pub(crate) use view::check as view;
