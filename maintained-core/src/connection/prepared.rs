//! A transaction that is prepared instead of being committed: a branch of a scope over several
//! databases.

use std::borrow::Cow;

use diesel::result::{Error as DieselError, QueryResult};

use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::session::Session;
use crate::sql::{Branch, BranchName, Dialect, Ending, TwoPhase};

impl<C: Wrapped> MaintainedConnection<C> {
    /// Has the next transaction be prepared at its end, or be committed.
    pub(crate) fn set_branch(&mut self, branch: Option<Branch>) {
        self.state.branch = branch;
    }

    /// Whether the transaction is to be prepared.
    pub(crate) fn has_branch(&self) -> bool {
        self.state.branch.is_some()
    }

    /// What begins the outermost transaction.
    pub(super) fn beginning_statement(&self) -> Cow<'static, str> {
        let isolation = self.state.isolation;
        let branch = self.state.branch.as_ref();
        branch
            .and_then(|branch| branch.begin(isolation))
            .map_or_else(|| C::Db::begin(isolation).into(), Cow::from)
    }

    /// What prepares the innermost level, where it is not to be committed.
    pub(super) fn to_prepare(&self) -> Option<String> {
        let branch = self.state.branch.as_ref();
        let is_outermost = self.state.pending.depth() == 1;
        branch.filter(|_| is_outermost).map(Branch::prepare)
    }

    pub(super) async fn prepare(&mut self, statement: &str) -> QueryResult<()> {
        self.inner.batch(statement).await?;
        self.inner.note_prepared();
        Ok(())
    }

    /// Gets the outermost level ready to be rolled back, where it was to be prepared: on `MariaDB`
    /// it was begun by `XA START`, and ends by statements of its own.
    pub(super) async fn leave_branch(&mut self) {
        if self.state.pending.depth() > 1 {
            return;
        }
        if let Some(branch) = self.state.branch.take() {
            for statement in branch.before_rollback() {
                // Some may fail, and the others are sent all the same. What is left of the
                // transaction ends with the connection.
                self.inner.batch(&statement).await.ok();
            }
        }
    }

    /// Ends a transaction that is prepared, unless somebody else has ended it.
    pub(crate) async fn end_prepared(
        &mut self,
        branch: &Branch,
        ending: Ending,
    ) -> Result<(), Error> {
        let ended = self.send_own(&branch.end(ending)).await;
        let Err(error) = ended else {
            return Ok(());
        };
        match self.list_prepared(branch.two_phase).await {
            Ok(names) if !names.contains(&branch.name) => Ok(()),
            _ => Err(error.into()),
        }
    }

    /// Sends statements of the library's own.
    pub(crate) async fn send_own(&mut self, sql: &str) -> Result<(), DieselError> {
        self.check().await?;
        let sent = self.inner.batch(sql).await;
        self.noted(sent).await
    }

    /// The transactions of the library that are prepared on the server.
    pub(crate) async fn list_prepared(
        &mut self,
        two_phase: &'static dyn TwoPhase,
    ) -> Result<Vec<BranchName>, Error> {
        self.at_work(&List(two_phase)).await
    }
}

struct List(&'static dyn TwoPhase);

impl<C: Wrapped> Task<C> for List {
    type Output = Vec<BranchName>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Vec<BranchName>, Error> {
        let (query, column) = self.0.listed();
        let action = "looking for transactions that are prepared";
        let rows = session.texts(query, [column], action).await?;
        let names = rows.iter().flatten().flatten();
        Ok(names.filter_map(|name| BranchName::parse(name)).collect())
    }
}
