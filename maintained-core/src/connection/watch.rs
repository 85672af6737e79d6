//! What the connection looks for in the statements that the library does not make itself.
//!
//! A statement is known by its type, where Diesel says that the type has but one text, and by its
//! text otherwise. What it does is read from its text once.

use std::any::TypeId;

use diesel::query_builder::{QueryFragment, QueryId};
use diesel::result::QueryResult;
use hashbrown::HashMap;

use crate::catalog::Catalog;
use crate::connection::untracked::{Unseen, Untracked};
use crate::connection::{MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::marks::mode::Mode;
use crate::spoken::{self, Levels};
use crate::sql::{Dialect, Kept};

/// How many statements are remembered by their type, and how many by their text, and how long such
/// a text may be.
const MOST: usize = 1_024;
const LONGEST: usize = 4_096;

/// What the connection knows of the statements that the library does not make itself.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    untracked: Untracked,
    types: HashMap<TypeId, Verdict>,
    texts: HashMap<Box<str>, Verdict>,
}

/// What a statement does that the library cares about; mostly nothing.
#[derive(Debug)]
struct Verdict(Option<Box<Found>>);

#[derive(Debug)]
struct Found {
    levels: Levels,
    unseen: Vec<Unseen>,
    /// Whether a warning was given.
    is_told: bool,
}

/// What holds when a statement comes.
#[derive(Clone, Copy)]
struct Setting<'c> {
    untracked: Untracked,
    /// The models of the `track`s that are open.
    bracketed: &'c dyn Fn(ModelIndex) -> bool,
    levels: Holding,
}

/// What holds of the levels when a statement comes.
#[derive(Debug, Clone, Copy)]
struct Holding {
    is_open: bool,
    /// Whether marks wait, or may, for the end of the outermost one.
    is_buffered: bool,
}

impl Verdict {
    /// What a text does.
    fn of<C: Wrapped>(text: &str) -> Self {
        let levels = spoken::levels(text, C::Db::SPELLING);
        let writes = spoken::writes(text, C::Db::SPELLING);
        // Where the declarations contradict one another, the first use of a model says so.
        let catalog = if writes.is_empty() {
            None
        } else {
            Catalog::<C::Db>::get().ok()
        };
        let unseen = catalog.map_or_else(Vec::new, |catalog| Unseen::among(&writes, catalog));
        let found = Found {
            levels,
            unseen,
            is_told: false,
        };
        let is_nothing = found.unseen.is_empty() && found.levels == Levels::default();
        Self((!is_nothing).then(|| Box::new(found)))
    }

    fn admit(&mut self, setting: Setting<'_>) -> Result<(), Error> {
        let Some(found) = &mut self.0 else {
            return Ok(());
        };
        setting.levels.admit(&found.levels)?;
        let is_marked = |it: &&Unseen| !it.is_within(setting.bracketed);
        let Some(first) = found.unseen.iter().find(is_marked).map(Unseen::error) else {
            return Ok(());
        };
        match setting.untracked {
            Untracked::Refuse => return Err(first),
            Untracked::Warn if !found.is_told => {
                found.is_told = true;
                tracing::warn!("{first}");
            }
            Untracked::Warn | Untracked::Allow => {}
        }
        Ok(())
    }
}

