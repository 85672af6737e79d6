//! The rows that a transaction has locked ahead of its writes, so that none is locked again at each
//! write.

use hashbrown::HashSet;

use crate::declare::arena::Id;
use crate::graph::ModelIndex;

/// The rows that are locked, level by level: what a savepoint has locked may be free again once it
/// is undone.
#[derive(Debug, Default)]
pub(crate) struct Locked {
    rows: HashSet<(ModelIndex, Id)>,
    /// The rows in the order in which they were locked.
    log: Vec<(ModelIndex, Id)>,
    /// For each level, how many rows were locked when it began.
    levels: Vec<usize>,
}

impl Locked {
    pub(crate) fn contains(&self, model: ModelIndex, id: Id) -> bool {
        self.rows.contains(&(model, id))
    }

    pub(crate) fn add(&mut self, model: ModelIndex, ids: &[Id]) {
        for &id in ids {
            if self.rows.insert((model, id)) {
                self.log.push((model, id));
            }
        }
    }

    /// Begins a transaction or savepoint.
    pub(crate) fn begin(&mut self) {
        self.levels.push(self.log.len());
    }

    /// Ends the innermost level. Its locks are held until the outermost level has ended.
    pub(crate) fn release(&mut self) {
        self.levels.pop();
        if self.levels.is_empty() {
            self.clear();
        }
    }

    /// Undoes the innermost level.
    pub(crate) fn rollback(&mut self) {
        let start = self.levels.pop().unwrap_or(0);
        for row in self.log.drain(start..) {
            self.rows.remove(&row);
        }
    }

    /// Forgets all rows, since ids are given anew; the levels stay open.
    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.log.clear();
        self.levels.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_free_again_with_the_level_that_locked_them() {
        let [one, other] = [0, 1].map(ModelIndex::from);
        let mut locked = Locked::default();
        locked.begin();
        locked.add(one, &[1]);
        locked.begin();
        locked.add(one, &[1, 2]);
        locked.begin();
        locked.add(other, &[3]);
        locked.release();
        assert!(locked.contains(one, 1) && locked.contains(one, 2) && locked.contains(other, 3));
        locked.rollback();
        assert!(locked.contains(one, 1) && !locked.contains(one, 2) && !locked.contains(other, 3));
        locked.clear();
        locked.add(one, &[4]);
        locked.rollback();
        assert!(!locked.contains(one, 1) && !locked.contains(one, 4));
        locked.begin();
        locked.add(one, &[5]);
        locked.release();
        assert!(!locked.contains(one, 5));
    }
}
