//! A database of several: its connection, and the scopes that are open on it.

use std::sync::Arc;

use diesel::result::Error as DieselError;

use crate::connection::{MaintainedConnection, Wrapped};
use crate::scope::{Left, Opened, Scope};

/// A database whose connection is open.
pub(super) struct Member<C: Wrapped> {
    pub(super) conn: MaintainedConnection<C>,
    /// The scopes that it has entered: the first of those that are open, the outermost first.
    entered: Vec<Left<C>>,
}

impl<C: Wrapped> Member<C> {
    pub(super) fn new(conn: MaintainedConnection<C>) -> Self {
        Self {
            conn,
            entered: Vec::new(),
        }
    }

    /// How many scopes it has entered.
    pub(super) fn depth(&self) -> usize {
        self.entered.len()
    }

    /// Whether another connection is to be opened: this one is lost, and nothing is open on it that
    /// would be lost, too.
    pub(super) fn is_to_be_opened(&mut self) -> bool {
        self.entered.is_empty() && self.conn.is_of_no_use()
    }

    /// Undoes what was not waited for. Where that fails, another connection will be opened.
    pub(super) async fn settle(&mut self) {
        if !self.conn.is_of_no_use() {
            self.conn.settle_abandoned().await.ok();
        }
    }

    /// Enters the scopes that are open, as far as it has not.
    pub(super) async fn enter(
        &mut self,
        scopes: &[Arc<Scope<C>>],
        times: usize,
    ) -> Result<(), DieselError> {
        for scope in scopes.iter().skip(self.entered.len()) {
            if self.entered.is_empty() {
                self.conn.settle_abandoned().await?;
                if !self.conn.is_outside() {
                    // The end of the scope would not be that of the transaction.
                    return Err(DieselError::AlreadyInTransaction);
                }
                self.conn.state.reports.retries = times;
            }
            let mut opened = scope.open(&mut self.conn).await?;
            // Whether the connection is still there has to be known before it is used.
            opened.body().0.send_begin().await?;
            self.entered.push(opened.leave());
        }
        Ok(())
    }

    /// The innermost scope that it has entered, to be ended. Unless it is ended or
    /// [left](Self::leave) it is undone.
    pub(super) fn resume(&mut self) -> Option<Opened<'_, C>> {
        let left = self.entered.pop()?;
        Some(left.resume(&mut self.conn))
    }

    /// Gets the innermost scope ready to be committed.
    pub(super) async fn prepare(&mut self) -> Result<(), DieselError> {
        let Some(mut opened) = self.resume() else {
            return Ok(());
        };
        let prepared = opened.prepare().await;
        let left = opened.leave();
        self.entered.push(left);
        prepared
    }

    /// Ends the innermost scope.
    pub(super) async fn close(
        &mut self,
        result: Result<(), DieselError>,
    ) -> Result<(), DieselError> {
        match self.resume() {
            Some(opened) => opened.close(result).await,
            None => Ok(()),
        }
    }
}
