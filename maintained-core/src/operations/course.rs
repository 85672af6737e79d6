//! What the table `maintained_fields` is told of a rebuild: its beginning, how far it is, its end.

use parking_lot::Mutex;

use super::batches::Cursor;
use super::definitions::{Definition, definitions_of};
use super::line::{Batch, Line};
use super::passes::Pass;
use super::report::Report;
use super::table::{self, Recorded};
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::session::Session;

/// What is noted of a pass.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// The fields of which the table `maintained_fields` is told, where there is one.
    fields: Vec<Definition>,
    /// How many failures there were before it.
    pub(super) failures: usize,
}

impl Course {
    /// Whether all rows of the pass could be computed so far.
    pub(super) fn is_whole(&self, report: &Report) -> bool {
        report.failures.len() == self.failures
    }

    /// Notes that the pass has come to its end. Rows that could not be computed are left for
    /// another one, from the first row on.
    pub(super) async fn end<C: Wrapped>(
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

/// A batch along with which is noted how far the rebuild is.
pub(super) struct Noting<'c> {
    pub(super) course: &'c Course,
    pub(super) line: &'c Mutex<Line>,
    pub(super) batch: &'c Batch,
}

impl<'c> Noting<'c> {
    /// What is to be noted once the batch is computed. It is asked for as late as can be: whoever
    /// notes what was true a while ago takes back what other jobs have noted since.
    pub(super) fn now(&self) -> Option<Advance<'c>> {
        let fields = &*self.course.fields;
        let line = self.line.lock();
        // A rebuild that is interrupted goes on with the rows that were left out.
        if fields.is_empty() || !self.course.is_whole(&line.report) {
            return None;
        }
        let cursor = line.safe_with(self.batch)?;
        Some(Advance { fields, cursor })
    }
}

/// How far a rebuild is.
pub(super) struct Advance<'c> {
    fields: &'c [Definition],
    cursor: Cursor,
}

impl<C: Wrapped> Task<C> for Advance<'_> {
    type Output = ();

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<(), Error> {
        table::advance(session, self.fields, &self.cursor).await
    }
}

/// The beginning of a rebuild.
pub(super) struct Begin<'o> {
    pub(super) pass: &'o Pass,
}

impl<C: Wrapped> Task<C> for Begin<'_> {
    type Output = (Course, Option<Cursor>);

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Self::Output, Error> {
        if !table::is_there(session).await? {
            return Ok(Default::default());
        }
        let graph = &session.catalog.graph;
        let fields = definitions_of(graph, self.pass.model, self.pass.setters())?;
        let recorded = table::read(session).await?;
        let cursor = interrupted(&fields, &recorded);
        if cursor.is_none() {
            table::begin(session, &fields).await?;
        }
        let course = Course {
            fields,
            failures: 0,
        };
        Ok((course, cursor))
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
