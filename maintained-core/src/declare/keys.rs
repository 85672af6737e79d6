//! Sets of primary keys whose type is not known.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;

use crate::declare::key::Key;

/// Keys of one model.
pub trait AnyKeys: Any + Send + Sync + fmt::Debug {
    /// The keys, to be cast to their type and looked at.
    fn as_any(&self) -> &dyn Any;
    /// The same keys once more.
    fn again(&self) -> Box<dyn AnyKeys>;
    /// Adds keys of the same model.
    fn add(&mut self, others: &dyn AnyKeys);
    /// Whether these are the same keys.
    fn is(&self, others: &dyn AnyKeys) -> bool;
}

impl<K: Key> AnyKeys for BTreeSet<K> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn again(&self) -> Box<dyn AnyKeys> {
        Box::new(self.clone())
    }

    fn add(&mut self, others: &dyn AnyKeys) {
        if let Some(others) = others.as_any().downcast_ref::<Self>() {
            self.extend(others.iter().cloned());
        }
    }

    fn is(&self, others: &dyn AnyKeys) -> bool {
        others.as_any().downcast_ref() == Some(self)
    }
}
