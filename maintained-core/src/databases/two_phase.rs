//! The end of a scope that is committed on all databases or on none.
//!
//! One database decides: the first that the scope has used. It gets a row in the transaction of the
//! scope, all others are prepared, and then it is committed. From this moment on the scope is
//! committed, and so the others are as well. Whoever finds a prepared transaction later looks for
//! the row: see `recover`.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;

use diesel::result::Error as DieselError;

use super::identity::identity;
use super::{Databases, Entered};
use crate::connection::Wrapped;
use crate::error::Error;
use crate::sql::{Branch, BranchName, Ending, Prepares, TwoPhase};
use crate::wire::done;

/// The database that decides about a scope.
pub(super) struct Deciding<K> {
    key: K,
    /// The number of the scope.
    scope: String,
    /// All databases of the scope.
    members: Vec<K>,
}

/// A number that no other scope has.
fn fresh_number() -> String {
    let part = || RandomState::new().hash_one(std::time::SystemTime::now());
    format!("{:016x}{:016x}", part(), part())
}

impl<K: Ord + Clone + fmt::Debug, C: Wrapped> Databases<K, C> {
    /// Has all scopes to come be committed on all of their databases, or on none: by a two-phase
    /// commit, on `PostgreSQL` and `MariaDB`.
    ///
    /// Each database needs the table `maintained_commits`, which
    /// [`operations::set_up`](crate::operations::set_up) makes. `PostgreSQL` has to be started with
    /// a setting `max_prepared_transactions` above 0. `MySQL` and `SQLite` cannot take part.
    ///
    /// At the end of a scope that has used several databases, all but the first are prepared: they
    /// promise to commit, and keep their locks. Then the first is committed, and after it the
    /// others. A scope with one database is committed as ever.
    ///
    /// A program that is killed in between leaves transactions that are prepared, and keep their
    /// locks: call [`recover`](Self::recover) when it starts.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// use diesel::PgConnection;
    /// use diesel::prelude::*;
    /// use maintained::{Databases, Error, MaintainedConnection};
    ///
    /// fn countries() -> Databases<String, PgConnection> {
    ///     let open = |country: &String| {
    ///         MaintainedConnection::establish(&format!("postgres://{country}.example/shop"))
    ///     };
    ///     Databases::new(open).two_phase()
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn two_phase(mut self) -> Self
    where
        C::Db: Prepares,
    {
        self.two_phase = Some(C::Db::TWO_PHASE);
        self
    }

    /// What the transaction is to be prepared as that the outermost scope begins on a database:
    /// none, where it decides, or has entered that scope already.
    pub(super) async fn branch_on(&mut self, key: &K) -> Result<Option<Branch>, DieselError> {
        let Some(two_phase) = self.two_phase else {
            return Ok(None);
        };
        if self.scopes.is_empty() || self.has_entered(key) {
            return Ok(None);
        }
        let deciding = self.deciding.take();
        let Some(mut deciding) = deciding.filter(|deciding| self.has_entered(&deciding.key)) else {
            self.deciding = Some(Deciding {
                key: key.clone(),
                scope: fresh_number(),
                members: vec![key.clone()],
            });
            return Ok(None);
        };
        deciding.members.push(key.clone());
        let (decider, scope) = (deciding.key.clone(), deciding.scope.clone());
        self.deciding = Some(deciding);
        let name = BranchName {
            scope,
            decider: self.identity_of(&decider, two_phase).await?,
            member: self.identity_of(key, two_phase).await?,
        };
        Ok(Some(Branch { name, two_phase }))
    }

    /// Whether a database has entered the scope that is open.
    fn has_entered(&self, key: &K) -> bool {
        let member = self.members.get(key);
        member.is_some_and(|member| member.depth() > 0)
    }

    /// Which database the one of a key is.
    pub(super) async fn identity_of(
        &mut self,
        key: &K,
        two_phase: &'static dyn TwoPhase,
    ) -> Result<String, Error> {
        let Some(member) = self.members.get_mut(key) else {
            return Err(DieselError::NotFound.into());
        };
        if member.identity.is_none() {
            member.identity = Some(identity(&mut member.conn, key, two_phase).await?);
        }
        Ok(member.identity.clone().unwrap_or_default())
    }
}

