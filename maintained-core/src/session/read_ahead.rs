//! Rows that are locked and read ahead of a write, so that its flush reads them no more.
//!
//! Nobody else changes a row that is locked, so it stays as it was read until the library writes
//! it. Each statement that writes says of which model, and the rows of that model are forgotten.

use hashbrown::HashMap;

use crate::declare::arena::{Arenas, Id};
use crate::declare::lock::Lock;
use crate::graph::{Graph, ModelIndex, Relation};
use crate::rows::RowSet;
use crate::rows::select::Found;
use crate::sql::Dialect;

/// What a statement changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// Rows of a model, which stay.
    Rows(ModelIndex),
    /// Rows of a model, which go: the database changes what hangs on them. Rows that do so by a
    /// foreign key which no rule reads stay as they are for all rules.
    Deleted(ModelIndex),
    /// Whatever it may be.
    Any,
}

/// Rows of some models, as they are in the database, each locked.
pub(crate) struct ReadAhead<DB: Dialect> {
    models: HashMap<ModelIndex, Rows<DB>>,
}

/// The rows of one model.
struct Rows<DB: Dialect> {
    lock: Lock,
    found: Found<DB>,
}

impl<DB: Dialect> Default for ReadAhead<DB> {
    fn default() -> Self {
        Self {
            models: HashMap::new(),
        }
    }
}

impl<DB: Dialect> ReadAhead<DB> {
    /// Keeps rows of a model that are locked so strongly. Those that were kept before are forgotten.
    pub(crate) fn add(
        &mut self,
        arenas: &mut Arenas,
        (model, lock): (ModelIndex, Lock),
        rows: Box<dyn RowSet<DB>>,
    ) {
        let arena = arenas.get_mut(model);
        let ids = (0..rows.len()).map(|row| rows.id(row, arena)).collect();
        let found = Found { ids, rows };
        self.models.insert(model, Rows { lock, found });
    }

    /// Gives some rows away, if all of them are kept, in whatever order.
    pub(super) fn take(&mut self, model: ModelIndex, ids: &[Id], lock: Lock) -> Option<Found<DB>> {
        let kept = self.models.get_mut(&model)?;
        let places = kept.places(ids, lock)?;
        let rows = kept.found.rows.split_off(&places);
        let mut place = 0;
        let mut taken = Vec::with_capacity(places.len());
        kept.found.ids.retain(|&id| {
            let is_taken = places.contains(&place);
            place += 1;
            if is_taken {
                taken.push(id);
            }
            !is_taken
        });
        Some(Found { ids: taken, rows })
    }

    /// Whether all of some rows are kept.
    pub(super) fn has(&self, model: ModelIndex, ids: &[Id], lock: Lock) -> bool {
        let kept = self.models.get(&model);
        kept.is_some_and(|kept| kept.places(ids, lock).is_some())
    }

    /// The parents that some rows name, as (row, parent), if all of the rows are kept.
    pub(super) fn parents(
        &self,
        (relation, parent): (Relation, ModelIndex),
        ids: &[Id],
        lock: Lock,
        arenas: &mut Arenas,
    ) -> Option<Vec<(Id, Id)>> {
        let kept = self.models.get(&relation.child)?;
        let places = kept.places(ids, lock)?;
        let arena = arenas.get_mut(parent);
        let named = places.into_iter().filter_map(|at| {
            let named = kept.found.rows.parent_id(at, relation.index, arena)?;
            Some((kept.found.ids[at], named))
        });
        Some(named.collect())
    }

    /// Forgets what a statement changes.
    pub(super) fn forget(&mut self, graph: &Graph, writes: Writes) {
        match writes {
            Writes::Rows(model) => drop(self.models.remove(&model)),
            Writes::Deleted(model) => {
                let below = &graph.models[model].below;
                self.models.retain(|model, _| !below.contains(model));
            }
            Writes::Any => self.models.clear(),
        }
    }
}

impl<DB: Dialect> Rows<DB> {
    /// The places of some rows, in order, if all of them are there and locked so strongly.
    fn places(&self, ids: &[Id], lock: Lock) -> Option<Vec<usize>> {
        if lock > self.lock || ids.is_empty() {
            return None;
        }
        let place = |id| self.found.ids.iter().position(|known| known == id);
        let mut places: Vec<usize> = ids.iter().map(place).collect::<Option<_>>()?;
        places.sort_unstable();
        Some(places)
    }
}
