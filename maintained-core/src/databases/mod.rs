//! Several databases under one scope: a connection for each, opened when it is first asked for.
//!
//! A scope over them is one scope on each connection that is used in it, with nothing of its own
//! but how it ends: see `commit`, and `two_phase` where all are committed or none.

mod blocking;
mod commit;
mod identity;
mod member;
#[cfg(feature = "async")]
mod nonblocking;
mod progress;
mod recover;
mod two_phase;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use diesel::result::{ConnectionResult, Error as DieselError};
use tracing::Span;

use self::member::Member;
#[cfg(feature = "async")]
pub use self::nonblocking::AsyncDatabases;
use self::progress::Progress;
pub use self::recover::Recovered;
use self::two_phase::Deciding;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::scope::{Scope, Tries};
use crate::sql::TwoPhase;

/// What opens the connection of a key.
type Open<K, C> = Box<dyn for<'k> Fn(&'k K) -> Opening<'k, C> + Send + Sync>;

/// A connection that is being opened: on blocking connections it is there at once.
type Opening<'k, C> =
    Pin<Box<dyn Future<Output = ConnectionResult<MaintainedConnection<C>>> + Send + 'k>>;

/// Connections to several databases, each by a key: a country, a tenant, a shard.
///
/// A connection is opened when it is first asked for. A scope over the databases is one scope on
/// each database that is used in it, from the first use on. At its end all of them are flushed,
/// and their hooks run; then all are committed, in the order of their keys. A failure before the
/// first commit undoes all. After a failure between two commits the error says which databases are
/// committed and which are not: [`Error::PartlyCommitted`]. [`two_phase`](Self::two_phase) has
/// scopes be committed on all databases or on none.
///
/// All databases are of one kind and have the same models. No two keys are for the same database: a
/// scope would wait for itself there.
///
/// ```
/// use diesel::SqliteConnection;
/// use diesel::prelude::*;
/// use maintained_core::{Databases, Error, MaintainedConnection};
///
/// # fn main() -> Result<(), Error> {
/// let mut databases = Databases::<&str, SqliteConnection>::new(|_country| {
///     MaintainedConnection::establish(":memory:")
/// });
/// databases.buffer_autoupdates(|databases| {
///     for country in ["fr", "pe", "fr"] {
///         let conn = databases.get(&country)?;
///         // .. writes, as on any connection
/// #       let _ = conn;
///     }
///     Ok::<_, Error>(())
/// })?; // here both databases are flushed, and then committed
/// assert_eq!(databases.keys().collect::<Vec<_>>(), [&"fr", &"pe"]);
/// # Ok(())
/// # }
/// ```
pub struct Databases<K, C: Wrapped> {
    open: Open<K, C>,
    members: BTreeMap<K, Member<C>>,
    /// The scopes that are open, the outermost first.
    scopes: Vec<Arc<Scope<C>>>,
    /// How often the outermost scope has been run before.
    times: usize,
    /// Whether the latest outermost scope was committed on some databases only.
    is_partly: bool,
    /// What nobody was told of a scope whose end has panicked, or was not waited for.
    untold: Option<Error>,
    /// How transactions are prepared, where scopes are committed on all databases or on none.
    two_phase: Option<&'static dyn TwoPhase>,
    /// The database that decides about the scope that is open.
    deciding: Option<Deciding<K>>,
    /// Databases on which something may be left of scopes that were prepared.
    doubtful: BTreeSet<K>,
}

impl<K: Ord + Clone + fmt::Debug, C: Wrapped> Databases<K, C> {
    fn opened_by(open: Open<K, C>) -> Self {
        Self {
            open,
            members: BTreeMap::new(),
            scopes: Vec::new(),
            times: 0,
            is_partly: false,
            untold: None,
            two_phase: None,
            deciding: None,
            doubtful: BTreeSet::new(),
        }
    }

