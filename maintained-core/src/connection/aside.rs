//! A flush that goes on without the rows that cannot be computed.

use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::error::Error;
use crate::marks::aside::{Aside, Mark, Unable};
use crate::report::FlushReport;

/// What came of a flush that sets rows aside.
pub(crate) struct Flushed {
    pub(crate) report: FlushReport,
    /// The marks of the rows that could not be computed.
    pub(crate) left: Vec<Mark>,
    /// The error that says so.
    pub(crate) error: Option<Error>,
}

impl<C: Wrapped> MaintainedConnection<C> {
    /// Works off the pending marks of all rows that can be computed, within the level that is open.
    pub(crate) async fn flush_what_can_be(&mut self) -> Result<Flushed, Error> {
        // The ids of what is left out must mean the same at each try.
        self.state.pending.hold_ids();
        let mut aside = Aside::default();
        let mut first = None;
        loop {
            let level = self.level().await?;
            // What fails before this, or is not waited for, leaves nothing out.
            level.conn.state.aside = Some(aside);
            let flushed = level.conn.flush(None).await;
            let flushed = level.end(flushed).await;
            aside = self.state.aside.take().unwrap_or_default();
            match flushed {
                Ok(report) => {
                    let rows = self.describe(&aside)?;
                    let error = first.map(|source| Error::SetAside { rows, source });
                    let left = aside.marks;
                    return Ok(Flushed {
                        report,
                        left,
                        error,
                    });
                }
                Err(error) if aside.grow() => {
                    first.get_or_insert_with(|| Box::new(error));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The rows that were left out, each with its model and its key.
    fn describe(&self, aside: &Aside) -> Result<Vec<String>, Error> {
        let graph = &Catalog::<C::Db>::get()?.graph;
        let row = |&(unit, id): &Unable| {
            let model = graph.units[unit].model;
            let key = self.state.arenas.get(model).describe(id);
            format!("`{}` {key}", graph.models[model].meta.name)
        };
        let mut rows: Vec<String> = aside.rows.iter().map(row).collect();
        rows.sort_unstable();
        rows.dedup();
        Ok(rows)
    }
}
