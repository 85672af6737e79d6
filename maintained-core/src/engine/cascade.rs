//! Rows that hang on rows that may go: what the database deletes or nulls along with them.
//!
//! A cascade leaves no trace that a statement returns. So the rows that hang on the rows of a
//! statement, and those that hang on them, are read before it and again after it. Whoever is gone
//! or has changed leaves marks like any written row.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::error::Error;
use crate::graph::{Graph, ModelIndex, Relation, Step};
use crate::marks::change::Recorder;
use crate::rows::select::Found;
use crate::rows::{Image, RowSet};
use crate::session::Session;
use crate::sql::Dialect;
use crate::sql::statement::Statement;
use crate::wire::Wire;

/// Rows as they are at one time, and all that hangs on them.
pub(crate) struct Hanging<C: Wire> {
    levels: Vec<Images<C>>,
    /// The level of each row, and its place in that level's set.
    places: HashMap<(ModelIndex, Id), (usize, usize)>,
    /// Rows that were there at an earlier time and are not by now. Their keys may be used again.
    lost: BTreeMap<ModelIndex, Vec<Id>>,
}

/// The relation whose children are read as their parents are deleted, where that may take but one
/// statement: nothing hangs on any child, and none has to give up a value first.
pub(crate) fn may_read_with_delete<DB: Dialect>(
    graph: &Graph,
    model: ModelIndex,
) -> Option<Relation> {
    let relations = &graph.models[model].dependents;
    let is_last = |relation: &Relation| {
        let node = &graph.models[relation.child];
        node.dependents.is_empty() && node.unsettled.is_empty()
    };
    let is_fit = DB::WRITES_IN_QUERIES && relations.iter().all(is_last);
    relations.last().copied().filter(|_| is_fit)
}

/// The same, where it does: a table with rules takes no `DELETE` inside of a query, and what
/// triggers do to the children is not to matter.
pub(crate) async fn read_with_delete<C: Wire>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
) -> Result<Option<Relation>, Error> {
    let graph = &session.catalog.graph;
    let Some(last) = may_read_with_delete::<C::Db>(graph, model) else {
        return Ok(None);
    };
    let children = graph.models[model].dependents.iter().map(|it| it.child);
    let is_plain = session.are_plain(std::iter::once(model).chain(children));
    Ok(is_plain.await?.then_some(last))
}

/// The images of some rows of one model.
struct Images<C: Wire> {
    model: ModelIndex,
    /// The rows, and their places in the set, which may hold others that an earlier level has.
    rows: Vec<(Id, usize)>,
    set: Box<dyn RowSet<C::Db>>,
}

impl<C: Wire> Images<C> {
    fn ids(&self) -> Vec<Id> {
        self.rows.iter().map(|&(id, _)| id).collect()
    }
}

impl<C: Wire> Hanging<C> {
    fn none() -> Self {
        Self {
            levels: Vec::new(),
            places: HashMap::new(),
            lost: BTreeMap::new(),
        }
    }

    /// The rows, and what hangs on them by now.
    pub(crate) async fn on(
        session: &mut Session<'_, C>,
        model: ModelIndex,
        roots: Found<C::Db>,
    ) -> Result<Self, Error> {
        let mut hanging = Self::none();
        hanging.add(model, roots);
        hanging.grow(session, 0).await?;
        Ok(hanging)
    }

    /// The same with rows that are deleted by the statement which reads the last of what hangs on
    /// them. It sees all that there was before.
    pub(crate) async fn on_deleted(
        session: &mut Session<'_, C>,
        (model, last): (ModelIndex, Relation),
        roots: Found<C::Db>,
        delete: Statement<'_, C::Db>,
    ) -> Result<Self, Error> {
        let ids = roots.ids.clone();
        let mut hanging = Self::none();
        hanging.add(model, roots);
        let relations = session.catalog.graph.models[model].dependents.iter();
        for &relation in relations.filter(|relation| **relation != last) {
            let children = session.children(relation, &ids, Lock::Update).await?;
            hanging.add(relation.child, children);
        }
        let children = session.children_of_deleted(last, &ids, delete).await?;
        hanging.add(last.child, children);
        Ok(hanging)
    }

    /// The same rows and the roots, as they are by now, and what hangs on any of them.
    pub(crate) async fn anew(
        &self,
        session: &mut Session<'_, C>,
        model: ModelIndex,
        roots: Found<C::Db>,
    ) -> Result<Self, Error> {
        let mut now = Self::on(session, model, roots).await?;
        for (model, mut left) in self.known() {
            // Rows that the roots do not lead to any more.
            left.retain(|&id| !now.has(model, id));
            if left.is_empty() {
                continue;
            }
            session.arenas.get(model).sort(&mut left);
            let found = session.rows(model, &left, Lock::Update).await?;
            let from = now.levels.len();
            now.add(model, found);
            now.grow(session, from).await?;
        }
        for (model, ids) in self.known() {
            let lost: Vec<Id> = ids.into_iter().filter(|&id| !now.has(model, id)).collect();
            now.lost.entry(model).or_default().extend(lost);
        }
        Ok(now)
    }

    /// The same rows as they are after the last statement that could have changed them. They are
    /// locked already.
    pub(crate) async fn again(&self, session: &mut Session<'_, C>) -> Result<Self, Error> {
        let mut now = Self::none();
        for (model, ids) in self.known() {
            now.add(model, session.rows(model, &ids, Lock::None).await?);
        }
        Ok(now)
    }

