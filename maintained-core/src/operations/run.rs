//! Going through the batches of an operation.

use std::time::Duration;

use parking_lot::Mutex;

use super::batches::{Count, Cursor, Next, Sorted};
use super::course::{Begin, Course, Noting};
use super::line::{self, Batch, Line};
use super::passes::Pass;
use super::report::{Failure, Progress, Report, Settled};
use super::{Doing, Operation, RETRIES};
use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::declare::arena::Id;
use crate::error::{Error, ErrorKind};
use crate::report::metrics;

/// How long a job waits for another one, before it looks again.
const WAIT: Duration = Duration::from_millis(5);
/// The longest pause before a batch is run again.
const PAUSE: Duration = Duration::from_millis(100);

/// Whoever works off the batches of a pass, on one connection or several.
pub(super) trait Crew<C: Wrapped>: Send + Sync {
    /// Works off the batches.
    fn work(
        &self,
        operation: &Operation<C>,
        connections: &mut [MaintainedConnection<C>],
        at: At<'_>,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What a crew works at: a pass, what is noted of it, and its batches.
pub(super) type At<'p> = (&'p Pass, &'p Course, &'p Mutex<Line>);

/// The first connection alone.
struct One;

impl<C: Wrapped> Crew<C> for One {
    async fn work(
        &self,
        operation: &Operation<C>,
        connections: &mut [MaintainedConnection<C>],
        at: At<'_>,
    ) -> Result<(), Error> {
        operation.job(first_of(connections)?, at).await
    }
}

/// The connection on which a pass begins and ends.
fn first_of<C: Wrapped>(
    connections: &mut [MaintainedConnection<C>],
) -> Result<&mut MaintainedConnection<C>, Error> {
    let none = "an operation with several jobs needs a connection for each";
    let first = connections.first_mut();
    first.ok_or_else(|| Error::Declaration(none.to_owned()))
}

impl<C: Wrapped> Operation<C> {
    /// Runs the operation.
    ///
    /// Marks that wait in an open scope are worked off first, since what they stand for is not
    /// stale.
    ///
    /// ```
    /// # use docs_shop::*;
    /// # let (conn, ada, order, item) = &mut open()?;
    /// use maintained::operations;
    ///
    /// let report = operations::repair().model::<Order>().run(conn)?;
    /// println!("{} of {} rows differed", report.differing, report.seen);
    /// # Ok::<_, maintained::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownModel`], [`Error::UnknownField`], [`Error::UnknownLabel`]; what the database
    /// says. Batches that are done stay done, and the one that failed is undone as a whole.
    pub fn run<'c>(
        &'c self,
        conn: &'c mut MaintainedConnection<C>,
    ) -> C::Answer<'c, Result<Report, Error>> {
        C::answer(self.by(One, std::slice::from_mut(conn)))
    }

    /// Goes through the passes, whose batches a crew works off.
    pub(super) async fn by<W: Crew<C>>(
        &self,
        crew: W,
        connections: &mut [MaintainedConnection<C>],
    ) -> Result<Report, Error> {
        let passes = self.passes(Catalog::<C::Db>::get()?)?;
        for conn in &mut *connections {
            conn.flush_atomically(None).await?;
        }
        let mut report = Report::default();
        for pass in &passes {
            let line = self.begin(first_of(connections)?, pass, report).await?;
            let (course, line) = (line.0, Mutex::new(line.1));
            crew.work(self, connections, (pass, &course, &line)).await?;
            report = line.into_inner().report;
            self.end(first_of(connections)?, &course, &mut report)
                .await?;
        }
        Ok(report)
    }

    /// Begins a pass: what is noted of it, and its batches. The report is that of the passes
    /// before.
    async fn begin(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        mut report: Report,
    ) -> Result<(Course, Line), Error> {
        let mut times = 0;
        let (rows, mut course, cursor) = loop {
            match self.course(conn, pass).await {
                Err(error) => self.refused(error, &mut times).await?,
                Ok(course) => break course,
            }
            report.retries += 1;
        };
        let meta = Catalog::<C::Db>::get()?.graph.models[pass.model].meta;
        let columns = pass.columns(&Catalog::<C::Db>::get()?.graph);
        let progress = Progress {
            model: meta.name,
            fields: columns.iter().map(|&at| meta.columns[at].field).collect(),
            seen: 0,
            rows,
            differing: report.differing,
            written: report.written,
        };
        course.failures = report.failures.len();
        let line = Line::new(cursor, (report, progress), self.keep);
        Ok((course, line))
    }

    /// Works batches off until there are no more.
    pub(super) async fn job(
        &self,
        conn: &mut MaintainedConnection<C>,
        (pass, course, line): At<'_>,
    ) -> Result<(), Error> {
        // Where one job has come to its end, be it by a panic, there is nothing left to hand out.
        let _stop = Stop(line);
        self.batches(conn, pass, course, line).await
    }

    async fn batches(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        course: &Course,
        line: &Mutex<Line>,
    ) -> Result<(), Error> {
        loop {
            let next = line.lock().next();
            let after = match next {
                line::Next::Behind(after) => after,
                line::Next::Wait => {
                    C::pause(WAIT).await;
                    continue;
                }
                line::Next::End => return Ok(()),
            };
            let next = self.ids(conn, pass, (after.as_ref(), None), line).await?;
            let last = next.as_ref().map(|(_, last)| last.clone());
            let Some(batch) = line.lock().take(after, last) else {
                // Another job has taken it, or there are no more rows.
                conn.settle();
                continue;
            };
            let ids = next.map(|(ids, _)| ids).unwrap_or_default();
            let (settled, seen) = self
                .batch_again(conn, (pass, course), (&batch, ids), line)
                .await?;
            // No transaction has ended where nothing differed, and the keys of a table are many.
            conn.settle();
            self.batch_done(line, batch, seen, settled);
            if !self.pause.is_zero() {
                C::pause(self.pause).await;
            }
        }
    }

    fn batch_done(&self, line: &Mutex<Line>, batch: Batch, seen: usize, settled: Settled) {
        // Whoever is told may take long, or wait for a row that another job has locked. So only jobs
        // that have something to tell wait for it, between their batches.
        let tell = self.progress.as_ref().map(Mutex::lock);
        let progress = {
            let mut line = line.lock();
            line.done(batch, seen, settled);
            line.progress.clone()
        };
        if let Some(mut tell) = tell {
            tell(&progress);
        }
    }

    /// Ends a pass, of which all that has been done is reported.
    async fn end(
        &self,
        conn: &mut MaintainedConnection<C>,
        course: &Course,
        report: &mut Report,
    ) -> Result<(), Error> {
        let mut times = 0;
        while let Err(error) = course.end(conn, course.is_whole(report)).await {
            self.refused(error, &mut times).await?;
            report.retries += 1;
        }
        Ok(())
    }

    /// How many rows a pass looks at, and where it begins: behind the last row of a rebuild that was
    /// interrupted, if there was one.
    async fn course(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
    ) -> Result<(usize, Course, Option<Cursor>), Error> {
        let operation = self;
        conn.at_work(&Sorted { pass }).await?;
        let (mut course, mut cursor) = (Course::default(), None);
        if self.action == Doing::Rebuild && self.conditions.is_empty() {
            let level = conn.level().await?;
            let begun = level.conn.at_work(&Begin { pass }).await;
            (course, cursor) = level.end(begun).await?;
        }
        let after = cursor.as_ref();
        let count = Count {
            operation,
            pass,
            after,
        };
        let rows = conn.at_work(&count).await?;
        Ok((rows, course, cursor))
    }

    /// The rows of a batch, between two rows. A database that refuses to read them is asked again.
    async fn ids(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        (after, last): (Option<&Cursor>, Option<&Cursor>),
        line: &Mutex<Line>,
    ) -> Result<Option<(Vec<Id>, Cursor)>, Error> {
        let operation = self;
        let mut times = 0;
        loop {
            let next = Next {
                operation,
                pass,
                after,
                last,
            };
            match conn.at_work(&next).await {
                Err(error) => self.refused(error, &mut times).await?,
                Ok(next) => return Ok(next),
            }
            line.lock().report.retries += 1;
        }
    }

    /// What has failed is done again after a while, if the database has refused it and not too often:
    /// otherwise the error comes back.
    async fn refused(&self, error: Error, times: &mut usize) -> Result<(), Error> {
        if !error.is_retryable() || *times == RETRIES {
            return Err(error);
        }
        tracing::debug!(times, %error, "the database refused a batch, which is run again");
        *times += 1;
        metrics::retried("batch");
        C::pause(PAUSE.mul_f64(fastrand::f64())).await;
        Ok(())
    }

    /// Runs a batch, and where the database refuses it, runs it again; says how many rows it has.
    /// Where a unique value of one of these is taken, be it by a row of another batch, a check looks
    /// without writing, and the others go on with the next batch.
    async fn batch_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        (pass, course): (&Pass, &Course),
        (batch, mut ids): (&Batch, Vec<Id>),
        line: &Mutex<Line>,
    ) -> Result<(Settled, usize), Error> {
        let (mut times, mut is_taken) = (0, false);
        loop {
            let may_write = line.lock().may_write && !is_taken;
            let noting = Noting {
                course,
                line,
                batch,
            };
            match self.run_batch(conn, pass, &ids, noting, may_write).await {
                Err(error) if error.is_retryable() => {
                    self.refused(error, &mut times).await?;
                    line.lock().report.retries += 1;
                }
                Err(error) if may_write && self.can_do_without(&error) => {
                    line.lock().may_write = false;
                }
                Err(error) if may_write && error.kind() == ErrorKind::UniqueViolation => {
                    if self.action != Doing::Check {
                        let failures = vec![taken::<C>(pass, batch, &error)?];
                        let settled = Settled {
                            failures,
                            ..Settled::default()
                        };
                        return Ok((settled, ids.len()));
                    }
                    is_taken = true;
                }
                done => return Ok((done?, ids.len())),
            }
            // With the transaction the ids are gone.
            let between = (batch.after.as_ref(), Some(&batch.last));
            let again = self.ids(conn, pass, between, line).await?;
            ids = again.map(|(ids, _)| ids).unwrap_or_default();
        }
    }

    /// Whether the operation goes on after an error: a check does where nothing can be written.
    fn can_do_without(&self, error: &Error) -> bool {
        self.action == Doing::Check && error.kind() == ErrorKind::ReadOnly
    }
}

/// What is said of a batch, of which a row has to have a unique value that is taken.
fn taken<C: Wrapped>(pass: &Pass, batch: &Batch, error: &Error) -> Result<Failure, Error> {
    let meta = Catalog::<C::Db>::get()?.graph.models[pass.model].meta;
    let behind = batch.after.as_ref();
    let behind = behind.map_or_else(String::new, |after| format!(" behind ({after})"));
    Ok(Failure {
        rows: vec![format!("`{}`{behind} up to ({})", meta.name, batch.last)],
        error: format!(
            "{error}; either two rows come to one value, or a row of another batch still has it: then \
             give a `batch` as large as the table"
        ),
    })
}

/// Ends the handing out of batches when it is dropped.
struct Stop<'l>(&'l Mutex<Line>);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.lock().stop();
    }
}
