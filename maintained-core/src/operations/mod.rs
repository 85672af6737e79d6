//! Seeing which maintained fields have drifted, and mending them, while others write.
//!
//! Fields drift where somebody writes behind the library's back, where a scope was disabled, and
//! where a field is new or follows from its rows otherwise than before. [`check`] finds what
//! differs, [`repair`] mends what differs, and [`rebuild`] computes whole fields anew. All three go
//! through the fields in the order in which they follow from one another, and through a table in
//! the order of its keys, a batch of rows at a time.
//!
//! ```
//! # use maintained_core::{Database, Error, MaintainedConnection, operations};
//! # fn nightly<C: Database>(conn: &mut MaintainedConnection<C>) -> Result<(), Error> {
//! let report = C::value(operations::check().batch(1_000).run(conn))?;
//! for difference in &report.differences {
//!     println!("{difference}");
//! }
//! # Ok(())
//! # }
//! ```

mod batch;
mod batches;
mod conditions;
mod course;
mod definitions;
mod explain;
mod jobs;
mod kin;
mod line;
mod look;
mod passes;
mod picture;
mod report;
mod run;
mod settle;
mod status;
mod table;
mod unverified;

use std::any::TypeId;
use std::fmt;
use std::time::Duration;

use parking_lot::Mutex;

use crate::connection::Wrapped;
use crate::declare::model::Model;
use crate::graph::{By, Selection};

use self::conditions::{Condition, Words};
pub use self::explain::{
    Action, DryRun, Explanation, FieldRows, Follows, Planned, RowLock, Sent, Way, dry_run, explain,
};
pub use self::picture::{Edge, Field, Picture, graph};
pub use self::report::{Difference, Failure, Progress, Report};
pub use self::status::{
    FieldState, FieldStatus, Status, adopt, ensure_current, mark_current, status,
};
pub use self::table::{migrations, schema, set_up};

/// How many rows a batch has, unless it is said otherwise.
const BATCH: usize = 1_000;
/// How many differences a report holds, unless it is said otherwise.
const KEPT: usize = 100;
/// How often a batch is run again that the database refuses because of what others are doing.
const RETRIES: usize = 20;

/// An operation that finds the rows whose maintained fields differ from what they should be, and
/// writes nothing.
///
/// It looks at a batch of rows without locks. What seems to differ is looked at once more, under
/// locks, in a transaction that is rolled back: so writers beside it cause no false alarm, and wait
/// for a batch at most.
///
/// On a connection that cannot write there is no second look: what seems to differ is listed, and
/// counted as [unverified](Report::unverified). So is a batch whose rows need a unique value that a
/// row of another batch holds.
///
/// ```standalone_crate
/// # use docs_shop::*;
/// # let (conn, ada, order, item) = &mut open()?;
/// use maintained::operations;
///
/// # let spoil = diesel::update(orders::table).set(orders::total_cents.eq(0));
/// # spoil.execute(conn.inner_mut())?;
/// let report = operations::check().run(conn)?;
/// assert!(!report.is_clean());
/// println!("{}", report.differences[0]);
/// # Ok::<_, maintained::Error>(())
/// ```
pub fn check<C: Wrapped>() -> Operation<C> {
    Operation::new(Doing::Check)
}

/// An operation that finds the rows whose maintained fields differ, as [`check`] does, and writes
/// what they should be.
///
/// What follows from these fields is brought up to date with them, as after any write.
///
/// ```standalone_crate
/// # use docs_shop::*;
/// # let (conn, ada, order, item) = &mut open()?;
/// use maintained::operations;
///
/// # let spoil = diesel::update(orders::table).set(orders::total_cents.eq(0));
/// # spoil.execute(conn.inner_mut())?;
/// operations::repair().run(conn)?;
/// assert!(operations::check().run(conn)?.is_clean());
/// # Ok::<_, maintained::Error>(())
/// ```
pub fn repair<C: Wrapped>() -> Operation<C> {
    Operation::new(Doing::Repair)
}

/// An operation that computes maintained fields of all rows anew, and writes those that differ.
///
/// It takes the locks of a flush of so many rows, and reads each row once: for a field that is new,
/// where all rows differ.
///
/// Where the table `maintained_fields` is [there](set_up), it is told how far the rebuild is, in
/// the transaction of each batch, and that the fields are current, at the end. A rebuild of the
/// same fields that was interrupted, be it by a crash, goes on behind its last batch.
/// [`rows`](Operation::rows) make it one of some rows, of which nothing is recorded.
///
/// ```standalone_crate
/// # use docs_shop::*;
/// # let (conn, ada, order, item) = &mut open()?;
/// use maintained::operations;
///
/// # let spoil = diesel::update(orders::table).set(orders::total_cents.eq(0));
/// # spoil.execute(conn.inner_mut())?;
/// let report = operations::rebuild().fields(["Order::total_cents"]).run(conn)?;
/// assert!(report.failures.is_empty());
/// assert_eq!(Order::find(conn, order.id)?.map(|order| order.total_cents), Some(450));
/// # Ok::<_, maintained::Error>(())
/// ```
pub fn rebuild<C: Wrapped>() -> Operation<C> {
    Operation::new(Doing::Rebuild)
}

