//! Going through the batches of an operation.

use std::collections::BTreeSet;
use std::time::Duration;

use super::batches::{self, Cursor};
use super::definitions::{Definition, definitions_of};
use super::look::{Found, look};
use super::passes::Pass;
use super::report::{Failure, Progress, Report};
use super::settle::{Settled, Wanted, settle};
use super::table::{self, Recorded};
use super::{Doing, Operation, RETRIES};
use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::arena::Id;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::report::metrics;
use crate::session::Session;

/// The longest pause before a batch is run again.
const PAUSE: Duration = Duration::from_millis(100);

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
        C::answer(self.run_all(conn))
    }

    async fn run_all(&self, conn: &mut MaintainedConnection<C>) -> Result<Report, Error> {
        let catalog = Catalog::<C::Db>::get()?;
        let passes = self.passes(catalog)?;
        conn.flush_atomically(None).await?;
        let mut report = Report::default();
        for pass in &passes {
            self.pass(conn, pass, &mut report).await?;
        }
        Ok(report)
    }

    async fn pass(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        report: &mut Report,
    ) -> Result<(), Error> {
        let meta = Catalog::<C::Db>::get()?.graph.models[pass.model].meta;
        let columns = pass.columns(&Catalog::<C::Db>::get()?.graph);
        let mut progress = Progress {
            model: meta.name,
            fields: columns.iter().map(|&at| meta.columns[at].field).collect(),
            seen: 0,
            rows: conn
                .at_work(&Count {
                    operation: self,
                    pass,
                })
                .await?,
            differing: report.differing,
            written: report.written,
        };
        let mut course = self.course(conn, pass).await?;
        let known = report.failures.len();
        loop {
            let Some(seen) = self.batch_again(conn, pass, &mut course, report).await? else {
                return course.end(conn, report.failures.len() == known).await;
            };
            progress.seen += seen;
            progress.differing = report.differing;
            progress.written = report.written;
            if let Some(tell) = &self.progress {
                tell(&progress);
            }
            if !self.pause.is_zero() {
                C::pause(self.pause).await;
            }
        }
    }

    /// Where a pass begins: behind the last row of a rebuild that was interrupted, if there was
    /// one.
    async fn course(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
    ) -> Result<Course, Error> {
        if self.action != Doing::Rebuild || !self.conditions.is_empty() {
            return Ok(Course::default());
        }
        let level = conn.level().await?;
        let course = level.conn.at_work(&Begin { pass }).await;
        level.end(course).await
    }

    /// Runs a batch, and where the database refuses it, runs it again.
    async fn batch_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        course: &mut Course,
        report: &mut Report,
    ) -> Result<Option<usize>, Error> {
        let mut times = 0;
        loop {
            match self.run_batch(conn, pass, course).await {
                Err(error) if error.is_retryable() && times < RETRIES => {
                    tracing::debug!(times, %error, "the database refused a batch, which is run again");
                    C::pause(PAUSE.mul_f64(fastrand::f64())).await;
                    times += 1;
                    metrics::retried("batch");
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

    async fn run_batch(
        &self,
        conn: &mut MaintainedConnection<C>,
        pass: &Pass,
        course: &Course,
    ) -> Result<Option<(Settled, usize, Cursor)>, Error> {
        let after = course.cursor.as_ref();
        let batch = conn
            .at_work(&Next {
                operation: self,
                pass,
                after,
            })
            .await?;
        let Some((ids, cursor)) = batch else {
            return Ok(None);
        };
        let wanted = Wanted {
            keep: self.action != Doing::Check,
            compare: self.action != Doing::Rebuild,
        };
        if self.action == Doing::Rebuild {
            let settled = settle(conn, pass, &ids, wanted, course.noted(&cursor)).await?;
            return Ok(Some((settled, ids.len(), cursor)));
        }
        let found = conn.at_work(&Look { pass, ids: &ids }).await?;
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
            settle(conn, pass, &differing, wanted, None).await?
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

    /// Notes that the pass has come to its end. Rows that could not be computed are left for
    /// another one, from the first row on.
    async fn end<C: Wrapped>(
        &self,
        conn: &mut MaintainedConnection<C>,
        is_whole: bool,
    ) -> Result<(), Error> {
        if self.fields.is_empty() {
            return Ok(());
        }
        let fields = &*self.fields;
        let level = conn.level().await?;
        let noted = level.conn.at_work(&End { fields, is_whole }).await;
        level.end(noted).await
    }
}

/// How many rows a pass has.
struct Count<'o, C: Wrapped> {
    operation: &'o Operation<C>,
    pass: &'o Pass,
}

impl<C: Wrapped> Task<C> for Count<'_, C> {
    type Output = usize;

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<usize, Error> {
        batches::count(session, self.operation, self.pass.model).await
    }
}

/// The rows of the next batch.
struct Next<'o, C: Wrapped> {
    operation: &'o Operation<C>,
    pass: &'o Pass,
    after: Option<&'o Cursor>,
}

impl<C: Wrapped> Task<C> for Next<'_, C> {
    type Output = Option<(Vec<Id>, Cursor)>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Self::Output, Error> {
        batches::next(session, self.operation, self.pass.model, self.after).await
    }
}

/// The first look at a batch.
struct Look<'o> {
    pass: &'o Pass,
    ids: &'o [Id],
}

impl<C: Wrapped> Task<C> for Look<'_> {
    type Output = Found;

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<Found, Error> {
        look(session, self.pass, self.ids).await
    }
}

/// The beginning of a rebuild.
struct Begin<'o> {
    pass: &'o Pass,
}

impl<C: Wrapped> Task<C> for Begin<'_> {
    type Output = Course;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Course, Error> {
        if !table::is_there(session).await? {
            return Ok(Course::default());
        }
        let graph = &session.catalog.graph;
        let fields = definitions_of(graph, self.pass.model, self.pass.setters())?;
        let recorded = table::read(session).await?;
        let cursor = interrupted(&fields, &recorded);
        if cursor.is_none() {
            table::begin(session, &fields).await?;
        }
        Ok(Course { fields, cursor })
    }
}

/// The end of a rebuild.
struct End<'o> {
    fields: &'o [Definition],
    is_whole: bool,
}

impl<C: Wrapped> Task<C> for End<'_> {
    type Output = ();

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<(), Error> {
        if self.is_whole {
            table::record(session, self.fields).await
        } else {
            table::begin(session, self.fields).await
        }
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

fn describe<C: Wrapped>(
    conn: &MaintainedConnection<C>,
    pass: &Pass,
    ids: &BTreeSet<Id>,
) -> Result<Vec<String>, Error> {
    let meta = Catalog::<C::Db>::get()?.graph.models[pass.model].meta;
    let arena = conn.state.arenas.get(pass.model);
    let row = |&id: &Id| format!("`{}` {}", meta.name, arena.describe(id));
    Ok(ids.iter().map(row).collect())
}
