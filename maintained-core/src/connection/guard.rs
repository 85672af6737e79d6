//! A level that is open: a transaction or savepoint of its own, for a body.

use diesel::result::Error as DieselError;

use crate::connection::{Frame, MaintainedConnection, Wrapped};

/// A transaction or savepoint that was begun for a body. Unless it is [ended](Self::end), since the
/// body panics or is not waited for, its rows and marks are gone.
pub(crate) struct Level<'c, C: Wrapped> {
    pub(crate) conn: &'c mut MaintainedConnection<C>,
    before: Before,
    is_ended: bool,
}

/// What a connection has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Before {
    pub(super) depth: usize,
    pub(super) frames: usize,
    pub(super) brackets: usize,
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Begins a transaction or savepoint.
    pub(crate) async fn level(&mut self) -> Result<Level<'_, C>, DieselError> {
        // Levels that were not waited for are undone before the depth is taken, which would count
        // them otherwise.
        self.settle_abandoned().await?;
        let before = self.open();
        self.begin_level().await?;
        Ok(Level {
            conn: self,
            before,
            is_ended: false,
        })
    }

    /// A level that was [left](Level::leave) open.
    pub(crate) fn resume(&mut self, before: Before) -> Level<'_, C> {
        Level {
            conn: self,
            before,
            is_ended: false,
        }
    }

    /// What is open now.
    fn open(&self) -> Before {
        Before {
            depth: self.state.pending.depth(),
            frames: self.state.frames.len(),
            brackets: self.state.brackets.len(),
        }
    }

    /// Undoes whatever was begun inside a depth; the error that led here is what the caller gets to
    /// see.
    pub(crate) async fn undo_to(&mut self, depth: usize) {
        while self.state.pending.depth() > depth {
            // A level is left in any case, so this comes to an end.
            self.undo_level().await.ok();
        }
    }

    /// Commits the transactions and savepoints inside a depth.
    async fn commit_to(&mut self, depth: usize) -> Result<(), DieselError> {
        while self.state.pending.depth() > depth {
            self.commit_level().await?;
        }
        Ok(())
    }

    /// Takes off the frames and brackets that were opened since.
    fn close(&mut self, before: Before) {
        self.state.frames.truncate(before.frames);
        self.state.brackets.truncate(before.brackets);
    }
}

impl<C: Wrapped> Level<'_, C> {
    /// Runs what is left of the body under a frame.
    pub(crate) fn push(&mut self, frame: Frame) {
        self.conn.state.frames.push(frame);
    }

    /// Takes the frame off.
    pub(crate) fn pop(&mut self) {
        self.conn.state.frames.truncate(self.before.frames);
    }

    /// Leaves the level open, to be [resumed](MaintainedConnection::resume) once the connection was
    /// used for other things.
    pub(crate) fn leave(mut self) -> Before {
        self.is_ended = true;
        self.before
    }

    /// Gets the level ready to be committed: what is left is what the database alone can refuse.
    pub(crate) async fn prepare(&mut self) -> Result<(), DieselError> {
        self.pop();
        // Levels that the body has left open inside this one.
        self.conn.commit_to(self.before.depth + 1).await?;
        self.conn.before_commit().await
    }

    /// Ends the level as its body has ended: it is committed, or its rows and marks are gone.
    pub(crate) async fn end<T, E: From<DieselError>>(
        mut self,
        result: Result<T, E>,
    ) -> Result<T, E> {
        self.pop();
        let Before { depth, .. } = self.before;
        let result = match result {
            Ok(value) => self
                .conn
                .commit_to(depth)
                .await
                .map(|()| value)
                .map_err(E::from),
            Err(error) => Err(error),
        };
        if result.is_err() {
            self.conn.undo_to(depth).await;
        }
        self.conn.close(self.before);
        self.is_ended = true;
        result
    }
}

impl<C: Wrapped> Drop for Level<'_, C> {
    fn drop(&mut self) {
        if !self.is_ended {
            self.conn.close(self.before);
            C::abandon(self.conn, self.before.depth);
        }
    }
}
