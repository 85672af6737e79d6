//! The marks that writes have left and no flush has worked off yet.
//!
//! A mark is a bit: of a row, for a slot of its model. Marks live and die with the transaction or
//! savepoint in which they were left. That is an undo log: while a savepoint is open every change
//! is written down, a rollback replays the log backwards, a release hands the entries to the level
//! outside. At the outermost level no log is needed, since its rollback clears everything. Working
//! a mark off is a change like leaving one, so that a flush inside a savepoint is undone with it.

mod differences;
mod marks;

use std::collections::{BTreeMap, BTreeSet};

use typed_index_collections::TiVec;

pub(crate) use self::differences::{Adjustment, Differences, Written, Wrote};
use self::marks::Marks;

use crate::declare::arena::Id;
use crate::declare::positions::LayerIndex;
use crate::declare::setter_set::SetterSet;
use crate::graph::{Choice, Graph, ModelIndex, SlotIndex};
use crate::marks::aside::Mark;

/// The marks of a connection.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    layers: TiVec<LayerIndex, Layer>,
    /// What was changed in the savepoints that are open: the way back.
    log: Vec<Entry>,
    levels: Vec<Level>,
    /// `None` where nobody wants differences.
    differences: Option<Differences>,
    /// Set where the write itself has added the differences that it leaves.
    written: Option<Written>,
}

/// The marks left under one choice of labels.
///
/// Marks of different choices are kept apart, because what they wake further on depends on the
/// choice.
#[derive(Debug)]
struct Layer {
    choice: Choice,
    models: TiVec<ModelIndex, Marks>,
}

/// A few rows of a model that are marked.
#[derive(Debug, Default)]
pub(crate) struct Few {
    pub(crate) ids: BTreeSet<Id>,
    /// What any of them is marked for.
    pub(crate) slots: BTreeSet<SlotIndex>,
}

/// A word of marks as it was before a change.
#[derive(Debug)]
struct Entry {
    layer: u16,
    model: u16,
    word: u32,
    before: u64,
}

/// A transaction or savepoint.
#[derive(Debug)]
struct Level {
    log_start: usize,
    /// Whether there were no marks when it began, and no ids are held.
    clean: bool,
}

impl Pending {
    /// The layer for a choice of labels.
    pub(crate) fn layer(&mut self, graph: &Graph, choice: &Choice) -> LayerIndex {
        if let Some(known) = self.layers.position(|layer| layer.choice == *choice) {
            return known;
        }
        let models = graph
            .models
            .keys()
            .map(|model| Marks::new(graph, model, choice))
            .collect();
        self.layers.push_and_get_key(Layer {
            choice: choice.clone(),
            models,
        })
    }

    pub(crate) fn layers(&self) -> impl Iterator<Item = LayerIndex> + use<> {
        self.layers.keys()
    }

    /// The choices by which marks were left.
    pub(crate) fn choices(&self) -> impl Iterator<Item = &Choice> {
        let is_marked = |marks: &Marks| marks.counts.iter().any(|&count| count > 0);
        let layers = self.layers.iter();
        let marked = layers.filter(move |layer| layer.models.iter().any(is_marked));
        marked.map(|layer| &layer.choice)
    }

    /// The choice of a layer.
    pub(crate) fn choice(&self, layer: LayerIndex) -> Choice {
        self.layers[layer].choice.clone()
    }

    /// The setters of a model that a layer's choice leaves.
    pub(crate) fn chosen(&self, layer: LayerIndex, model: ModelIndex) -> SetterSet {
        self.layers[layer]
            .choice
            .as_ref()
            .map_or(SetterSet::ALL, |choice| choice.of(model))
    }

    /// Marks a row for a slot, unless the layer's choice leaves it out.
    pub(crate) fn mark(&mut self, layer: LayerIndex, model: ModelIndex, id: Id, slot: SlotIndex) {
        let marks = &mut self.layers[layer].models[model];
        let (at, bit) = marks.place(id, slot);
        if !marks.chooses(slot) {
            return;
        }
        if marks.words.len() <= at {
            marks.words.resize((id as usize + 1) * marks.stride, 0);
        }
        let before = marks.words[at];
        if before & bit == 0 {
            marks.words[at] |= bit;
            marks.counts[slot] += 1;
            self.note(layer, model, at, before);
        }
    }

    /// Takes a mark off a row, and says whether it was there.
    pub(crate) fn take(
        &mut self,
        layer: LayerIndex,
        model: ModelIndex,
        id: Id,
        slot: SlotIndex,
    ) -> bool {
        let marks = &mut self.layers[layer].models[model];
        let (at, bit) = marks.place(id, slot);
        let before = marks.words.get(at).copied().unwrap_or(0);
        if before & bit == 0 {
            return false;
        }
        marks.words[at] &= !bit;
        marks.counts[slot] -= 1;
        self.note(layer, model, at, before);
        true
    }

    /// Whether any row is marked for the slot.
    pub(crate) fn any(&self, model: ModelIndex, slot: SlotIndex) -> bool {
        self.layers
            .iter()
            .any(|layer| layer.models[model].counts[slot] > 0)
    }

