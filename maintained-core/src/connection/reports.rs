//! What a connection tells of its flushes: a report to ask for, and an event of `tracing`.

use std::time::Duration;

use tracing::Level;

use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::graph::Choice;
use crate::marks::mode::Mode;
use crate::marks::pending::Pending;
use crate::report::{ChangedRows, FlushReport, metrics};

/// What is known of the flushes of a connection.
#[derive(Debug)]
pub(crate) struct Reports {
    /// What the flushes of the outermost level did, which is open, or was the last to end.
    latest: Option<FlushReport>,
    /// How often the outermost level that begins next has been run before.
    pub(crate) retries: usize,
    /// A flush that takes so long, or longer, is told of by a warning.
    slow: Duration,
    /// The rows that have changed, where a scope has asked for them, each with the level in which
    /// they have.
    rows: Option<Vec<(usize, ChangedRows)>>,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            latest: None,
            retries: 0,
            slow: Duration::MAX,
            rows: None,
        }
    }
}

impl Reports {
    /// An outermost level begins.
    pub(super) fn begin(&mut self) {
        let retries = std::mem::take(&mut self.retries);
        self.latest = Some(FlushReport::again(retries));
        self.rows = None;
    }

    /// From now on, until the outermost level ends, the rows that change are noted.
    pub(crate) fn note_rows(&mut self) {
        self.rows.get_or_insert_default();
    }

    pub(super) fn notes_rows(&self) -> bool {
        self.rows.is_some()
    }

    /// What has changed further in belongs to a level, now that those inside it have ended.
    pub(super) fn keep_rows(&mut self, depth: usize) {
        for (level, _) in self.rows.iter_mut().flatten() {
            *level = depth.min(*level);
        }
    }

    /// What has changed further in than a level is undone.
    pub(super) fn undo_rows(&mut self, depth: usize) {
        if let (Some(rows), Some(latest)) = (&mut self.rows, &mut self.latest) {
            rows.retain(|(level, _)| *level <= depth);
            latest.rows = ChangedRows::default();
            for (_, rows) in rows {
                latest.rows.add(rows);
            }
        }
    }

    /// The outermost level is undone, and with it all that its flushes did.
    pub(super) fn undo(&mut self) {
        let retries = self.retries();
        self.latest = Some(FlushReport::again(retries));
    }

    fn retries(&self) -> usize {
        self.latest.as_ref().map_or(0, |latest| latest.retries)
    }

    /// Whether anybody is told of the next flush.
    fn is_heard(&self) -> bool {
        tracing::enabled!(Level::DEBUG)
            || (self.slow < Duration::MAX && tracing::enabled!(Level::WARN))
    }
}

/// What an event tells of a flush, as far as it is known before it.
pub(super) struct Heading {
    mode: Mode,
    /// How many scopes are open.
    scopes: usize,
    labels: String,
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// What was flushed in the latest outermost scope, write or transaction: the one that is open,
    /// or else the one that was the last to end.
    ///
    /// It is the sum of its flushes. It is empty where there was nothing to flush, and where all
    /// was undone; before the first scope or write there is none.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// Item::update(conn, item.id, items::price_cents.eq(500))?;
    /// let report = conn.last_flush().expect("a write has ended");
    /// assert_eq!(report.model("Order").changed, 1);
    /// # Ok::<_, maintained::Error>(())
    /// ```
    #[must_use]
    pub fn last_flush(&self) -> Option<&FlushReport> {
        self.state.reports.latest.as_ref()
    }

    /// From now on a flush that takes so long is told of by a warning, and not only for those who
    /// debug.
    ///
    /// Unless it is set, no flush is too slow.
    ///
    /// ```
    /// # use diesel::prelude::*;
    /// # use maintained_core::{MaintainedConnection};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
    /// conn.set_slow_flush(std::time::Duration::from_millis(200));
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_slow_flush(&mut self, slow: Duration) {
        self.state.reports.slow = slow;
    }

    /// Works off all pending marks now; the scope, if there is one, goes on.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// conn.buffer_autoupdates(|conn| {
    ///     Item::update(conn, item.id, items::price_cents.eq(500))?;
    ///     let report = conn.flush_autoupdates()?;
    ///     assert_eq!(report.model("Order").changed, 1);
    ///     Ok::<_, maintained::Error>(())
    /// })?;
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// What a setter or the database says; nothing is worked off then.
    pub fn flush_autoupdates(&mut self) -> C::Answer<'_, Result<FlushReport, Error>> {
        C::answer(async {
            if self.state.pending.depth() == 0 {
                self.state.reports.begin();
            }
            self.flush_atomically(None).await
        })
    }

    /// What an event will tell of the flush that is about to begin, if anybody hears it.
    pub(super) fn heading(&self) -> Option<Heading> {
        self.state.reports.is_heard().then(|| Heading {
            mode: self.mode(),
            scopes: self.state.frames.len(),
            labels: words(&self.state.pending),
        })
    }

    /// Keeps what a flush did, and tells of it.
    pub(super) fn tell(&mut self, report: &mut FlushReport, heading: Option<&Heading>) {
        let depth = self.state.pending.depth();
        let reports = &mut self.state.reports;
        report.retries = reports.retries();
        reports.latest.get_or_insert_default().add(report);
        if let Some(rows) = &mut reports.rows {
            rows.push((depth, report.rows.clone()));
        }
        metrics::flushed(report);
        let Some(Heading {
            mode,
            scopes,
            labels,
        }) = heading
        else {
            return;
        };
        let (models, fields) = (models(report), fields::<C>(report));
        macro_rules! tell {
            ($level:expr, $message:literal) => {
                tracing::event!(
                    $level,
                    ?mode,
                    scopes,
                    labels,
                    models,
                    fields,
                    read = report.read(),
                    computed = report.computed(),
                    changed = report.changed(),
                    statements = report.statements,
                    time = ?report.time,
                    retries = report.retries,
                    $message
                )
            };
        }
        if report.time >= reports.slow {
            tell!(Level::WARN, "slow flush");
        } else {
            tell!(Level::DEBUG, "flush");
        }
    }
}

/// What was said to choose the setters that are due.
fn words(pending: &Pending) -> String {
    let word = |choice: &Choice| match choice {
        Some(chosen) => chosen.words().to_owned(),
        None => "all".to_owned(),
    };
    let words: Vec<String> = pending.choices().map(word).collect();
    words.join("; ")
}

/// The models of which anything was computed, by name.
fn models(report: &FlushReport) -> String {
    let computed = report.models.iter().filter(|(_, model)| model.computed > 0);
    let names: Vec<&str> = computed.map(|(name, _)| *name).collect();
    names.join(", ")
}

/// The fields that were computed, as `Model::field`.
fn fields<C: Wrapped>(report: &FlushReport) -> String {
    let Ok(catalog) = Catalog::<C::Db>::get() else {
        return String::new();
    };
    let mut fields = Vec::new();
    for node in &catalog.graph.models {
        let name = node.meta.name;
        let is_due = |setter: &str| report.setters.contains_key(&(name, setter));
        for setter in node.setters.iter().filter(|setter| is_due(setter.name)) {
            let columns = setter.fields.iter();
            fields.extend(columns.map(|at| format!("{name}::{}", node.meta.columns[at].field)));
        }
    }
    fields.join(", ")
}
