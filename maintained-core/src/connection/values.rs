//! Values that scopes carry, for code below that nobody hands them as an argument.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The values of one scope, or of several, those of the outermost first.
#[derive(Clone, Default)]
pub(crate) struct Values(Vec<Arc<dyn Any + Send + Sync>>);

impl Values {
    pub(crate) fn add<T: Send + Sync + 'static>(&mut self, value: T) {
        self.0.push(Arc::new(value));
    }

    /// The value of a type that was given last.
    pub(crate) fn of<T: 'static>(&self) -> Option<&T> {
        self.0.iter().rev().find_map(|value| value.downcast_ref())
    }
}

impl<'v> FromIterator<&'v Self> for Values {
    fn from_iter<I: IntoIterator<Item = &'v Self>>(all: I) -> Self {
        Self(
            all.into_iter()
                .flat_map(|it| it.0.iter().cloned())
                .collect(),
        )
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Values")
            .field(&self.0.len())
            .finish()
    }
}
