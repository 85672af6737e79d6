//! Going through the batches of an operation.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use super::batches::{self, Cursor};
use super::definitions::{Definition, definitions_of};
use super::look::look;
use super::passes::Pass;
use super::report::{Failure, Progress, Report};
use super::settle::{Settled, Wanted, settle};
use super::table::{self, Recorded};
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
        let mut course = self.course(conn, pass)?;
        let known = report.failures.len();
        loop {
            let Some(seen) = self.batch_again(conn, pass, &mut course, report)? else {
                return course.end(conn, report.failures.len() == known);
            };
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

    /// Where a pass begins: behind the last row of a rebuild that was interrupted, if there was one.
    fn course(&self, conn: &mut MaintainedConnection<C>, pass: &Pass) -> Result<Course, Error> {
        if self.action != Action::Rebuild || !self.conditions.is_empty() {
            return Ok(Course::default());
        }
        conn.atomically(|conn| {
            conn.at_work(|session, _| {
                if !table::is_there(session)? {
                    return Ok(Course::default());
                }
                let graph = &session.catalog.graph;
                let fields = definitions_of(graph, pass.model, pass.setters())?;
                let recorded = table::read(session)?;
                let cursor = interrupted(&fields, &recorded);
                if cursor.is_none() {
                    table::begin(session, &fields)?;
                }
                Ok(Course { fields, cursor })
            })
        })
    }

    /// Runs a batch, and where the database refuses it, runs it again.
    fn batch_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        course: &mut Course,
        report: &mut Report,
    ) -> Result<Option<usize>, Error> {
        let mut times = 0;
        loop {
            match self.run_batch(conn, pass, course) {
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
                    course.cursor = Some(cursor);
                    // No transaction has ended where nothing differed, and the keys of a table are many.
                    conn.settle();
                    return Ok(Some(seen));
                }
            }
        }
    }

    fn run_batch(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        course: &Course,
    ) -> Result<Option<(Settled, usize, Cursor)>, Error> {
        let after = course.cursor.as_ref();
        let batch = conn.at_work(|session, _| batches::next(session, self, pass.model, after))?;
        let Some((ids, cursor)) = batch else {
            return Ok(None);
        };
        let wanted = Wanted {
            keep: self.action != Action::Check,
            compare: self.action != Action::Rebuild,
        };
        if self.action == Action::Rebuild {
            let settled = settle(conn, pass, &ids, wanted, course.noted(&cursor))?;
            return Ok(Some((settled, ids.len(), cursor)));
        }
        let found = conn.at_work(|session, _| look(session, pass, &ids))?;
        let failure = match found.error {
            Some(error) => Some(Failure {
                rows: describe(conn, pass, &found.failing)?,
                error: error.to_string(),
            }),
            None => None,
        };
        let mut differing: Vec<Id> = found.differing.into_iter().collect();
        conn.state.arenas.get(pass.model).sort(&mut differing);
        let mut settled = if differing.is_empty() {
            Settled::default()
        } else {
            settle(conn, pass, &differing, wanted, None)?
        };
        settled.failures.extend(failure);
        Ok(Some((settled, ids.len(), cursor)))
    }

    fn add(&self, report: &mut Report, settled: Settled) {
        report.differing += settled.differing;
        report.written += settled.written;
        let room = self.keep.saturating_sub(report.differences.len());
        let kept = settled.differences.into_iter().take(room);
        report.differences.extend(kept);
        report.failures.extend(settled.failures);
    }
}

/// How far a pass is.
#[derive(Debug, Default)]
struct Course {
    /// The fields of which the table `maintained_fields` is told, where there is one.
    fields: Vec<Definition>,
    /// The last row that is done.
    cursor: Option<Cursor>,
}

impl Course {
    /// What is noted along with a batch.
    fn noted<'c>(&'c self, cursor: &'c Cursor) -> Option<(&'c [Definition], &'c Cursor)> {
        (!self.fields.is_empty()).then_some((&*self.fields, cursor))
    }

    /// Notes that the pass has come to its end. Rows that could not be computed are left for another one, from the first
    /// row on.
    fn end<C: Database>(
        &self,
        conn: &mut MaintainedConnection<C>,
        is_whole: bool,
    ) -> Result<(), Error> {
        if self.fields.is_empty() {
            return Ok(());
        }
        conn.atomically(|conn| {
            conn.at_work(|session, _| {
                if is_whole {
                    table::record(session, &self.fields)
                } else {
                    table::begin(session, &self.fields)
                }
            })
        })
    }
}

/// Where a rebuild of these fields, by the definitions that they have now, was interrupted.
fn interrupted(fields: &[Definition], recorded: &[Recorded]) -> Option<Cursor> {
    let cursor = |field: &Definition| {
        let known = recorded.iter().find(|known| {
            (known.model.as_str(), known.field.as_str()) == (&field.model, field.field)
        })?;
        let goes_on = !known.is_current && known.hash == field.hash;
        known.cursor.clone().filter(|_| goes_on)
    };
    let first = cursor(fields.first()?)?;
    let is_same = |field| cursor(field).as_ref() == Some(&first);
    fields.iter().all(is_same).then_some(first)
}

fn describe<C: Database>(
    conn: &MaintainedConnection<C>,
    pass: &Pass,
    ids: &BTreeSet<Id>,
) -> Result<Vec<String>, Error> {
    let meta = Catalog::<C>::get()?.graph.models[pass.model].meta;
    let arena = conn.state.arenas.get(pass.model);
    let row = |&id: &Id| format!("`{}` {}", meta.name, arena.describe(id));
    Ok(ids.iter().map(row).collect())
}
