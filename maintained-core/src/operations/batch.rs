//! One batch: a first look, and a second one at what seems to differ.

use std::collections::BTreeSet;

use super::conditions::Condition;
use super::course::Noting;
use super::look::{Found, Look};
use super::passes::Pass;
use super::report::{Failure, Settled};
use super::settle::{Wanted, settle};
use super::{Doing, Operation, unverified};
use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::declare::arena::Id;
use crate::error::Error;

/// How many of the rows that those of a batch read are looked at with them: as many as a batch has,
/// and at least this many.
const LEAST_KIN: usize = 100;

impl<C: Wrapped> Operation<C> {
    /// Checks, repairs or rebuilds some rows. How far a rebuild is, is noted in the same
    /// transaction.
    pub(super) async fn run_batch(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        ids: &[Id],
        noting: Noting<'_>,
        may_write: bool,
    ) -> Result<Settled, Error> {
        if self.action == Doing::Rebuild {
            let wanted = Wanted {
                keep: true,
                compare: false,
            };
            return settle(conn, pass, (ids, ids), wanted, Some(noting)).await;
        }
        let found = conn.at_work(&self.look(pass, ids)?).await?;
        let failure = match &found.error {
            Some(error) => Some(Failure {
                rows: describe(conn, pass, &found.failing)?,
                error: error.to_string(),
            }),
            None => None,
        };
        let mut settled = if found.differing.is_empty() {
            Settled::default()
        } else if may_write {
            self.settle_found(conn, pass, &found).await?
        } else {
            unverified::unverified(conn, pass, found.differing).await?
        };
        settled.failures.extend(failure);
        Ok(settled)
    }

    /// A first look at some rows, and at those that they read.
    fn look<'o>(&self, pass: &'o Pass, ids: &'o [Id]) -> Result<Look<'o>, Error> {
        let graph = &Catalog::<C::Db>::get()?.graph;
        let is_narrow = |it: &Condition<C>| it.model.means(graph, pass.model);
        // A repair writes these others, too, and must leave rows that no condition chooses.
        let kin = if self.conditions.iter().any(is_narrow) {
            0
        } else {
            self.batch.max(LEAST_KIN)
        };
        Ok(Look { pass, ids, kin })
    }

    /// A second look at the rows that seem to differ.
    async fn settle_found(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        found: &Found,
    ) -> Result<Settled, Error> {
        let differing = || found.differing.keys().copied();
        let sorted = |mut ids: Vec<Id>| {
            conn.state.arenas.get(pass.model).sort(&mut ids);
            ids
        };
        let all: BTreeSet<Id> = differing().chain(found.kin.iter().copied()).collect();
        let all = sorted(all.into_iter().collect());
        let wanted = Wanted {
            keep: self.action != Doing::Check,
            compare: true,
        };
        // A check names the others when it comes to their own batches.
        let named = if wanted.keep {
            all.clone()
        } else {
            sorted(differing().collect())
        };
        settle(conn, pass, (&all, &named), wanted, None).await
    }
}

/// The rows, each as its model and its key.
fn describe<C: Wrapped>(
    conn: &MaintainedConnection<C>,
    pass: &Pass,
    ids: &BTreeSet<Id>,
) -> Result<Vec<String>, Error> {
    let meta = Catalog::<C::Db>::get()?.graph.models[pass.model].meta;
    let arena = conn.state.arenas.get(pass.model);
    let row = |&id: &Id| format!("`{}` {}", meta.name, arena.describe(id));
    Ok(ids.iter().map(row).collect())
}
