//! In which order the rows of a small write are locked.
//!
//! One order of all models serves every write: where they all lock one model's rows before
//! another's of their own accord, it is that; where they meet from both sides, what is above comes
//! first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;

use typed_index_collections::{TiSlice, TiVec};

use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::graph::reach::{Cause, Hop, Way, Ways};
use crate::graph::{Change, Graph, ModelIndex, Node};

/// So many causes are kept; after that, all are found anew. A program has few.
const MOST_KNOWN: usize = 1_024;

/// For each model, and each other one, whether something is so.
type Pairs = TiVec<ModelIndex, TiVec<ModelIndex, bool>>;

/// No model with no other.
fn no_pairs(models: &TiSlice<ModelIndex, Node>) -> Pairs {
    let none = |_: &Node| models.iter().map(|_| false).collect();
    models.iter().map(none).collect()
}

/// What is known of the order in which models are locked.
#[derive(Debug, Default)]
pub(crate) struct LockOrder {
    /// Each model's place.
    places: TiVec<ModelIndex, usize>,
    /// For each model those whose rows some writes lock before its own, and other writes after it.
    crossed: Pairs,
    /// What the changes that came before lock: found when the first of its kind comes.
    known: RwLock<HashMap<(ModelIndex, Cause), Arc<Locks>>>,
}

/// What is locked for one cause.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    /// In order.
    pub(crate) groups: Vec<LockGroup>,
    /// All models whose rows the write and its flush may come to.
    pub(crate) models: BTreeSet<ModelIndex>,
    /// Whether there are more, too far away or too many to be followed.
    pub(crate) is_cut: bool,
    /// Whether the write and its flush may come to them in another order than this one.
    pub(crate) meet: bool,
}

/// Rows of one model that are locked together.
#[derive(Debug)]
pub(crate) struct LockGroup {
    pub(crate) model: ModelIndex,
    /// The model's place in the order.
    pub(crate) place: usize,
    pub(crate) lock: Lock,
    /// Whether a setter reads such rows as parents.
    pub(crate) is_input: bool,
    /// The ways to the rows, from the one that is written or marked.
    pub(crate) ways: Vec<Vec<Hop>>,
}

impl Graph {
    /// What may be locked because of a row of a model.
    pub(crate) fn locks(&self, model: ModelIndex, cause: Cause) -> Arc<Locks> {
        let known = self.locks.known.read().get(&(model, cause)).cloned();
        known.unwrap_or_else(|| {
            let locks = Arc::new(self.find_locks(model, cause));
            let mut known = self.locks.known.write();
            if known.len() == MOST_KNOWN {
                known.clear();
            }
            known.insert((model, cause), Arc::clone(&locks));
            locks
        })
    }

    fn find_locks(&self, model: ModelIndex, cause: Cause) -> Locks {
        let Ways { ways, is_cut } = self.ways(model, cause);
        let goes_down = match cause {
            // What hangs on the row goes first.
            Cause::Change(Change::Deleted) => !self.models[model].dependents.is_empty(),
            Cause::Bracket => true,
            Cause::Change(_) | Cause::Mark(_) => false,
        };
        let meet = goes_down && ways.len() > 1 || self.locks.meet(&ways);
        let models = ways.iter().map(|way| way.model).collect();
        let mut groups: BTreeMap<usize, LockGroup> = BTreeMap::new();
        for way in ways {
            // No foreign key names a row with a key of several columns, so that nothing is below
            // it: its turn comes last, when the flush comes to it.
            if self.models[way.model].meta.key.len() > 1 {
                continue;
            }
            let place = self.locks.places[way.model];
            let group = groups.entry(place).or_insert_with(|| LockGroup {
                model: way.model,
                place,
                lock: way.lock,
                is_input: false,
                ways: Vec::new(),
            });
            group.lock = group.lock.max(way.lock);
            group.is_input |= way.is_input;
            group.ways.push(way.hops);
        }
        Locks {
            groups: groups.into_values().collect(),
            models,
            is_cut,
            meet,
        }
    }

    /// Whether rows of a model that are locked because of a row of another, or of itself, are read
    /// along with their locks: those that are written, that functions compute or that setters read.
    /// Rows with a key of another kind than one plain column are not found ahead.
    pub(crate) fn reads_ahead(
        &self,
        (written, locks): (ModelIndex, &Locks),
        of: ModelIndex,
    ) -> bool {
        let node = &self.models[of];
        let has_functions = || node.setters.keys().any(|it| node.declared(it).is_none());
        let is_input = || {
            let mut groups = locks.groups.iter();
            groups.any(|group| group.model == of && group.is_input)
        };
        node.meta.plain_key().is_some() && (written == of || has_functions() || is_input())
    }

    /// Whether the flush may come to what is locked for several causes in another order.
    pub(crate) fn meet(&self, all: &[Arc<Locks>]) -> bool {
        let groups = all.iter().flat_map(|locks| &locks.groups);
        let models: BTreeSet<ModelIndex> = groups.map(|group| group.model).collect();
        let crossed = |one: &ModelIndex| {
            let mut others = models.iter().filter(|other| *other > one);
            others.any(|&other| self.locks.crossed[*one][other])
        };
        all.iter().any(|locks| locks.meet) || models.iter().any(crossed)
    }