impl<K: Ord + Clone + fmt::Debug, C: Wrapped> Entered<'_, K, C> {
    /// Whether the scope is to be committed on several databases or on none.
    pub(super) fn is_two_phase(&self) -> bool {
        let members = self.databases.members.values();
        self.depth == 0
            && self.databases.two_phase.is_some()
            && members.filter(|member| member.depth() > 0).count() > 1
    }

    /// Commits the scope on all databases.
    pub(super) async fn commit_on_all(&mut self) -> Result<(), DieselError> {
        self.progress.prepared = Some(Vec::new());
        let decider = self.decide().await?;
        // Only from here on is anything prepared. So whoever finds a prepared transaction knows
        // that the row was inserted, and has to wait for its end alone.
        let members = self.databases.members.iter_mut();
        let others = members.filter(|(key, member)| member.depth() > 0 && **key != decider);
        for (_, member) in others {
            member.prepare_branch().await?;
        }
        // What is left is the database that decides.
        self.commit_in_turn().await?;
        self.end_prepared(Ending::Commit).await?;
        self.forget_decision().await;
        Ok(())
    }

    /// Inserts the row by which the scope is known to be committed, and says where.
    async fn decide(&mut self) -> Result<K, DieselError> {
        let databases = &mut *self.databases;
        let members = databases.members.values();
        let members = members.filter(|member| member.depth() > 0);
        let members: Vec<&str> = members
            .filter_map(|member| member.identity.as_deref())
            .collect();
        let members = members.join(" ");
        let deciding = databases.deciding.as_ref().zip(databases.two_phase);
        let (deciding, two_phase) = deciding.ok_or(DieselError::NotInTransaction)?;
        let decider = databases.members.get_mut(&deciding.key);
        let decider = decider.filter(|member| member.depth() > 0);
        let decider = decider.ok_or(DieselError::NotInTransaction)?;
        let decide = two_phase.decide(&deciding.scope, &members);
        decider.conn.send_own(&decide).await?;
        Ok(deciding.key.clone())
    }

    /// Takes the row away, once nothing is prepared any more.
    async fn forget_decision(&mut self) {
        let databases = &mut *self.databases;
        let Some(deciding) = &databases.deciding else {
            return;
        };
        let Some(decider) = databases.members.get_mut(&deciding.key) else {
            return;
        };
        let forget = forget(&deciding.scope);
        if decider.conn.send_own(&forget).await.is_err() {
            // The scope is committed; nobody needs to know of a row that is left.
            self.note_doubtful();
        }
    }

    /// Ends all transactions that are prepared, as far as can be. The first error tells of those
    /// that are left.
    pub(super) async fn end_prepared(&mut self, ending: Ending) -> Result<(), Error> {
        let mut first = Ok(());
        let members = self.databases.members.iter_mut();
        for (key, member) in members.filter(|(_, member)| member.is_prepared()) {
            match member.end_prepared(ending).await {
                Ok(()) if ending == Ending::Commit => self.progress.committed.push(key.clone()),
                Ok(()) => {}
                Err(error) => first = first.and(Err(error)),
            }
        }
        first
    }

    /// Notes which databases are prepared.
    pub(super) fn note_prepared(&mut self) {
        if let Some(prepared) = &mut self.progress.prepared {
            let members = self.databases.members.iter();
            let left = members.filter(|(_, member)| member.is_prepared());
            *prepared = left.map(|(key, _)| key.clone()).collect();
        }
    }

    /// Ends what is prepared where the end of the scope has panicked. On async connections nothing
    /// can be waited for here: what is left is recovered by the next call.
    pub(super) fn end_at_once(&mut self) {
        if C::IS_AWAITED {
            return;
        }
        if let Some(ending) = self.progress.ending() {
            done(self.end_prepared(ending)).ok();
        }
    }

    /// Gives up the connections on which something is left that is prepared: it waits for whoever
    /// recovers it.
    pub(super) fn give_up(&mut self) {
        let members = &mut self.databases.members;
        let before = members.len();
        members.retain(|_, member| !member.is_prepared());
        if members.len() < before {
            self.note_doubtful();
        }
    }

    /// Notes that something may be left of the scope on its databases.
    pub(super) fn note_doubtful(&mut self) {
        let Databases {
            deciding, doubtful, ..
        } = &mut *self.databases;
        let members = deciding.iter().flat_map(|deciding| &deciding.members);
        doubtful.extend(members.cloned());
    }
}

/// Takes the row of a scope away.
pub(super) fn forget(scope: &str) -> String {
    format!("DELETE FROM maintained_commits WHERE id = '{scope}'")
}