    /// The rows that are marked for one of the slots, in the order of their ids.
    pub(crate) fn marked(&self, model: ModelIndex, slots: &[SlotIndex]) -> Vec<Id> {
        let mut ids = Vec::new();
        let Some(marks) = self.layers.first().map(|layer| &layer.models[model]) else {
            return ids;
        };
        let mut wanted = vec![0u64; marks.stride];
        for &slot in slots {
            let (word, bit) = marks::bit_of(slot);
            wanted[word] |= bit;
        }
        for layer in &self.layers {
            let marks = &layer.models[model];
            if slots.iter().all(|&slot| marks.counts[slot] == 0) {
                continue;
            }
            let is_marked = |row: &[u64]| {
                row.iter()
                    .zip(&wanted)
                    .any(|(row, wanted)| row & wanted != 0)
            };
            let rows = marks.words.chunks_exact(marks.stride).zip(0..);
            ids.extend(
                rows.filter(|(row, _)| is_marked(row))
                    .map(|(_, id): (_, Id)| id),
            );
        }
        // The ids of one layer come in order, and each once.
        if self.layers.len() > 1 {
            ids.sort_unstable();
            ids.dedup();
        }
        ids
    }

    /// Every mark: choice, model, row and slot.
    pub(crate) fn all(&self) -> Vec<Mark> {
        let mut all = Vec::new();
        for layer in &self.layers {
            for (model, marks) in layer.models.iter_enumerated() {
                for slot in marks.counts.keys() {
                    for id in marks.rows_with(slot) {
                        all.push((layer.choice.clone(), model, id, slot));
                    }
                }
            }
        }
        all
    }

    /// The rows that are marked, and for what, model by model; `None` if there are more than `most`
    /// marks in all.
    pub(crate) fn few(&self, most: usize) -> Option<BTreeMap<ModelIndex, Few>> {
        let models = || {
            let layers = self.layers.iter();
            layers.flat_map(|layer| layer.models.iter_enumerated())
        };
        let counts = models().flat_map(|(_, marks)| &marks.counts);
        if counts.map(|&count| count as usize).sum::<usize>() > most {
            return None;
        }
        let mut few: BTreeMap<ModelIndex, Few> = BTreeMap::new();
        for (model, marks) in models() {
            for (slot, _) in marks
                .counts
                .iter_enumerated()
                .filter(|(_, count)| **count > 0)
            {
                let few = few.entry(model).or_default();
                few.slots.insert(slot);
                few.ids.extend(marks.rows_with(slot));
            }
        }
        Some(few)
    }

    /// Takes all marks out. The levels stay open, and a rollback does not bring the marks back.
    pub(crate) fn take_all(&mut self) -> Self {
        self.log.clear();
        for level in &mut self.levels {
            level.log_start = 0;
        }
        Self {
            layers: std::mem::take(&mut self.layers),
            ..Self::default()
        }
    }

    /// How many rows of a model are marked.
    pub(crate) fn count(&self, graph: &Graph, model: ModelIndex) -> usize {
        let slots: Vec<SlotIndex> = graph.models[model].slots.keys().collect();
        self.marked(model, &slots).len()
    }

    /// Whether there are no marks.
    pub(crate) fn is_empty(&self) -> bool {
        let is_unmarked = |marks: &Marks| marks.counts.iter().all(|&count| count == 0);
        self.layers
            .iter()
            .all(|layer| layer.models.iter().all(is_unmarked))
    }

    /// Begins a transaction or savepoint.
    pub(crate) fn begin(&mut self) {
        let clean = self.is_empty();
        self.levels.push(Level {
            log_start: self.log.len(),
            clean,
        });
    }

    /// Ends the innermost transaction or savepoint: its marks belong to the level outside.
    pub(crate) fn release(&mut self) {
        self.levels.pop();
        if self.levels.len() <= 1 {
            self.log.clear();
        }
    }

    /// Undoes the innermost transaction or savepoint.
    pub(crate) fn rollback(&mut self) {
        // Differences are not in the log. A mark that comes back without its difference has the
        // field computed anew.
        self.note_differences(false);
        let Some(level) = self.levels.pop() else {
            return;
        };
        if self.levels.is_empty() {
            self.forget();
            return;
        }
        for entry in self.log.drain(level.log_start..).rev() {
            let layer = LayerIndex::from(usize::from(entry.layer));
            let model = ModelIndex::from(usize::from(entry.model));
            let marks = &mut self.layers[layer].models[model];
            marks.restore(entry.word as usize, entry.before);
        }
    }

    /// How many transactions and savepoints are open.
    pub(crate) fn depth(&self) -> usize {
        self.levels.len()
    }

    /// Drops every mark, and with them the log.
    pub(crate) fn forget(&mut self) {
        // The room of the first layer, mostly the only one, is kept for the marks to come.
        self.layers.truncate(1);
        for layer in &mut self.layers {
            layer.models.iter_mut().for_each(Marks::clear);
        }
        self.log.clear();
    }

    /// Keeps ids as they are until the innermost transaction or savepoint has ended: somebody holds
    /// some.
    pub(crate) fn hold_ids(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            level.clean = false;
        }
    }

    /// Whether neither marks nor the way back to any are left, so that ids can be given anew. The
    /// log of levels that began without marks says nothing once there are none again.
    pub(crate) fn settle(&mut self) -> bool {
        let settled = self.is_empty() && self.levels.iter().all(|level| level.clean);
        if settled {
            self.forget();
            self.levels.iter_mut().for_each(|level| level.log_start = 0);
        }
        settled
    }

    /// Writes a change down in the log, if a savepoint is open.
    fn note(&mut self, layer: LayerIndex, model: ModelIndex, word: usize, before: u64) {
        if self.levels.len() > 1 {
            let narrow = "layers, models and words are few enough for the log";
            self.log.push(Entry {
                layer: u16::try_from(usize::from(layer)).expect(narrow),
                model: u16::try_from(usize::from(model)).expect(narrow),
                word: u32::try_from(word).expect(narrow),
                before,
            });
        }
    }
}

#[cfg(test)]
mod tests;
