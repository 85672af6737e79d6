//! What is left of scopes that were prepared: whoever was to end them was killed, or has lost a
//! connection.
//!
//! A transaction is prepared only after its scope has its row in the transaction of the database
//! that decides. So whoever finds a prepared transaction and then tries to insert the same row
//! knows what has become of the scope: the row is there, or it can be inserted and never will be by
//! anybody else, or the database has it wait, since the scope is still under way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use diesel::result::Error as DieselError;

use super::Databases;
use super::two_phase::forget;
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::engine::marking::Marking;
use crate::error::{Error, ErrorKind, FirstError};
use crate::session::Session;
use crate::sql::{Branch, BranchName, Ending, Prepares, TwoPhase};

/// How often it is tried to end a transaction that a connection still holds: on `MariaDB` it can be
/// ended by others only after that one is gone.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(20);

/// What has become of transactions that were left prepared: made by [`Databases::recover`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Recovered<K> {
    /// The databases on which one was committed, each as often as that was done.
    pub committed: Vec<K>,
    /// The databases on which one was undone, each as often as that was done.
    pub undone: Vec<K>,
    /// The databases on which one may be left, and why.
    pub left: Vec<(K, Error)>,
}

/// What databases hold.
struct Survey<K> {
    two_phase: &'static dyn TwoPhase,
    /// The databases that could be looked at, by their identities.
    keys: BTreeMap<String, K>,
    /// The scopes that are committed: by their number, where the row is, and the databases that it
    /// names.
    decided: BTreeMap<String, (K, Vec<String>)>,
    /// How other scopes end, or why that is not known yet.
    endings: BTreeMap<String, Result<Ending, FirstError>>,
    recovered: Recovered<K>,
}

impl<K: Ord + Clone + fmt::Debug + Send + Sync, C: Wrapped> Databases<K, C> {
    /// Ends the transactions that scopes have left prepared, since their program was killed or has
    /// lost its connections. It looks at the databases with these keys: to be called when the
    /// program starts, with all keys.
    ///
    /// Those whose scope is committed are committed, and all others undone. Scopes that run
    /// meanwhile, in this program or in others, are not disturbed: what cannot be ended yet is
    /// [`left`](Recovered::left). On `PostgreSQL` only the user who has prepared a transaction may
    /// end it, or a superuser.
    ///
    /// After a scope of this `Databases` has left something, the next call of [`get`](Self::get)
    /// and the next scope do the same by themselves, once.
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] mod example {
    /// # use diesel::PgConnection;
    /// # use maintained::{Databases, Error};
    /// fn start(countries: &mut Databases<String, PgConnection>) -> Result<(), Error> {
    ///     let recovered = countries.recover(["fr", "pe"].map(str::to_owned))?;
    ///     for (country, error) in &recovered.left {
    ///         eprintln!("{country}: {error}"); // call it again later
    ///     }
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`DieselError::AlreadyInTransaction`] inside a scope. [`Error::PartlyCommitted`] and
    /// [`Error::InDoubt`] once, after the end of a scope has panicked or was not waited for. A
    /// database that cannot be reached is no error, but [`left`](Recovered::left).
    pub fn recover(
        &mut self,
        keys: impl IntoIterator<Item = K>,
    ) -> C::Answer<'_, Result<Recovered<K>, Error>>
    where
        C::Db: Prepares,
    {
        let keys: BTreeSet<K> = keys.into_iter().collect();
        C::answer(async move {
            if !self.scopes.is_empty() {
                return Err(DieselError::AlreadyInTransaction.into());
            }
            self.ready().await?;
            Ok(self.recover_on(C::Db::TWO_PHASE, keys).await)
        })
    }
}

impl<K: Ord + Clone + fmt::Debug, C: Wrapped> Databases<K, C> {
    /// Ends what is left of scopes of this program, if anything is.
    pub(super) async fn recover_doubtful(&mut self) {
        let (Some(two_phase), false) = (self.two_phase, self.doubtful.is_empty()) else {
            return;
        };
        let keys = self.doubtful.clone();
        let recovered = self.recover_on(two_phase, keys).await;
        // If this is not waited for, the next call does it again.
        self.doubtful.clear();
        for (key, error) in recovered.left {
            tracing::error!(?key, %error, "a prepared transaction may be left: call `recover`");
        }
    }

    async fn recover_on(
        &mut self,
        two_phase: &'static dyn TwoPhase,
        keys: BTreeSet<K>,
    ) -> Recovered<K> {
        let mut survey = Survey {
            two_phase,
            keys: BTreeMap::new(),
            decided: BTreeMap::new(),
            endings: BTreeMap::new(),
            recovered: Recovered {
                committed: Vec::new(),
                undone: Vec::new(),
                left: Vec::new(),
            },
        };
        // The rows come first. So whatever one of them names is prepared already: it is listed
        // below, or has ended.
        for key in keys {
            if let Err(error) = self.look(&mut survey, &key).await {
                survey.recovered.left.push((key, error));
            }
        }
        for (identity, key) in survey.keys.clone() {
            if let Err(error) = self.end_all(&mut survey, &identity, &key).await {
                survey.recovered.left.push((key, error));
            }
        }
        self.forget_ended(&survey).await;
        survey.recovered
    }

