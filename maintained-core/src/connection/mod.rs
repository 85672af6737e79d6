//! A Diesel connection that keeps maintained fields.

mod aside;
mod blocking;
#[cfg(feature = "async")]
mod body;
mod brackets;
mod diesel_traits;
mod failures;
mod frame;
mod guard;
mod levels;
mod marking;
#[cfg(feature = "async")]
mod nonblocking;
#[cfg(feature = "async")]
mod noting;
mod prepared;
mod reports;
#[cfg(feature = "testing")]
mod testing;
pub(crate) mod untracked;
pub(crate) mod values;
mod watch;
mod wrapped;

use std::collections::{BTreeMap, HashSet};
use std::fmt;

pub(crate) use self::aside::Flushed;
pub(crate) use self::blocking::each_blocking;
pub use self::blocking::{Blocking, HookFn};
#[cfg(feature = "async")]
pub use self::body::{Body, Hook};
use self::brackets::Brackets;
pub(crate) use self::brackets::matching;
pub use self::diesel_traits::Cursor;
use self::failures::Failures;
pub(crate) use self::frame::Frame;
pub(crate) use self::guard::{Before, Level};
pub use self::levels::Levels;
pub(crate) use self::marking::{AnyTask, Running, Task};
#[cfg(feature = "async")]
pub use self::nonblocking::{AsyncHook, AsyncMaintainedConnection};
#[cfg(feature = "async")]
pub use self::noting::Noting;
use self::reports::Reports;
use self::watch::Watch;
pub use self::wrapped::{Target, Wrapped};
use crate::catalog::Catalog;
use crate::connection::values::Values;
use crate::declare::arena::Arenas;
use crate::engine::{ahead, strict};
use crate::error::Error;
use crate::graph::{Choice, ModelIndex};
use crate::marks::aside::Aside;
use crate::marks::locked::Locked;
use crate::marks::mode::Mode;
use crate::marks::pending::Pending;
use crate::report::{FlushReport, Work};
use crate::session::learned::Learned;
use crate::session::read_ahead::ReadAhead;
use crate::session::texts::Texts;
use crate::session::{Anew, Switches};
use crate::sql::Branch;
use crate::sql::isolation::Isolation;

/// A Diesel connection that keeps maintained fields.
///
/// It wraps a connection of Diesel's and is one itself: queries, pools and migrations take it. All
/// that the library knows - mode, scopes, pending marks - belongs to this value; nothing is global.
///
/// There is no `Deref` to the wrapped connection, because a transaction begun there would go past
/// the marks; see [`inner_mut`](Self::inner_mut).
pub struct MaintainedConnection<C: Wrapped> {
    pub(crate) inner: C,
    pub(crate) state: State<C>,
}

/// What the library knows on a connection.
pub(crate) struct State<C: Wrapped> {
    pub(crate) base: Mode,
    pub(crate) isolation: Isolation,
    /// How often a write that is refused is run again.
    pub(crate) retries: usize,
    pub(crate) frames: Vec<Frame>,
    brackets: Brackets<C>,
    /// The marks, layered by level.
    pub(crate) pending: Pending,
    pub(crate) arenas: Arenas,
    pub(crate) texts: Texts,
    pub(crate) locked: Locked,
    /// What the next flush sets aside, if it is to go on without rows that cannot be computed.
    pub(crate) aside: Option<Aside>,
    pub(crate) learned: Learned,
    pub(crate) hooks: Vec<AfterFlush<C>>,
    pub(crate) reports: Reports,
    pub(crate) failures: Failures,
    pub(crate) watch: Watch,
    /// Whether the write that runs has changed rows, or left marks that are not worked off yet.
    pub(crate) wrote: bool,
    /// Whether the write that runs may give its locks back and begin anew, and whether it has to.
    pub(crate) anew: Anew,
    /// The rows that an immediate write has read ahead, between the write and its flush.
    pub(crate) read_ahead: Option<ReadAhead<C::Db>>,
    switches: Switches,
    /// Whether the connection inside keeps prepared statements.
    keeps_prepared: bool,
    /// The models whose keys the database has been seen to count up.
    counts: HashSet<ModelIndex>,
    /// What the outermost transaction is to be prepared as, where it is not to be committed.
    branch: Option<Branch>,
}

