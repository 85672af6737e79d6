//! Values that scopes carry, for code below that nobody hands them as an argument.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::backend::Database;
use crate::connection::MaintainedConnection;

/// The values of one scope.
#[derive(Clone, Default)]
pub(crate) struct Values(Vec<Arc<dyn Any + Send + Sync>>);

impl Values {
    pub(crate) fn add<T: Send + Sync + 'static>(&mut self, value: T) {
        self.0.push(Arc::new(value));
    }

    /// The value of a type that was given last.
    fn of<T: 'static>(&self) -> Option<&T> {
        self.0.iter().rev().find_map(|value| value.downcast_ref())
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

impl<C: Database> MaintainedConnection<C> {
    /// All values that are there now.
    pub(crate) fn values(&self) -> Values {
        let frames = self.state.frames.iter();
        let all = frames.flat_map(|frame| frame.values.0.iter().cloned());
        Values(all.collect())
    }

    /// The value of a type that a scope around carries: the innermost one, if there are several.
    ///
    /// It is there in the scope's body, in scopes inside it, and in its hooks. It is gone when the scope has ended, be it by an
    /// error or a panic. Setters cannot read it: what is stored follows from rows alone.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use maintained_core::{Error, MaintainedConnection, Scope};
    /// #[derive(Debug, Clone, Copy, PartialEq)]
    /// struct CurrentUser(i32);
    ///
    /// # fn main() -> Result<(), Error> {
    /// # let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:").unwrap();
    /// Scope::buffered().with(CurrentUser(7)).run(&mut conn, |conn| {
    ///     assert_eq!(conn.value(), Some(&CurrentUser(7)));
    ///     Ok::<_, Error>(())
    /// })?;
    /// assert_eq!(conn.value::<CurrentUser>(), None);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn value<T: Send + Sync + 'static>(&self) -> Option<&T> {
        let frames = self.state.frames.iter().rev();
        let mut values = frames.filter_map(|frame| frame.values.of());
        values.next()
    }
}
