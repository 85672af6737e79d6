//! Rows that cannot be computed: set aside, so that all others can.
//!
//! A flush stops at the first of them. It is undone and run again without the rows that it named,
//! whose marks are kept.

use hashbrown::HashSet;

use crate::arena::Id;
use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::graph::{Choice, ModelIndex, SlotIndex};
use crate::plan::Circular;
use crate::registry::Catalog;
use crate::report::FlushReport;
use crate::session::Session;
use crate::wire::Wire;

/// A mark: by which choice of labels, on which row, for which slot.
pub(crate) type Mark = (Choice, ModelIndex, Id, SlotIndex);

/// A row, and the unit that cannot be computed for it, by its position.
pub(crate) type Unable = (usize, Id);

/// What a flush sets aside.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    /// What is left out.
    pub(crate) rows: HashSet<Unable>,
    /// The marks that were found on these rows.
    pub(crate) marks: Vec<Mark>,
    /// What could not be computed in this flush, which has failed for it.
    pub(crate) failed: Vec<Unable>,
}

/// What came of a flush that sets rows aside.
pub(crate) struct Flushed {
    pub(crate) report: FlushReport,
    /// The marks of the rows that could not be computed.
    pub(crate) left: Vec<Mark>,
    /// The error that says so.
    pub(crate) error: Option<Error>,
}

impl Aside {
    /// Leaves out what has failed from now on, and says whether that is more than before.
    fn grow(&mut self) -> bool {
        self.marks.clear();
        let known = self.rows.len();
        self.rows.extend(self.failed.drain(..));
        self.rows.len() > known
    }
}

/// The error for rows of a tree that are in a loop.
pub(crate) fn of_loop<C: Wire>(session: &mut Session<'_, C>, circular: &Circular) -> Error {
    for &id in &circular.ids {
        session.note_unable(circular.unit, id);
    }
    Error::Loop {
        model: session.catalog.graph.models[circular.model].meta.name,
        keys: circular
            .ids
            .iter()
            .map(|&id| session.describe(circular.model, id))
            .collect(),
    }
}

impl<C: Wire> MaintainedConnection<C> {
    /// Works off the pending marks of all rows that can be computed, within the level that is open.
    pub(crate) async fn flush_what_can_be(&mut self) -> Result<Flushed, Error> {
        // The ids of what is left out must mean the same at each try.
        self.state.pending.hold_ids();
        let mut aside = Aside::default();
        let mut first = None;
        loop {
            self.state.aside = Some(aside);
            let level = self.level().await?;
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