    /// The databases whose connections are open, in the order of their keys.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # use maintained::{Databases, Error};
    /// # let mut databases = Databases::<&str, SqliteConnection>::new(|_| Ok(connect()));
    /// databases.get(&"pe")?;
    /// databases.get(&"fr")?;
    /// assert_eq!(databases.keys().collect::<Vec<_>>(), [&"fr", &"pe"]);
    /// # Ok::<_, Error>(())
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.members.keys()
    }

    /// The connection of a key, under all scopes that are open.
    async fn find(&mut self, key: K) -> Result<&mut MaintainedConnection<C>, Error> {
        if self.scopes.is_empty() {
            self.ready().await?;
        }
        let is_entered = self.is_of_use(&key)
            && match self.enter(&key).await {
                Ok(()) => true,
                // It was lost while nobody used it: nothing was begun on it that could be lost,
                // too.
                Err(_) if !self.is_of_use(&key) => false,
                Err(error) => return Err(error.into()),
            };
        if !is_entered {
            self.reopen(&key).await?;
            self.enter(&key).await?;
        }
        let member = self.members.get_mut(&key);
        Ok(&mut member.ok_or(DieselError::NotFound)?.conn)
    }

    /// Whether there is a connection of a key, which need not be opened again.
    fn is_of_use(&mut self, key: &K) -> bool {
        let member = self.members.get_mut(key);
        member.is_some_and(|member| !member.is_to_be_opened())
    }

    async fn reopen(&mut self, key: &K) -> Result<(), Error> {
        // The old one goes first: the server may allow no more than one.
        self.members.remove(key);
        let conn = (self.open)(key).await.map_err(|source| Error::Open {
            database: format!("{key:?}"),
            source,
        })?;
        self.members.insert(key.clone(), Member::new(conn));
        Ok(())
    }

    /// Opens the scopes on the connection of a key, as far as they are not.
    async fn enter(&mut self, key: &K) -> Result<(), DieselError> {
        let branch = self.branch_on(key).await?;
        match self.members.get_mut(key) {
            Some(member) => member.enter(&self.scopes, self.times, branch).await,
            None => Ok(()),
        }
    }

    /// Tells what nobody was told, and undoes what is left of scopes that were not waited for.
    async fn ready(&mut self) -> Result<(), Error> {
        for member in self.members.values_mut() {
            member.settle().await;
        }
        self.members.retain(|_, member| !member.is_to_be_opened());
        self.recover_doubtful().await;
        let untold = self.untold.take();
        self.is_partly = untold.is_some();
        untold.map_or(Ok(()), Err)
    }

    /// Begins a scope, which databases enter when they are used.
    async fn begin(
        &mut self,
        scope: &Arc<Scope<C>>,
        tries: Option<&Tries>,
    ) -> Result<Entered<'_, K, C>, DieselError> {
        if self.scopes.is_empty() {
            self.ready().await?;
            self.times = tries.map_or(0, Tries::times);
            self.deciding = None;
            for member in self.members.values_mut() {
                member.conn.forget_refusals();
            }
        }
        scope.check()?;
        let depth = self.scopes.len();
        self.scopes.push(Arc::clone(scope));
        Ok(Entered {
            span: tracing::debug_span!("databases", depth),
            databases: self,
            depth,
            progress: Progress::default(),
            is_ended: false,
        })
    }

    /// Whether a scope that has failed may be run again: one of the databases has refused it, and
    /// none has committed it.
    fn was_refused(&self) -> bool {
        !self.is_partly
            && self
                .members
                .values()
                .any(|member| member.conn.was_refused())
    }
}

/// A scope over the databases whose body runs. Unless it is ended, since its body panics or is not
/// waited for, it is undone on all of them.
struct Entered<'d, K: Ord + Clone + fmt::Debug, C: Wrapped> {
    databases: &'d mut Databases<K, C>,
    span: Span,
    /// How many scopes are around it.
    depth: usize,
    progress: Progress<K>,
    is_ended: bool,
}

impl<K: Ord + Clone + fmt::Debug, C: Wrapped> Entered<'_, K, C> {
    /// What the body runs on, and in which span.
    fn body(&mut self) -> (&mut Databases<K, C>, &Span) {
        (self.databases, &self.span)
    }
}

impl<K: Ord + Clone + fmt::Debug, C: Wrapped> Drop for Entered<'_, K, C> {
    fn drop(&mut self) {
        if self.is_ended {
            return;
        }
        let Self {
            databases,
            depth,
            progress,
            ..
        } = self;
        databases.scopes.truncate(*depth);
        for (key, member) in &mut databases.members {
            if member.depth() > *depth {
                drop(member.resume());
                progress.note_undone(key);
            }
        }
        if self.progress.prepared.is_some() {
            self.end_at_once();
            self.note_doubtful();
        }
        self.note_unfinished();
        self.give_up();
    }
}

impl<K: fmt::Debug, C: Wrapped> fmt::Debug for Databases<K, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&K> = self.members.keys().collect();
        formatter
            .debug_struct("Databases")
            .field("open", &keys)
            .field("depth", &self.scopes.len())
            .finish_non_exhaustive()
    }
}