impl Holding {
    /// Refuses what the marks could not follow. The levels that a text opens and closes itself are
    /// its own, but there is no transaction within a transaction.
    fn admit(self, levels: &Levels) -> Result<(), Error> {
        let begins = levels.begins.as_ref().filter(|_| self.is_open);
        let commits = levels.commits.as_ref();
        let commits = commits.filter(|_| self.is_open && self.is_buffered);
        match levels.beyond.as_ref().or(begins).or(commits) {
            Some(statement) => Err(Error::RawTransaction {
                statement: statement.clone(),
            }),
            None => Ok(()),
        }
    }
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Says what becomes of a statement that the library does not make itself, and that writes what
    /// some field follows from: it leaves no marks, and the field would go stale.
    /// [`Untracked::Refuse`] unless set otherwise.
    ///
    /// Meant are `INSERT`, `UPDATE`, `DELETE` and their like, by Diesel's query builder or as SQL,
    /// outside of a [`track`](crate::Maintained::track) on that model and of a disabled scope. Not
    /// meant are updates of columns that nobody reads, what migrations and
    /// [`batch_execute`](diesel::connection::SimpleConnection::batch_execute) send, and what is
    /// done on [`inner_mut`](Self::inner_mut).
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use maintained_core::{MaintainedConnection, Untracked};
    /// # fn main() -> ConnectionResult<()> {
    /// let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
    /// conn.set_untracked(Untracked::Warn);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_untracked(&mut self, untracked: Untracked) {
        self.state.watch.untracked = untracked;
    }

    /// Runs a body in which statements may write what some field follows from, without leaving
    /// marks. Afterwards, [`touch`](crate::Maintained::touch) the rows.
    ///
    /// Afterwards it is again as it was, also after a panic.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// let free = diesel::update(items::table).set(items::price_cents.eq(0));
    /// conn.untracked(|conn| free.execute(conn))?;
    /// Item::touch(conn, &[item.id])?;
    /// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(0));
    /// # Ok::<_, maintained::Error>(())
    /// ```
    pub fn untracked<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.state.watch.untracked, Untracked::Allow);
        let restored = Restored { conn: self, before };
        body(restored.conn)
    }

    /// Gets ready for a statement of the caller's own, or refuses it.
    pub(crate) fn admitted<T>(&mut self, source: &T) -> impl Future<Output = QueryResult<()>> + Send
    where
        T: QueryFragment<C::Db> + QueryId,
    {
        let admitted = self.admit(source);
        self.ready(admitted)
    }

    /// Gets ready for a statement of the caller's own that was admitted or refused.
    pub(super) async fn ready(&mut self, admitted: QueryResult<()>) -> QueryResult<()> {
        self.check().await?;
        admitted?;
        Ok(self.before_statement().await?)
    }

    /// The same where there is nothing to wait for.
    #[cfg(feature = "async")]
    pub(super) fn admitted_now<T>(&mut self, source: &T) -> QueryResult<()>
    where
        T: QueryFragment<C::Db> + QueryId,
    {
        self.check_now()?;
        self.admit(source)
    }

    /// Keeps a condition, taken from the values that it borrows. The database may have to tell the
    /// types of values: what it was told to undo, or has failed at, comes first.
    pub(crate) async fn kept(&mut self, taken: QueryResult<C::Taken>) -> QueryResult<Kept<C::Db>> {
        self.check().await?;
        let kept = self.inner.keep(taken?).await;
        self.noted(kept).await
    }

    /// Runs statements of the caller's own, several in one text.
    pub(crate) async fn send_batch(&mut self, query: &str) -> QueryResult<()> {
        self.check().await?;
        self.admit_batch(query)?;
        self.before_statement().await?;
        let done = self.inner.batch(query).await;
        self.noted(done).await
    }

    /// Refuses a statement that the marks could not follow.
    pub(super) fn admit<T>(&mut self, source: &T) -> QueryResult<()>
    where
        T: QueryFragment<C::Db> + QueryId,
    {
        Ok(self.admit_any(T::query_id(), &|| C::Db::sql_of(source))?)
    }

    /// The same for a statement of which the type's id, if it has but one text, and the text are
    /// known.
    fn admit_any(
        &mut self,
        id: Option<TypeId>,
        text: &dyn Fn() -> QueryResult<String>,
    ) -> Result<(), Error> {
        let is_disabled = self.mode() == Mode::Disabled;
        let levels = self.holding();
        let brackets = &self.state.brackets;
        let Watch {
            untracked,
            types,
            texts,
        } = &mut self.state.watch;
        let untracked = if is_disabled {
            Untracked::Allow
        } else {
            *untracked
        };
        let setting = Setting {
            untracked,
            bracketed: &|model| brackets.are_around(model),
            levels,
        };
        if let Some(known) = id.and_then(|id| types.get_mut(&id)) {
            return known.admit(setting);
        }
        // What cannot be spelled is not sent, either: Diesel says why.
        let Ok(text) = text() else {
            return Ok(());
        };
        if let Some(id) = id {
            make_room(types);
            let verdict = types.entry(id).or_insert_with(|| Verdict::of::<C>(&text));
            return verdict.admit(setting);
        }
        if text.len() > LONGEST {
            return Verdict::of::<C>(&text).admit(setting);
        }
        if let Some(known) = texts.get_mut(text.as_str()) {
            return known.admit(setting);
        }
        make_room(texts);
        let verdict = Verdict::of::<C>(&text);
        let verdict = texts.entry(text.into()).or_insert(verdict);
        verdict.admit(setting)
    }

    /// The same for several statements in one text, whose writes pass.
    fn admit_batch(&self, text: &str) -> QueryResult<()> {
        let levels = spoken::levels(text, C::Db::SPELLING);
        Ok(self.holding().admit(&levels)?)
    }

    fn holding(&self) -> Holding {
        Holding {
            is_open: self.state.pending.depth() > 0,
            is_buffered: self.mode() == Mode::Buffered,
        }
    }
}

/// Forgets what is known, where it has become too much.
fn make_room<K>(known: &mut HashMap<K, Verdict>) {
    if known.len() >= MOST {
        known.clear();
    }
}

/// Restores what becomes of writes without marks.
struct Restored<'c, C: Wrapped> {
    conn: &'c mut MaintainedConnection<C>,
    before: Untracked,
}

impl<C: Wrapped> Drop for Restored<'_, C> {
    fn drop(&mut self) {
        self.conn.state.watch.untracked = self.before;
    }
}
