//! Rows that hang on rows that may go: what the database deletes or nulls along with them.
//!
//! A cascade leaves no trace that a statement returns. So the rows that hang on the rows of a statement, and those
//! that hang on them, are read before it and again after it. Whoever is gone or has changed leaves marks like any
//! written row.

use std::collections::{HashMap, HashSet};

use crate::arena::Id;
use crate::backend::{Database, Lock};
use crate::change::{Change, Recorder};
use crate::columns::ColumnSet;
use crate::error::Error;
use crate::graph::{ModelIndex, Relation, Step};
use crate::rows::{Image, RowSet};
use crate::session::{Found, Session};

/// Rows by model and id.
pub(crate) type Rows = HashSet<(ModelIndex, Id)>;

/// The images of some rows of one model, before and after a statement.
struct Images<C: Database> {
    model: ModelIndex,
    /// The rows that are meant, by their place in the set.
    rows: Vec<(Id, usize)>,
    before: Box<dyn RowSet<C>>,
    after: Option<After<C>>,
}

/// Rows as they are after a statement, by their ids.
struct After<C: Database> {
    places: HashMap<Id, usize>,
    rows: Box<dyn RowSet<C>>,
}

impl<C: Database> Images<C> {
    fn new(model: ModelIndex, found: Found<C>) -> Self {
        Self {
            model,
            rows: found.ids.into_iter().zip(0..).collect(),
            before: found.rows,
            after: None,
        }
    }

    fn ids(&self) -> Vec<Id> {
        self.rows.iter().map(|&(id, _)| id).collect()
    }

    /// Reads the rows again, and says which are gone.
    fn read_again(&mut self, session: &mut Session<'_, C>) -> Result<Vec<Id>, Error> {
        let ids = self.ids();
        let found = session.rows(self.model, &ids, Lock::None)?;
        let places: HashMap<Id, usize> = found.ids.into_iter().zip(0..).collect();
        let gone = ids.into_iter().filter(|id| !places.contains_key(id));
        let gone = gone.collect();
        self.after = Some(After {
            places,
            rows: found.rows,
        });
        Ok(gone)
    }

    /// Leaves the marks of what happened to them.
    fn record(&self, recorder: &mut Recorder<'_>, gone: &Rows) {
        let parents = &recorder.graph.models[self.model].parents;
        for &(id, row) in &self.rows {
            let before = Image::new(&*self.before, row);
            let after = self.after.as_ref().and_then(|after| {
                let &row = after.places.get(&id)?;
                Some(Image::new(&*after.rows, row))
            });
            recorder.record(self.model, Some(before), after);
            let Some(after) = after else {
                continue;
            };
            for (index, &parent) in parents.iter().enumerate() {
                let arena = recorder.arenas.get_mut(parent);
                let named = after.set.parent_id(after.row, index, arena);
                if named.is_some_and(|named| gone.contains(&(parent, named))) {
                    let child = self.model;
                    recorder.orphan(Relation { child, index }, parent, id);
                }
            }
        }
    }
}

impl Recorder<'_> {
    /// Leaves the marks on a row whose parent is gone, though its foreign key still names it: the database does not
    /// enforce it.
    fn orphan(&mut self, relation: Relation, parent: ModelIndex, id: Id) {
        let graph = self.graph;
        let wakes = graph.models[parent].wakes.iter();
        // The slot of any other wake is one of a model further up.
        for wake in wakes.filter(|wake| wake.up.is_none()) {
            if let Some((Step::Down(along), next)) = graph.models[parent].slots[wake.slot].walk
                && along == relation
            {
                self.pending.mark(self.layer, relation.child, id, next);
            }
        }
    }
}

/// What a statement may take along: the images of some rows, and of all that hang on them, level by level.
pub(crate) struct Hanging<C: Database>(Vec<Images<C>>);

impl<C: Database> Hanging<C> {
    /// Reads what hangs on the rows, before the statement.
    pub(crate) fn on(
        session: &mut Session<'_, C>,
        model: ModelIndex,
        roots: Found<C>,
    ) -> Result<Self, Error> {
        let mut known: Rows = roots.ids.iter().map(|&id| (model, id)).collect();
        let mut levels = vec![Images::new(model, roots)];
        let mut at = 0;
        while at < levels.len() {
            let (parent, ids) = (levels[at].model, levels[at].ids());
            at += 1;
            if ids.is_empty() {
                continue;
            }
            for relation in &session.catalog.graph.models[parent].dependents {
                let children = session.children(*relation, &ids, Lock::Update)?;
                let mut children = Images::new(relation.child, children);
                children
                    .rows
                    .retain(|&(id, _)| known.insert((relation.child, id)));
                levels.push(children);
            }
        }
        Ok(Self(levels))
    }

    /// The rows that hang on others, with the foreign keys by which they may: the database may null these, or give them their
    /// default.
    pub(crate) fn nulled(
        &self,
        session: &Session<'_, C>,
    ) -> Vec<(ModelIndex, Vec<(Id, ColumnSet)>)> {
        let graph = &session.catalog.graph;
        let hanging = self.0.iter().skip(1);
        let hanging = hanging.filter(|images| !graph.models[images.model].unsettled.is_empty());
        let hanging = hanging.map(|images| {
            let relations = graph.models.iter().flat_map(|node| &node.dependents);
            let meta = graph.models[images.model].meta;
            let keys = relations.filter(|relation| relation.child == images.model);
            let keys = keys.map(|relation| meta.relations[relation.index].column);
            let keys = keys.fold(ColumnSet::NONE, ColumnSet::with);
            let rows = images.ids().into_iter().map(|id| (id, keys));
            (images.model, rows.collect())
        });
        hanging.collect()
    }

    /// The ids of the rows on which all others hang.
    pub(crate) fn roots(&self) -> HashSet<Id> {
        self.0
            .first()
            .map(|roots| roots.ids().into_iter().collect())
            .unwrap_or_default()
    }

    /// Reads them again, after the statement.
    pub(crate) fn read_again(&mut self, session: &mut Session<'_, C>) -> Result<Rows, Error> {
        let mut gone = Rows::new();
        for images in &mut self.0 {
            let model = images.model;
            gone.extend(
                images
                    .read_again(session)?
                    .into_iter()
                    .map(|id| (model, id)),
            );
        }
        Ok(gone)
    }

    /// Leaves the marks of all of them.
    pub(crate) fn record(&self, recorder: &mut Recorder<'_>, gone: &Rows) {
        for images in &self.0 {
            images.record(recorder, gone);
        }
    }
}

impl Change {
    /// A row that was changed by other means, nobody knows how.
    pub(crate) const TOUCHED: [Self; 2] = [Self::Inserted, Self::Updated(ColumnSet::ALL)];
}