/// What is to run after the flush of the outermost buffered scope.
pub(crate) struct AfterFlush<C: Wrapped> {
    /// The level with which the hook is dropped, should it roll back.
    pub(crate) depth: usize,
    pub(crate) run: C::Hook,
    /// The values of the scope that the hook is of, and of those around it.
    pub(crate) values: Values,
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Wraps a connection, which must not be in a transaction.
    ///
    /// ```
    /// use diesel::prelude::*;
    /// use maintained_core::MaintainedConnection;
    ///
    /// # fn main() -> ConnectionResult<()> {
    /// let conn = MaintainedConnection::new(SqliteConnection::establish(":memory:")?);
    /// # drop(conn);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(inner: C) -> Self {
        Self {
            inner,
            state: State {
                base: Mode::Immediate,
                isolation: Isolation::ReadCommitted,
                retries: Self::RETRIES,
                frames: Vec::new(),
                brackets: Brackets::none(),
                pending: Pending::default(),
                arenas: Arenas::default(),
                texts: Texts::default(),
                locked: Locked::default(),
                aside: None,
                learned: Learned::default(),
                hooks: Vec::new(),
                reports: Reports::default(),
                failures: Failures::default(),
                watch: Watch::default(),
                wrote: false,
                anew: Anew::Never,
                read_ahead: None,
                switches: Switches::default(),
                keeps_prepared: true,
                counts: HashSet::new(),
                branch: None,
            },
        }
    }

    /// Gets ready for statements on the wrapped connection. Where that fails, the level is given
    /// up: the caller gets the connection all the same.
    async fn before_inner(&mut self) {
        let ready = match self.settle_abandoned().await {
            Ok(()) => self.before_statement().await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = ready {
            self.spoil(&error);
        }
    }

    /// Gives the wrapped connection back.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use maintained_core::MaintainedConnection;
    /// # fn main() -> ConnectionResult<()> {
    /// let conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
    /// let conn: SqliteConnection = conn.into_inner();
    /// # drop(conn);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn into_inner(self) -> C {
        self.inner
    }

    /// The mode in which a write would run now.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use maintained_core::{MaintainedConnection, Error, Mode};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
    /// assert_eq!(conn.mode(), Mode::Immediate);
    /// conn.buffer_autoupdates(|conn| {
    ///     assert_eq!(conn.mode(), Mode::Buffered);
    ///     Ok::<_, Error>(())
    /// })?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.state
            .frames
            .last()
            .map_or(self.state.base, |frame| frame.mode)
    }

    /// The mode of the scope that is open, if any is. Under a buffered base mode a transaction is
    /// one.
    pub(crate) fn scope_around(&self) -> Option<Mode> {
        let state = &self.state;
        let in_transaction = state.base == Mode::Buffered && state.pending.depth() > 0;
        let innermost = state.frames.last().map(|frame| frame.mode);
        innermost.or(in_transaction.then_some(Mode::Buffered))
    }

    /// The setters that the labels of the open scopes leave.
    pub(crate) fn choice(&self) -> Choice {
        self.state.frames.last()?.choice.clone()
    }

    /// Sets the mode outside of all scopes; it is [`Mode::Immediate`] unless set otherwise. Any
    /// scope replaces it.
    ///
    /// In [`Mode::Buffered`] each outermost transaction is a buffered scope: scopes inside it hand
    /// their marks to it, an immediate one as well, and its commit flushes and runs their hooks.
    /// Outside of any transaction a write is such a scope by itself. A scope that is opened there
    /// goes by its own mode.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// conn.set_base_mode(Mode::Buffered);
    /// conn.transaction(|conn| {
    ///     Item::update(conn, item.id, items::price_cents.eq(500))?;
    ///     Item::update(conn, item.id, items::price_cents.eq(600))?;
    ///     Ok::<_, maintained::Error>(())
    /// })?; // the total is computed here, once
    /// # assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(600));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    pub fn set_base_mode(&mut self, mode: Mode) {
        self.state.base = mode;
    }

    /// Sets the isolation level of the transactions to come; it is [`Isolation::ReadCommitted`]
    /// unless set otherwise.
    ///
    /// All connections that write the same tables must use the same level. `SQLite` has but one,
    /// and ignores this.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use maintained_core::{MaintainedConnection, Isolation};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
    /// conn.set_isolation(Isolation::Serializable)?;
    /// assert!(conn.set_isolation(Isolation::RepeatableRead).is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Isolation`] for a level under which maintained fields could go stale.
    pub fn set_isolation(&mut self, isolation: Isolation) -> Result<(), Error> {
        if isolation == Isolation::RepeatableRead {
            return Err(Error::Isolation);
        }
        self.state.isolation = isolation;
        Ok(())
    }

    /// How many rows of each model, by name, wait to be brought up to date.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// conn.buffer_autoupdates(|conn| {
    ///     Item::update(conn, item.id, items::price_cents.eq(500))?;
    ///     assert_eq!(conn.pending()?.get("Order"), Some(&1)); // its total
    ///     Ok::<_, maintained::Error>(())
    /// })?;
    /// assert!(conn.pending()?.is_empty());
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the models' declarations contradict one another.
    pub fn pending(&self) -> Result<BTreeMap<&'static str, usize>, Error> {
        if self.state.pending.is_empty() {
            return Ok(BTreeMap::new());
        }
        let graph = &Catalog::<C::Db>::get()?.graph;
        let mut counts = BTreeMap::new();
        for (at, node) in graph.models.iter_enumerated() {
            let count = self.state.pending.count(graph, at);
            if count > 0 {
                *counts.entry(node.meta.name).or_default() += count;
            }
        }
        Ok(counts)
    }

    /// Works off the marks on which the fields of one model depend, or all.
    pub(crate) async fn flush_atomically(
        &mut self,
        target: Option<ModelIndex>,
    ) -> Result<FlushReport, Error> {
        self.check().await?;
        if self.state.pending.is_empty() && !self.state.brackets.are_behind() {
            return Ok(FlushReport::default());
        }
        let level = self.level().await?;
        let flushed = level.conn.flush(target).await;
        level.end(flushed).await
    }

    /// Works off marks within the level that is open.
    pub(crate) fn flush(&mut self, target: Option<ModelIndex>) -> Running<'_, FlushReport> {
        C::run_flush(self, Target(target))
    }

    /// The same. It is compiled where `run_flush` is implemented.
    async fn flush_here(&mut self, target: Option<ModelIndex>) -> Result<FlushReport, Error> {
        // Whatever comes of this, nobody else may take them for what rows are.
        let read_ahead = self.state.read_ahead.take();
        // Where the database has ended the transaction, statements would fail for another reason,
        // or commit one by one.
        self.check().await?;
        if self.is_aborted() {
            return Err(self.latest_error().into());
        }
        self.before_change().await?;
        if self.state.pending.is_empty() {
            self.settle();
            return Ok(FlushReport::default());
        }
        let is_buffered = self.mode() == Mode::Buffered;
        let heading = self.heading();
        let mut aside = self.state.aside.take();
        let mut work = Work::noting_rows(self.state.reports.notes_rows());
        let (mut session, rest) = self.session(&mut work)?;
        session.aside = aside.as_mut();
        // An immediate write has locked ahead of itself.
        session.read_ahead = read_ahead.or_else(|| is_buffered.then(ReadAhead::default));
        let ahead = if is_buffered {
            ahead::marked(&mut session, rest.pending).await
        } else {
            Ok(())
        };
        let flushed = match ahead {
            Ok(()) => strict::flush(&mut session, rest.pending, target).await,
            Err(error) => Err(error),
        };
        // Whoever runs a write again asks whether it has to begin anew.
        let anew = session.anew;
        self.state.anew = anew;
        // `flush_what_can_be` reads it, also where the flush has failed.
        self.state.aside = aside;
        let mut report = self.noting(flushed).await?;
        self.note_flush(&report)?;
        self.settle();
        self.tell(&mut report, heading.as_ref());
        Ok(report)
    }

    /// Forgets ids and locks, once no mark is left and nobody holds ids.
    pub(crate) fn settle(&mut self) {
        if self.state.pending.settle() {
            self.state.arenas.clear();
            self.state.locked.clear();
        }
    }
}

impl<C: Wrapped> fmt::Debug for MaintainedConnection<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("MaintainedConnection")
            .field("mode", &self.mode())
            .field("depth", &self.state.pending.depth())
            .finish_non_exhaustive()
    }
}
