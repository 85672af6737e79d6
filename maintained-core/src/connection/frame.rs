//! The frames of the scopes that are open: what holds in them, and the values that they carry.

use crate::connection::values::Values;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::graph::Choice;
use crate::marks::mode::Mode;

/// A scope that is open.
#[derive(Debug)]
pub(crate) struct Frame {
    /// The mode that is in force, whatever the scope asked for.
    pub(crate) mode: Mode,
    pub(crate) choice: Choice,
    pub(crate) values: Values,
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Puts a frame on, which is taken off with what this returns.
    pub(crate) fn under(&mut self, frame: Frame) -> Around<'_, C> {
        let frames = self.state.frames.len();
        self.state.frames.push(frame);
        Around { conn: self, frames }
    }

    /// All values that are there now, those of the outermost scope first.
    pub(crate) fn values(&self) -> Values {
        let frames = self.state.frames.iter();
        frames.map(|frame| &frame.values).collect()
    }

    /// The value of a type that a scope around carries: the innermost one, if there are several.
    ///
    /// It is there in the scope's body, in scopes inside it, and in its hooks. It is gone when the
    /// scope has ended, be it by an error or a panic. Setters cannot read it: what is stored
    /// follows from rows alone.
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
        frames.map(|frame| &frame.values).find_map(Values::of)
    }
}

/// A connection under a frame, which is taken off when this is dropped.
pub(crate) struct Around<'c, C: Wrapped> {
    pub(crate) conn: &'c mut MaintainedConnection<C>,
    frames: usize,
}

impl<C: Wrapped> Drop for Around<'_, C> {
    fn drop(&mut self) {
        self.conn.state.frames.truncate(self.frames);
    }
}