    /// Finds the order, once all else is known.
    pub(super) fn order_locks(&mut self) {
        let mut before = no_pairs(&self.models);
        for model in self.models.keys() {
            for change in [Change::Inserted, Change::Updated(ColumnSet::ALL)] {
                let mut ways = self.ways(model, Cause::Change(change)).ways;
                // A flush comes to the units in their order, and to their inputs wave by wave.
                ways.sort_by_key(|way| (way.unit, way.wave));
                for (at, way) in ways.iter().enumerate() {
                    for later in &ways[at + 1..] {
                        before[way.model][later.model] = true;
                    }
                    // The rows of a tree are locked a level at a time.
                    let is_tree = way.hops.iter().any(|hop| matches!(hop, Hop::Along(_)));
                    before[way.model][way.model] |= is_tree;
                }
            }
        }
        close(&mut before);
        let models = || self.models.keys();
        let crossed: Pairs = models()
            .map(|one| {
                models()
                    .map(|other| before[one][other] && before[other][one])
                    .collect()
            })
            .collect();
        let heights = self.heights();
        let mut places: TiVec<ModelIndex, usize> = models().map(|_| usize::MAX).collect();
        for place in 0..self.models.len() {
            let open = |&model: &ModelIndex| places[model] == usize::MAX;
            let waits = |model: ModelIndex| {
                let mut others = models().filter(open);
                others.any(|other| before[other][model] && !crossed[other][model])
            };
            // One is always free: what is not crossed has no circle.
            let free = models().filter(open).filter(|&model| !waits(model));
            if let Some(next) = free.min_by_key(|&model| (heights[model], model)) {
                places[next] = place;
            }
        }
        self.locks = LockOrder {
            places,
            crossed,
            known: RwLock::default(),
        };
    }

    /// How many models are above each: those without parents are the highest.
    fn heights(&self) -> TiVec<ModelIndex, usize> {
        let mut above = no_pairs(&self.models);
        for (child, node) in self.models.iter_enumerated() {
            for (relation, &parent) in node.meta.relations.iter().zip(&node.parents) {
                // A foreign key that is computed names, as a rule, a row below.
                above[child][parent] |= !node.meta.columns[relation.column].maintained;
            }
        }
        close(&mut above);
        let count =
            |above: &TiVec<ModelIndex, bool>| above.iter().filter(|&&is_above| is_above).count();
        above.iter().map(count).collect()
    }
}

impl LockOrder {
    /// Whether writes that lock these rows on their way may meet others in the opposite order.
    fn meet(&self, ways: &[Way]) -> bool {
        let others = |at: usize| ways[at + 1..].iter();
        let mut ways = ways.iter().enumerate();
        ways.any(|(at, way)| {
            let is_tree = way.hops.iter().any(|hop| matches!(hop, Hop::Along(_)));
            is_tree && self.crossed[way.model][way.model]
                || others(at).any(|other| self.crossed[way.model][other.model])
        })
    }
}

/// Makes a relation transitive: it holds wherever it holds by way of others.
fn close(reach: &mut Pairs) {
    for by in reach.keys() {
        let further = reach[by].clone();
        for from in reach.iter_mut().filter(|from| from[by]) {
            from.iter_mut()
                .zip(&further)
                .for_each(|(to, &is_further)| *to |= is_further);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Step;
    use crate::graph::tests::shop;

    /// What is locked ahead, by the models' names.
    fn ahead(graph: &Graph, model: &str, change: Change) -> Vec<&'static str> {
        let locks = graph.locks(shop::model(graph, model), Cause::Change(change));
        let groups = locks.groups.iter().filter(|_| locks.meet);
        groups
            .map(|group| graph.models[group.model].meta.name)
            .collect()
    }

    #[test]
    fn what_is_above_is_locked_first_where_writes_come_from_both_sides() {
        let graph = shop::graph();
        let above = ["Customer", "Order"];
        assert_eq!(ahead(&graph, "Item", Change::Inserted), above);
        let renamed = Change::Updated(ColumnSet::of(shop::NAME));
        assert_eq!(ahead(&graph, "Customer", renamed), above);
        let repriced = Change::Updated(ColumnSet::of(shop::AMOUNT));
        assert_eq!(
            ahead(&graph, "Item", repriced),
            ["Item", "Customer", "Order"]
        );
    }

    #[test]
    fn nothing_is_locked_ahead_where_all_writes_go_up() {
        let mut declarations = shop::declarations();
        declarations[1].setters = &declarations[1].setters[..1];
        let graph = Graph::build(&declarations).unwrap();
        assert!(ahead(&graph, "Item", Change::Inserted).is_empty());
        let any = Change::Updated(ColumnSet::ALL);
        assert!(ahead(&graph, "Item", any).is_empty());
        assert!(ahead(&graph, "Item", Change::Deleted).is_empty());
        // A delete goes down where something hangs on the row, and has to keep to their order.
        let deleted = ahead(&graph, "Order", Change::Deleted);
        assert_eq!(deleted, ["Item", "Order", "Customer"]);
    }

    #[test]
    fn a_change_that_nobody_reads_locks_nothing_ahead() {
        let graph = shop::graph();
        let nothing = Change::Updated(ColumnSet::NONE);
        assert!(ahead(&graph, "Order", nothing).is_empty());
    }

    #[test]
    fn the_rows_of_a_tree_are_locked_together() {
        let graph = shop::graph();
        let category = shop::model(&graph, "Category");
        let renamed = Cause::Change(Change::Updated(ColumnSet::of(shop::NAME)));
        let locks = graph.locks(category, renamed);
        assert!(locks.meet);
        let [group] = &*locks.groups else {
            panic!("{locks:?}");
        };
        let down = |way: &Vec<Hop>| matches!(way[..], [Hop::Along(Step::Down(_))]);
        assert!(group.ways.iter().any(down), "{group:?}");
    }
}