    /// A connection that is of use, outside of all scopes.
    async fn outside(&mut self, key: &K) -> Result<&mut MaintainedConnection<C>, Error> {
        if !self.is_of_use(key) {
            self.reopen(key).await?;
        }
        let member = self.members.get_mut(key);
        Ok(&mut member.ok_or(DieselError::NotFound)?.conn)
    }

    /// Learns which database it is, and which scopes it says are committed.
    async fn look(&mut self, survey: &mut Survey<K>, key: &K) -> Result<(), Error> {
        let (identity, rows) = match self.asked(survey.two_phase, key).await {
            // It was lost while nobody used it.
            Err(_) if !self.is_of_use(key) => self.asked(survey.two_phase, key).await?,
            other => other?,
        };
        survey.keys.insert(identity, key.clone());
        for (scope, members) in rows {
            let members = members.split(' ').map(str::to_owned).collect();
            survey.decided.insert(scope, (key.clone(), members));
        }
        Ok(())
    }

    async fn asked(
        &mut self,
        two_phase: &'static dyn TwoPhase,
        key: &K,
    ) -> Result<(String, Vec<(String, String)>), Error> {
        self.outside(key).await?;
        let identity = self.identity_of(key, two_phase).await?;
        let rows = self.outside(key).await?.at_work(&Decided).await?;
        Ok((identity, rows))
    }

    /// Ends what is prepared on a database.
    async fn end_all(
        &mut self,
        survey: &mut Survey<K>,
        identity: &str,
        key: &K,
    ) -> Result<(), Error> {
        let two_phase = survey.two_phase;
        let names = self.outside(key).await?.list_prepared(two_phase).await?;
        for name in names.into_iter().filter(|name| name.member == identity) {
            if let Err(error) = self.end_one(survey, name, key).await {
                survey.recovered.left.push((key.clone(), error));
            }
        }
        Ok(())
    }

    async fn end_one(
        &mut self,
        survey: &mut Survey<K>,
        name: BranchName,
        key: &K,
    ) -> Result<(), Error> {
        let ending = self.ending(survey, &name).await?;
        let two_phase = survey.two_phase;
        let branch = Branch { name, two_phase };
        let mut tries = 1..TRIES;
        loop {
            let ended = self.outside(key).await?.end_prepared(&branch, ending).await;
            match ended {
                Ok(()) => break,
                Err(error) if tries.next().is_none() => return Err(error),
                Err(_) => C::pause(PAUSE).await,
            }
        }
        match ending {
            Ending::Commit => survey.recovered.committed.push(key.clone()),
            Ending::Undo => survey.recovered.undone.push(key.clone()),
        }
        Ok(())
    }

    /// What has become of a scope.
    async fn ending(&mut self, survey: &mut Survey<K>, name: &BranchName) -> Result<Ending, Error> {
        if survey.decided.contains_key(&name.scope) {
            return Ok(Ending::Commit);
        }
        if let Some(known) = survey.endings.get(&name.scope) {
            return known.clone().map_err(|why| why.again().into());
        }
        let Some(decider) = survey.keys.get(&name.decider).cloned() else {
            return Err(Error::other(
                "a transaction is prepared here by a scope whose first database, which decides \
                 about it, is not among those that could be looked at",
            ));
        };
        let probe = survey.two_phase.probe(&name.scope);
        let ending = self.probed(&decider, &probe).await;
        let known = ending.as_ref().copied().map_err(FirstError::of_any);
        survey.endings.insert(name.scope.clone(), known);
        ending
    }

    /// What becomes of a scope, by whether its row can be inserted.
    async fn probed(&mut self, decider: &K, probe: &str) -> Result<Ending, Error> {
        let level = self.outside(decider).await?.level().await?;
        let probed = level.conn.send_own(probe).await.map_err(Error::from);
        // Whether it can be inserted is all that is asked: the row must not stay.
        let undone: Result<(), _> = level.end(Err(DieselError::RollbackTransaction)).await;
        undone.ok();
        match probed {
            Ok(()) => Ok(Ending::Undo),
            Err(error) if error.kind() == ErrorKind::UniqueViolation => Ok(Ending::Commit),
            Err(error) => Err(error),
        }
    }

    /// Takes away the rows of scopes that are ended on all their databases.
    async fn forget_ended(&mut self, survey: &Survey<K>) {
        let left: Vec<&K> = survey.recovered.left.iter().map(|(key, _)| key).collect();
        let is_ended = |member: &String| {
            let key = survey.keys.get(member);
            key.is_some_and(|key| !left.contains(&key))
        };
        for (scope, (key, members)) in &survey.decided {
            if members.iter().all(is_ended)
                && let Ok(conn) = self.outside(key).await
            {
                // A row that is left does no harm.
                conn.send_own(&forget(scope)).await.ok();
            }
        }
    }
}

/// The scopes that are committed, and the databases of each.
struct Decided;

impl<C: Wrapped> Task<C> for Decided {
    type Output = Vec<(String, String)>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Vec<(String, String)>, Error> {
        let query = "SELECT id, members FROM maintained_commits WHERE id <> 'database'";
        let action = "reading the table `maintained_commits`";
        let rows = session.texts(query, [0, 1], action).await?;
        let scopes = rows.into_iter().filter_map(|[id, members]| id.zip(members));
        Ok(scopes.collect())
    }
}
