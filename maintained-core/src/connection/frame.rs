//! The frames of the scopes that are open: what holds in them, and the values that they carry.

use crate::backend::Database;
use crate::connection::MaintainedConnection;
use crate::mode::Frame;
use crate::values::Values;

impl<C: Database> MaintainedConnection<C> {
    /// Runs a body under a frame, which is taken off however the body ends.
    pub(crate) fn within_frame<T>(&mut self, frame: Frame, body: impl FnOnce(&mut Self) -> T) -> T {
        let guard = Around {
            frames: self.state.frames.len(),
            conn: self,
        };
        guard.conn.state.frames.push(frame);
        body(guard.conn)
    }

    /// All values that are there now, those of the outermost scope first.
    pub(crate) fn values(&self) -> Values {
        let frames = self.state.frames.iter();
        frames.map(|frame| &frame.values).collect()
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
        frames.map(|frame| &frame.values).find_map(Values::of)
    }
}

/// Takes off the frames that were pushed since.
struct Around<'c, C: Database> {
    conn: &'c mut MaintainedConnection<C>,
    frames: usize,
}

impl<C: Database> Drop for Around<'_, C> {
    fn drop(&mut self) {
        self.conn.state.frames.truncate(self.frames);
    }
}
