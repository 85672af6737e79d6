//! Rows that are locked and read ahead of a write, so that its flush reads them no more.
//!
//! Nobody else changes a row that is locked, so it stays as it was read until the library writes
//! it. Each statement that writes says of which model, and the rows of that model are forgotten.
//! They are kept as they came: a flush takes whole rows of them, and its hops the columns that they
//! want.

use diesel::deserialize;
use hashbrown::HashMap;

use crate::catalog::Registration;
use crate::declare::arena::{AnyArena, Arenas, Id};
use crate::declare::lock::Lock;
use crate::declare::positions::ColumnIndex;
use crate::graph::{Graph, ModelIndex, Relation};
use crate::rows::RowSet;
use crate::rows::select::Found;
use crate::sql::{Dialect, Results};

/// The error of a database that locks no rows, and so keeps none.
const KEEPS_NONE: &str = "this database keeps no rows";

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
    models: HashMap<ModelIndex, AheadRows<DB>>,
    /// Whether nothing but the library changes what the write and its flush come to.
    pub(crate) is_plain: bool,
}

/// Locked rows of one model, all columns of the model's struct.
pub(crate) struct AheadRows<DB: Dialect> {
    registration: &'static Registration<DB>,
    lock: Lock,
    ids: Vec<Id>,
    kept: DB::Kept,
}

/// Rows that were written by the statement that locked ahead of them: as they were, if they were
/// there, and as they are.
pub(crate) struct WrittenRows<DB: Dialect> {
    pub(crate) before: Option<Box<dyn RowSet<DB>>>,
    pub(crate) after: Box<dyn RowSet<DB>>,
}

impl<DB: Dialect> Default for ReadAhead<DB> {
    fn default() -> Self {
        Self {
            models: HashMap::new(),
            is_plain: false,
        }
    }
}

impl<DB: Dialect> ReadAhead<DB> {
    /// Keeps rows of a model. Those that were kept before are forgotten.
    pub(crate) fn add(&mut self, model: ModelIndex, rows: AheadRows<DB>) {
        self.models.insert(model, rows);
    }

    /// Keeps rows as they were written, in the place of what was kept of its model.
    pub(crate) fn written(
        &mut self,
        model: ModelIndex,
        after: AheadRows<DB>,
    ) -> deserialize::Result<WrittenRows<DB>> {
        let kept = self.models.get(&model);
        let before = kept.and_then(|kept| Some(kept.rows(&kept.places(&after.ids)?)));
        let written = WrittenRows {
            before: before.transpose()?,
            after: after.rows(&(0..after.ids.len()).collect::<Vec<_>>())?,
        };
        self.add(model, after);
        Ok(written)
    }

    /// The rows of a model that are locked so strongly.
    pub(super) fn of(&self, model: ModelIndex, lock: Lock) -> Option<&AheadRows<DB>> {
        let kept = self.models.get(&model);
        kept.filter(|kept| lock <= kept.lock)
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

impl<DB: Dialect> AheadRows<DB> {
    /// No rows yet of a model.
    pub(crate) fn new(registration: &'static Registration<DB>, lock: Lock) -> Self {
        Self {
            registration,
            lock,
            ids: Vec::new(),
            kept: DB::Kept::default(),
        }
    }

    /// How many columns of a result a row takes.
    pub(crate) fn width(&self) -> usize {
        self.registration.width
    }

    /// Keeps the row in the columns of a result that start at a place.
    pub(crate) fn keep(
        &mut self,
        row: &<DB as Results>::Row<'_, '_>,
        at: usize,
        arena: &mut (dyn AnyArena + 'static),
    ) -> deserialize::Result<()> {
        DB::keep(&mut self.kept, row, at, self.registration.width);
        let row = DB::kept_row(&self.kept, self.ids.len(), self.registration.meta.key);
        let row = row.ok_or(KEEPS_NONE)?;
        self.ids.push((self.registration.read_key)(&row, 0, arena)?);
        Ok(())
    }

    /// Some of the rows, in whatever order they are asked for, if all of them are kept.
    pub(super) fn found(&self, ids: &[Id]) -> Option<Found<DB>> {
        let places = self.places(ids)?;
        // What cannot be read is asked for, so that the error comes from there.
        let rows = self.rows(&places).ok()?;
        let ids = places.into_iter().map(|place| self.ids[place]).collect();
        Some(Found { ids, rows })
    }

    /// The rows at some places.
    fn rows(&self, places: &[usize]) -> deserialize::Result<Box<dyn RowSet<DB>>> {
        let mut rows = (self.registration.new_rows)();
        let all: Vec<ColumnIndex> = self.registration.meta.columns.keys().collect();
        for &place in places {
            let row = DB::kept_row(&self.kept, place, &all).ok_or(KEEPS_NONE)?;
            rows.read(&row, 0)?;
        }
        Ok(rows)
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Whether all of some rows are kept.
    pub(super) fn has(&self, ids: &[Id]) -> bool {
        self.places(ids).is_some()
    }

    /// Has some columns of some rows read, if all of these rows are kept.
    pub(super) fn read(
        &self,
        ids: &[Id],
        columns: &[ColumnIndex],
        mut read: impl FnMut(&<DB as Results>::Row<'_, '_>) -> deserialize::Result<()>,
    ) -> Option<deserialize::Result<()>> {
        for place in self.places(ids)? {
            let row = DB::kept_row(&self.kept, place, columns)?;
            if let Err(error) = read(&row) {
                return Some(Err(error));
            }
        }
        Some(Ok(()))
    }

    /// The parents that some rows name, as (row, parent), if all of the rows are kept.
    pub(super) fn parents(
        &self,
        (relation, parent): (Relation, ModelIndex),
        ids: &[Id],
        arenas: &mut Arenas,
    ) -> Option<Vec<(Id, Id)>> {
        let registration = self.registration;
        let foreign_key = [registration.meta.relations[relation.index].column];
        let read = registration.relations[relation.index].read_foreign_key;
        let arena = arenas.get_mut(parent);
        let mut named = Vec::new();
        for place in self.places(ids)? {
            let row = DB::kept_row(&self.kept, place, &foreign_key)?;
            let parent = read(&row, 0, arena).ok()?;
            named.extend(parent.map(|parent| (self.ids[place], parent)));
        }
        Some(named)
    }

    /// The places of some rows, in order, if all of them are there.
    fn places(&self, ids: &[Id]) -> Option<Vec<usize>> {
        if ids.is_empty() {
            return None;
        }
        let place = |id| self.ids.iter().position(|known| known == id);
        let mut places: Vec<usize> = ids.iter().map(place).collect::<Option<_>>()?;
        places.sort_unstable();
        Some(places)
    }
}
