//! A database of several: its connection, and the scopes that are open on it.

use std::sync::Arc;

use diesel::result::Error as DieselError;

use crate::connection::{MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::scope::{Left, Opened, Scope};
use crate::sql::{Branch, Ending};

/// A database whose connection is open.
pub(super) struct Member<C: Wrapped> {
    pub(super) conn: MaintainedConnection<C>,
    /// The scopes that it has entered: the first of those that are open, the outermost first.
    entered: Vec<Left<C>>,
    /// What the outermost scope is on it.
    part: Part,
    /// Which database it is, once that was asked.
    pub(super) identity: Option<String>,
}

/// What a scope over several databases is on one of them.
pub(super) enum Part {
    /// A transaction that is committed.
    Whole,
    /// A transaction that is prepared before it is committed.
    Branch(Branch),
    /// The same, which is prepared or about to be.
    Prepared(Branch),
}

impl<C: Wrapped> Member<C> {
    pub(super) fn new(conn: MaintainedConnection<C>) -> Self {
        Self {
            conn,
            entered: Vec::new(),
            part: Part::Whole,
            identity: None,
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
        if self.entered.is_empty() {
            // One is left where the outermost scope could not be opened.
            self.conn.set_branch(None);
        }
    }

    /// Enters the scopes that are open, as far as it has not. The outermost one is prepared as the
    /// branch, where one is given.
    pub(super) async fn enter(
        &mut self,
        scopes: &[Arc<Scope<C>>],
        times: usize,
        mut branch: Option<Branch>,
    ) -> Result<(), DieselError> {
        for scope in scopes.iter().skip(self.entered.len()) {
            if self.entered.is_empty() {
                self.conn.settle_abandoned().await?;
                if !self.conn.is_outside() {
                    // The end of the scope would not be that of the transaction.
                    return Err(DieselError::AlreadyInTransaction);
                }
                self.conn.state.reports.retries = times;
                self.part = branch.clone().map_or(Part::Whole, Part::Branch);
                self.conn.set_branch(branch.take());
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

    /// Prepares the transaction, which has to be one that is to be prepared. Whatever comes of it,
    /// it counts as prepared from now on.
    pub(super) async fn prepare_branch(&mut self) -> Result<(), DieselError> {
        let part = std::mem::replace(&mut self.part, Part::Whole);
        let (Part::Branch(branch), true) = (part, self.conn.has_branch()) else {
            return Err(DieselError::NotInTransaction);
        };
        self.part = Part::Prepared(branch);
        self.close(Ok(())).await
    }

    /// Whether its transaction is prepared, or may be.
    pub(super) fn is_prepared(&self) -> bool {
        matches!(self.part, Part::Prepared(_))
    }

    /// Ends the transaction that is prepared.
    pub(super) async fn end_prepared(&mut self, ending: Ending) -> Result<(), Error> {
        if let Part::Prepared(branch) = &self.part {
            self.conn.end_prepared(branch, ending).await?;
            self.part = Part::Whole;
        }
        Ok(())
    }
}
