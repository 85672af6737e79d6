//! The rows whose fields have changed, for those who ask for them.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};

use crate::declare::arena::{Arenas, Id};
use crate::declare::key::Key;
use crate::declare::keys::AnyKeys;
use crate::graph::{Graph, ModelIndex};

/// The rows that a flush has changed so far, by their ids.
pub(super) type Noted = BTreeMap<ModelIndex, BTreeSet<Id>>;

/// The keys of rows whose fields have changed, by model.
#[derive(Debug, Default)]
pub(crate) struct ChangedRows(BTreeMap<TypeId, Box<dyn AnyKeys>>);

impl ChangedRows {
    /// The keys of rows that are noted by their ids: to be taken before the arenas are cleared.
    pub(super) fn of(graph: &Graph, arenas: &Arenas, noted: Noted) -> Self {
        let keys = noted.into_iter().filter_map(|(model, ids)| {
            let ids: Vec<Id> = ids.into_iter().collect();
            Some((graph.type_of(model)?, arenas.get(model).keys(&ids)))
        });
        Self(keys.collect())
    }

    pub(crate) fn add(&mut self, others: &Self) {
        for (model, keys) in &others.0 {
            match self.0.get_mut(model) {
                Some(known) => known.add(&**keys),
                None => {
                    self.0.insert(*model, keys.again());
                }
            }
        }
    }

    /// The keys of a model's rows.
    pub(super) fn keys<K: Key>(&self, model: TypeId) -> Option<&BTreeSet<K>> {
        self.0.get(&model)?.as_any().downcast_ref()
    }
}

impl Clone for ChangedRows {
    fn clone(&self) -> Self {
        let mut rows = Self::default();
        rows.add(self);
        rows
    }
}

impl PartialEq for ChangedRows {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        self.0.len() == other.0.len()
            && pairs.all(|((one, keys), (other, others))| one == other && keys.is(&**others))
    }
}

impl Eq for ChangedRows {}
