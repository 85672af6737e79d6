//! Going through the batches of an operation.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use super::batches::{self, Cursor};
use super::look::look;
use super::passes::Pass;
use super::report::{Failure, Progress, Report};
use super::settle::{Settled, Wanted, settle};
use super::{Action, Operation, RETRIES};
use crate::arena::Id;
use crate::backend::Database;
use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::registry::Catalog;

/// The longest pause before a batch is run again.
const PAUSE: Duration = Duration::from_millis(100);

impl<C: Database> Operation<C> {
    /// Runs the operation.
    ///
    /// Marks that wait in an open scope are worked off first, since what they stand for is not stale.
    ///
    /// # Errors
    /// [`Error::UnknownModel`], [`Error::UnknownField`], [`Error::UnknownLabel`]; what the database says. Batches that are
    /// done stay done, and the one that failed is undone as a whole.
    pub fn run(&self, conn: &mut MaintainedConnection<C>) -> Result<Report, Error> {
        let catalog = Catalog::<C>::get()?;
        let passes = self.passes(catalog)?;
        conn.flush_atomically(None)?;
        let mut report = Report::default();
        for pass in &passes {
            self.pass(conn, pass, &mut report)?;
        }
        Ok(report)
    }

    fn pass(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        report: &mut Report,
    ) -> Result<(), Error> {
        let meta = Catalog::<C>::get()?.graph.models[pass.model].meta;
        let columns = pass.columns(&Catalog::<C>::get()?.graph);
        let mut progress = Progress {
            model: meta.name,
            fields: columns.iter().map(|&at| meta.columns[at].field).collect(),
            seen: 0,
            rows: conn.at_work(|session, _| batches::count(session, self, pass.model))?,
            differing: report.differing,
            written: report.written,
        };
        let mut cursor = None;
        loop {
            let Some((seen, next)) = self.batch_again(conn, pass, cursor.as_ref(), report)? else {
                return Ok(());
            };
            cursor = Some(next);
            progress.seen += seen;
            progress.differing = report.differing;
            progress.written = report.written;
            if let Some(tell) = &self.progress {
                tell(&progress);
            }
            if !self.pause.is_zero() {
                thread::sleep(self.pause);
            }
        }
    }

    /// Runs a batch, and where the database refuses it, runs it again.
    fn batch_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        after: Option<&Cursor>,
        report: &mut Report,
    ) -> Result<Option<(usize, Cursor)>, Error> {
        let mut times = 0;
        loop {
            match self.run_batch(conn, pass, after) {
                Err(error) if error.is_retryable() && times < RETRIES => {
                    tracing::debug!(times, %error, "the database refused a batch, which is run again");
                    thread::sleep(PAUSE.mul_f64(fastrand::f64()));
                    times += 1;
                    report.retries += 1;
                }
                done => {
                    let Some((settled, seen, cursor)) = done? else {
                        return Ok(None);
                    };
                    report.batches += 1;
                    report.seen += seen;
                    self.add(report, settled);
                    return Ok(Some((seen, cursor)));
                }
            }
        }
    }

    fn run_batch(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        after: Option<&Cursor>,
    ) -> Result<Option<(Settled, usize, Cursor)>, Error> {
        let batch = conn.at_work(|session, _| batches::next(session, self, pass.model, after))?;
        let Some((ids, cursor)) = batch else {
            return Ok(None);
        };
        let wanted = Wanted {
            keep: self.action != Action::Check,
            compare: self.action != Action::Rebuild,
        };
        if self.action == Action::Rebuild {
            let settled = settle(conn, pass, &ids, wanted)?;
            return Ok(Some((settled, ids.len(), cursor)));
        }
        let found = conn.at_work(|session, _| look(session, pass, &ids))?;
        let failure = found.error.map(|error| Failure {
            rows: describe(conn, pass, &found.failing),
            error: error.to_string(),
        });
        let mut differing: Vec<Id> = found.differing.into_iter().collect();
        conn.state.arenas.get(pass.model).sort(&mut differing);
        let mut settled = if differing.is_empty() {
            Settled::default()
        } else {
            settle(conn, pass, &differing, wanted)?
        };
        settled.failure = failure.or(settled.failure);
        if !wanted.keep {
            settled.written = 0;
        }
        Ok(Some((settled, ids.len(), cursor)))
    }

    fn add(&self, report: &mut Report, settled: Settled) {
        report.differing += settled.differing;
        report.written += settled.written;
        let room = self.keep.saturating_sub(report.differences.len());
        let kept = settled.differences.into_iter().take(room);
        report.differences.extend(kept);
        report.failures.extend(settled.failure);
    }
}

fn describe<C: Database>(
    conn: &MaintainedConnection<C>,
    pass: &Pass,
    ids: &BTreeSet<Id>,
) -> Vec<String> {
    let arena = conn.state.arenas.get(pass.model);
    ids.iter().map(|&id| arena.describe(id)).collect()
}
