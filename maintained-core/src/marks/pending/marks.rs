//! The marks on the rows of one model: a bit for each row and slot.

use typed_index_collections::TiVec;

use crate::declare::arena::Id;
use crate::graph::{Choice, Graph, ModelIndex, SlotIndex};

/// Marks with more room than this give it back when they are cleared.
const KEPT_CAPACITY: usize = 1024;

/// The word, among those of a row, that holds a slot, and the slot's bit there.
pub(super) fn bit_of(slot: SlotIndex) -> (usize, u64) {
    let at = usize::from(slot);
    (at / 64, 1 << (at % 64))
}

/// The marks on the rows of one model.
#[derive(Debug)]
pub(super) struct Marks {
    /// How many words the slots of a row take.
    pub(super) stride: usize,
    /// The words of all rows, by id.
    pub(super) words: Vec<u64>,
    /// The slots that the layer's choice leaves.
    pub(super) chosen: Box<[u64]>,
    /// How many rows are marked, for each slot.
    pub(super) counts: TiVec<SlotIndex, u32>,
}

impl Marks {
    pub(super) fn new(graph: &Graph, model: ModelIndex, choice: &Choice) -> Self {
        let slots = &graph.models[model].slots;
        let stride = slots.len().div_ceil(64).max(1);
        let mut chosen = vec![0; stride];
        for (at, slot) in slots.iter_enumerated() {
            let (model, setter) = slot.target;
            if choice
                .as_ref()
                .is_none_or(|choice| choice.of(model).contains(setter))
            {
                let (word, bit) = bit_of(at);
                chosen[word] |= bit;
            }
        }
        Self {
            stride,
            words: Vec::new(),
            chosen: chosen.into(),
            counts: vec![0; slots.len()].into(),
        }
    }

    /// Takes all marks off.
    pub(super) fn clear(&mut self) {
        if self.words.capacity() > KEPT_CAPACITY {
            self.words = Vec::new();
        }
        self.words.clear();
        self.counts.fill(0);
    }

    /// The rows that are marked for a slot.
    pub(super) fn rows_with(&self, slot: SlotIndex) -> impl Iterator<Item = Id> {
        let (word, bit) = bit_of(slot);
        let rows = self.words.chunks_exact(self.stride).zip(0..);
        rows.filter(move |(row, _)| row[word] & bit != 0)
            .map(|(_, id)| id)
    }

    /// The word of a row that holds a slot, and the slot's bit there.
    pub(super) fn place(&self, id: Id, slot: SlotIndex) -> (usize, u64) {
        let (word, bit) = bit_of(slot);
        (id as usize * self.stride + word, bit)
    }

    /// Whether the layer's choice leaves a slot.
    pub(super) fn chooses(&self, slot: SlotIndex) -> bool {
        let (word, bit) = bit_of(slot);
        self.chosen[word] & bit != 0
    }

    /// Sets a word back to what it was, and the counts with it.
    pub(super) fn restore(&mut self, word: usize, before: u64) {
        let now = self.words[word];
        for bit in 0..64 {
            let slot = SlotIndex::from(word % self.stride * 64 + bit);
            match (before >> bit & 1, now >> bit & 1) {
                (0, 1) => self.counts[slot] -= 1,
                (1, 0) => self.counts[slot] += 1,
                _ => {}
            }
        }
        self.words[word] = before;
    }
}