/// What is done about fields that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Check,
    Repair,
    Rebuild,
}

/// A check, a repair or a rebuild in the making: of all maintained fields and all rows, unless it
/// is said otherwise.
///
/// Made by [`check`], [`repair`] and [`rebuild`]. Each batch is a transaction of its own, so that
/// other writers go on between two of them; where the connection is in a transaction already, each
/// is a savepoint in it.
#[must_use = "an operation does nothing until it is run"]
pub struct Operation<C: Wrapped> {
    action: Doing,
    models: Vec<Named>,
    selections: Vec<Selection>,
    conditions: Vec<Condition<C>>,
    batch: usize,
    pause: Duration,
    keep: usize,
    progress: Option<Mutex<Box<Tell>>>,
}

/// What is called after each batch.
type Tell = dyn FnMut(&Progress) + Send;

/// Which model is meant.
#[derive(Debug)]
enum Named {
    By(String),
    Exactly(TypeId),
}

impl<C: Wrapped> Operation<C> {
    fn new(action: Doing) -> Self {
        Self {
            action,
            models: Vec::new(),
            selections: Vec::new(),
            conditions: Vec::new(),
            batch: BATCH,
            pause: Duration::ZERO,
            keep: KEPT,
            progress: None,
        }
    }

    /// Only fields of this model, and of others that are named so.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// use maintained::operations;
    ///
    /// assert!(operations::check().model::<Order>().run(conn)?.is_clean());
    /// # Ok::<_, maintained::Error>(())
    /// ```
    pub fn model<M: Model>(mut self) -> Self {
        self.models.push(Named::Exactly(TypeId::of::<M>()));
        self
    }

    /// Only fields of the models with these names.
    ///
    /// ```
    /// # use diesel::SqliteConnection;
    /// # use maintained_core::operations;
    /// let operation = operations::check::<SqliteConnection>().models(["Order", "Customer"]);
    /// # drop(operation);
    /// ```
    pub fn models<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(Into::into);
        self.models.extend(names.map(Named::By));
        self
    }

    /// Only these fields, named as `"Order::total_cents"`; a setter that keeps several is taken as
    /// a whole.
    ///
    /// ```
    /// # use diesel::SqliteConnection;
    /// # use maintained_core::operations;
    /// let operation = operations::check::<SqliteConnection>().fields(["Order::total_cents"]);
    /// # drop(operation);
    /// ```
    pub fn fields<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.select(By::Field, names)
    }

    /// Only the fields of setters with one of these labels.
    ///
    /// ```
    /// # use diesel::SqliteConnection;
    /// # use maintained_core::operations;
    /// let operation = operations::check::<SqliteConnection>().labels(["names"]);
    /// # drop(operation);
    /// ```
    pub fn labels<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.select(By::Label, names)
    }

    fn select<N: Into<String>>(mut self, by: By, names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(N::into).collect();
        let only = true;
        self.selections.push(Selection { by, names, only });
        self
    }

    /// How many rows a batch has: 1,000 unless it is said otherwise. Other writers wait for a batch
    /// at most.
    ///
    /// ```
    /// # use diesel::SqliteConnection;
    /// # use maintained_core::operations;
    /// let operation = operations::check::<SqliteConnection>().batch(100);
    /// # drop(operation);
    /// ```
    pub fn batch(mut self, rows: usize) -> Self {
        self.batch = rows.max(1);
        self
    }

    /// How long to wait between two batches.
    ///
    /// ```
    /// # use diesel::SqliteConnection;
    /// # use maintained_core::operations;
    /// let pause = std::time::Duration::from_millis(10);
    /// let operation = operations::check::<SqliteConnection>().pause(pause);
    /// # drop(operation);
    /// ```
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// How many differences the report holds; it counts the others. 100 unless it is said
    /// otherwise.
    ///
    /// ```
    /// # use diesel::SqliteConnection;
    /// # use maintained_core::operations;
    /// let operation = operations::check::<SqliteConnection>().keep(10);
    /// # drop(operation);
    /// ```
    pub fn keep(mut self, differences: usize) -> Self {
        self.keep = differences;
        self
    }

    /// Calls a function after each batch, one call at a time.
    ///
    /// ```
    /// # use diesel::SqliteConnection;
    /// # use maintained_core::operations;
    /// let operation = operations::check::<SqliteConnection>()
    ///     .progress(|progress| println!("{} of {}", progress.seen, progress.rows));
    /// # drop(operation);
    /// ```
    pub fn progress(mut self, tell: impl FnMut(&Progress) + Send + 'static) -> Self {
        self.progress = Some(Mutex::new(Box::new(tell)));
        self
    }
}

impl<C: Wrapped> fmt::Debug for Operation<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Operation")
            .field("action", &self.action)
            .field("models", &self.models)
            .field("selections", &self.selections)
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}