    /// What is left of the rows after the first of them were deleted. One statement asks where there
    /// is any: most often the database has taken all of them along.
    pub(crate) async fn left(&self, session: &mut Session<'_, C>) -> Result<Self, Error> {
        let asked: Vec<_> = self.known().collect();
        let Some(are_left) = session.are_there(&asked).await? else {
            return self.again(session).await;
        };
        let mut now = Self::none();
        for ((model, ids), is_left) in asked.into_iter().zip(are_left) {
            if is_left {
                now.add(model, session.rows(model, &ids, Lock::None).await?);
            }
        }
        Ok(now)
    }

    /// The rows that hang on others, with the foreign keys by which they may do so: the database
    /// may null these keys, or give them their default.
    pub(crate) fn nulled(
        &self,
        session: &Session<'_, C>,
    ) -> Vec<(ModelIndex, Vec<(Id, ColumnSet)>)> {
        let graph = &session.catalog.graph;
        // The first level is the roots, which go themselves.
        let hanging = self.levels.iter().skip(1);
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

    /// Adds rows, but not those that are there already.
    pub(crate) fn add(&mut self, model: ModelIndex, found: Found<C::Db>) {
        let level = self.levels.len();
        let mut rows: Vec<(Id, usize)> = found.ids.into_iter().zip(0..).collect();
        rows.retain(|&(id, row)| {
            let is_new = !self.has(model, id);
            if is_new {
                self.places.insert((model, id), (level, row));
            }
            is_new
        });
        let set = found.rows;
        self.levels.push(Images { model, rows, set });
    }

    /// Adds what hangs on the rows from a level on, level by level.
    async fn grow(&mut self, session: &mut Session<'_, C>, from: usize) -> Result<(), Error> {
        let mut at = from;
        while at < self.levels.len() {
            let (parent, ids) = (self.levels[at].model, self.levels[at].ids());
            at += 1;
            if ids.is_empty() {
                continue;
            }
            // These rows are locked by now, so that nothing comes to hang on them meanwhile.
            for relation in &session.catalog.graph.models[parent].dependents {
                let children = session.children(*relation, &ids, Lock::Update).await?;
                self.add(relation.child, children);
            }
        }
        Ok(())
    }

    /// The rows that are there, and those that were there before, by model.
    fn known(&self) -> impl Iterator<Item = (ModelIndex, Vec<Id>)> {
        let levels = self.levels.iter().map(|it| (it.model, it.ids()));
        let lost = self.lost.iter().map(|(&model, ids)| (model, ids.clone()));
        levels.chain(lost).filter(|(_, ids)| !ids.is_empty())
    }

    fn has(&self, model: ModelIndex, id: Id) -> bool {
        self.places.contains_key(&(model, id))
    }

    /// Whether a row is not there by now.
    fn has_lost(&self, now: &Self, model: ModelIndex, id: Id) -> bool {
        self.has(model, id) && !now.has(model, id)
    }

    fn image(&self, model: ModelIndex, id: Id) -> Option<Image<'_, C::Db>> {
        let &(level, row) = self.places.get(&(model, id))?;
        Some(Image::new(&*self.levels[level].set, row))
    }

    /// Leaves the marks of what has happened to the rows, given how they are by now. A row that is
    /// gone gets none: nothing is left to be computed there, or to be reached from there.
    pub(crate) fn record(&self, recorder: &mut Recorder<'_>, now: &Self) {
        // A row that was not known may be one that has gone, under another spelling of its key.
        let known_now = now.places.keys();
        let unknown = known_now.filter(|(model, id)| !self.has(*model, *id));
        let unknown: HashSet<ModelIndex> = unknown.map(|(model, _)| *model).collect();
        let is_gone = |model, id| self.has_lost(now, model, id) && !unknown.contains(&model);
        for images in &self.levels {
            let model = images.model;
            for &(id, row) in &images.rows {
                let before = Image::new(&*images.set, row);
                let after = now.image(model, id);
                recorder.record_but(model, Some(before), after, is_gone);
                if let Some(after) = after {
                    self.record_orphan(recorder, now, (model, id), after);
                }
            }
        }
        for (&model, ids) in &self.lost {
            self.record_new(recorder, now, model, ids);
        }
    }

    /// Leaves the marks of rows that were not known before.
    pub(crate) fn record_new(
        &self,
        recorder: &mut Recorder<'_>,
        now: &Self,
        model: ModelIndex,
        ids: &[Id],
    ) {
        for &id in ids.iter().filter(|&&id| !self.has(model, id)) {
            if let Some(image) = now.image(model, id) {
                recorder.touch(model, image);
            }
        }
    }

    /// Leaves marks on a row if it still names a parent that has gone: then the database does not
    /// enforce the foreign key.
    fn record_orphan(
        &self,
        recorder: &mut Recorder<'_>,
        now: &Self,
        (child, id): (ModelIndex, Id),
        image: Image<'_, C::Db>,
    ) {
        let parents = &recorder.graph.models[child].parents;
        for (index, &parent) in parents.iter_enumerated() {
            let arena = recorder.arenas.get_mut(parent);
            let named = image.set.parent_id(image.row, index, arena);
            if named.is_some_and(|named| self.has_lost(now, parent, named)) {
                recorder.orphan(Relation { child, index }, parent, id);
            }
        }
    }
}

impl Recorder<'_> {
    /// Leaves the marks on a row whose parent is gone, though its foreign key still names it.
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
