//! Primary keys.

use std::fmt;
use std::hash::Hash;

/// The owned primary key of a model: a column's type, or a tuple of them where the key is
/// composite.
///
/// Implemented for every type that qualifies; a type of your own needs
/// `#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]`.
pub trait Key: Clone + Eq + Ord + Hash + fmt::Debug + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<K: Clone + Eq + Ord + Hash + fmt::Debug + Send + Sync + 'static> Key for K {}
