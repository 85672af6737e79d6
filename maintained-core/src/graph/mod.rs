//! What depends on what, worked out once from the declarations of all models.
//!
//! A change to a column of a row concerns setters of other rows, some hops away. The graph answers
//! two questions: which marks a change leaves ([`Wake`]), and in which order the setters run
//! ([`Unit`]). Both are worked out when the graph is built, so that a write and a flush only look
//! things up.

mod below;
mod build;
mod change;
mod choice;
mod follow;
mod numbers;
mod order;
mod paths;
mod rank;
mod reach;
mod short_way;
mod sides;
mod tree;
mod unit;
mod unsettled;

use std::any::TypeId;
use std::collections::{BTreeSet, HashMap};

use typed_index_collections::TiVec;

use crate::declare::columns::ColumnSet;
use crate::declare::model::{Kind, Model, ModelMeta};
use crate::declare::positions::ColumnIndex;
use crate::declare::rule::{DeclaredMeta, Rule};
use crate::declare::setter::{MAX_SETTERS, SetterMeta};
use crate::declare::setter_set::SetterSet;
use crate::error::Error;

use self::short_way::ShortWays;

pub(crate) use crate::declare::positions::{
    ModelIndex, RelationIndex, SetterIndex, SlotIndex, UnitIndex,
};

pub(crate) use self::change::Change;
pub(crate) use self::choice::{By, Choice, Chosen, Selection, nearest, unknown_field};
pub(crate) use self::order::{LockOrder, Locks};
pub(crate) use self::paths::{Cascade, Follower, Origin, Path};
pub(crate) use self::reach::{Cause, Hop};
pub(crate) use self::short_way::{Adding, Additions, Found, Grown, MOST, in_order};
pub(crate) use self::sides::Sides;
pub(crate) use self::tree::Route;
pub(crate) use self::unit::Unit;
pub(crate) use self::unsettled::Unsettled;

/// Everything that is declared about one model.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Declaration {
    /// The model's type.
    pub model: TypeId,
    /// The model's description.
    pub meta: &'static ModelMeta,
    /// The model's setters.
    pub setters: &'static [SetterMeta],
    /// The fields that the database computes.
    pub declared: &'static [DeclaredMeta],
}

impl Declaration {
    /// The setters that are functions, and behind them those that declared fields stand for.
    fn all_setters(&self) -> Result<TiVec<SetterIndex, SetterMeta>, Error> {
        let declared = self.declared.iter().map(|declared| declared.setter);
        let functions = self.setters.iter().copied();
        let setters: TiVec<_, SetterMeta> = functions.chain(declared).collect();
        if setters.len() <= MAX_SETTERS {
            return Ok(setters);
        }
        let (model, count) = (self.meta.name, setters.len());
        Err(Error::Declaration(format!(
            "`{model}` has {count} setters and declared fields, and may have {MAX_SETTERS}: let one \
             setter keep several fields"
        )))
    }
}

/// All models, what their rows can be marked for, and the order in which setters run.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) models: TiVec<ModelIndex, Node>,
    /// In the order of computing.
    pub(crate) units: TiVec<UnitIndex, Unit>,
    pub(crate) labels: BTreeSet<&'static str>,
    /// In which order small writes lock rows.
    locks: LockOrder,
    short_ways: ShortWays,
    by_type: HashMap<TypeId, ModelIndex>,
}

/// A model in the graph.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) meta: &'static ModelMeta,
    /// The setters that are functions, and behind them those that fields without one stand for.
    pub(crate) setters: TiVec<SetterIndex, SetterMeta>,
    /// The fields that the database computes.
    pub(crate) declared: &'static [DeclaredMeta],
    /// The parent of each relation.
    pub(crate) parents: TiVec<RelationIndex, ModelIndex>,
    /// Whether the database finds no keys equal that Rust does not: numbers, but no text under a
    /// collation.
    pub(crate) keys_have_one_spelling: bool,
    /// What is known of the values of each column.
    pub(crate) kinds: TiVec<ColumnIndex, Kind>,
    /// The declared fields that can be read and written along with what functions return.
    pub(crate) joining: ColumnSet,
    /// The columns that may have fewer digits than a value.
    pub(crate) rounded: ColumnSet,
    /// The relations by which other rows hang on a row of this model: those that matter when the
    /// row goes.
    pub(crate) dependents: Vec<Relation>,
    /// The models of all rows that may hang on one of this model, this one included.
    pub(crate) below: BTreeSet<ModelIndex>,
    /// What a row of this model can be marked for.
    pub(crate) slots: TiVec<SlotIndex, Slot>,
    /// The marks that a change to a row of this model leaves.
    pub(crate) wakes: Vec<Wake>,
    /// The unique fields that a write to a row sets to NULL.
    pub(crate) unsettled: Vec<Unsettled>,
}

/// A foreign key: of which model, and which of its relations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Relation {
    pub(crate) child: ModelIndex,
    pub(crate) index: RelationIndex,
}

/// One step of a walk from a changed row to the rows that read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    /// To the parent that the row's foreign key names.
    Up(Relation),
    /// To the children whose foreign key names the row.
    Down(Relation),
}

/// What a marked row is marked for: a walk that goes on from it, or a setter that is due.
///
/// Paths that end alike share their slots.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Slot {
    /// The next step of the walk, and the slot of the row that it reaches.
    pub(crate) walk: Option<(Step, SlotIndex)>,
    /// Whether the setter is due by a difference that is known, and need not be computed anew.
    pub(crate) by_difference: bool,
    /// How many steps are still to go.
    pub(crate) steps: usize,
    /// The setter that the walk ends at: model and position.
    pub(crate) target: (ModelIndex, SetterIndex),
    /// The unit of that setter.
    pub(crate) unit: UnitIndex,
    /// Whether a change to one of the row's children may have left the mark: then perhaps nobody
    /// has locked the row itself yet.
    pub(crate) from_below: bool,
}

/// The marks that a kind of change leaves.
#[derive(Debug)]
pub(crate) struct Wake {
    /// Left when one of these columns changes.
    pub(crate) columns: ColumnSet,
    /// Left when a row is inserted.
    pub(crate) on_insert: bool,
    /// Left when a row goes.
    pub(crate) on_delete: bool,
    /// Left on the parent that this relation names, before and after the change; on the row itself,
    /// where there is none.
    pub(crate) up: Option<RelationIndex>,
    /// The slot that is marked.
    pub(crate) slot: SlotIndex,
    /// The unit that leaves no mark for a change that it makes itself: it computes the readers in
    /// the same batch, or along its tree.
    pub(crate) within: Option<UnitIndex>,
    /// How the field that the slot stands for can be kept without being computed anew.
    pub(crate) difference: Option<Difference>,
}

/// How a change to a child changes a number that its parent keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The slot of the parent that says that a difference is known.
    pub(crate) slot: SlotIndex,
    /// The slot that says that the number has to be computed anew.
    pub(crate) anew: SlotIndex,
    pub(crate) rule: Rule,
    /// The child's column that counts; where there is none, each child counts as one.
    pub(crate) value: Option<ColumnIndex>,
    /// The child's column that says whether it counts.
    pub(crate) filter: Option<ColumnIndex>,
}

impl Graph {
    /// Builds the graph and checks it.
    ///
    /// # Errors
    /// [`Error::Circle`] when fields follow from one another in a circle, [`Error::Declaration`]
    /// when a model is declared twice or refers to one that is not declared.
    pub(crate) fn build(declarations: &[Declaration]) -> Result<Self, Error> {
        build::graph(declarations)
    }

    /// The model's position.
    #[must_use]
    pub(crate) fn index_of(&self, model: TypeId) -> Option<ModelIndex> {
        self.by_type.get(&model).copied()
    }

    /// The model's type.
    pub(crate) fn type_of(&self, model: ModelIndex) -> Option<TypeId> {
        let mut known = self.by_type.iter();
        known.find(|(_, at)| **at == model).map(|(of, _)| *of)
    }

    /// The position of a model that the program refers to by its type.
    ///
    /// # Errors
    /// [`Error::Declaration`] when it is not linked into the program.
    pub(crate) fn position_of<M: Model>(&self) -> Result<ModelIndex, Error> {
        self.index_of(TypeId::of::<M>()).ok_or_else(|| {
            Error::Declaration(format!(
                "the model `{}` is not linked into the program",
                M::NAME
            ))
        })
    }

    /// The model that a step reaches.
    pub(crate) fn reached_by(&self, step: Step) -> ModelIndex {
        match step {
            Step::Up(relation) => self.models[relation.child].parents[relation.index],
            Step::Down(relation) => relation.child,
        }
    }
}

impl Node {
    /// The columns that some of the setters keep.
    pub(crate) fn fields_of(&self, setters: SetterSet) -> ColumnSet {
        let kept = self.setters.iter_enumerated();
        let kept = kept.filter(|(setter, _)| setters.contains(*setter));
        kept.fold(ColumnSet::NONE, |all, (_, setter)| all | setter.fields)
    }

    /// The declaration behind a setter that is no function.
    pub(crate) fn declared(&self, setter: SetterIndex) -> Option<&'static DeclaredMeta> {
        let functions = self.setters.len() - self.declared.len();
        let at = usize::from(setter).checked_sub(functions);
        at.map(|at| &self.declared[at])
    }
}

impl Graph {
    /// The slots of a unit's model that make its setters due, in the order of the slots.
    pub(crate) fn due_slots(&self, unit: UnitIndex) -> Vec<SlotIndex> {
        let slots = self.models[self.units[unit].model].slots.iter_enumerated();
        slots
            .filter(|(_, slot)| slot.unit == unit && slot.walk.is_none())
            .map(|(at, _)| at)
            .collect()
    }

    /// For each unit, whether the fields of a model depend on it; they do on the model's own.
    pub(crate) fn units_before(&self, model: ModelIndex) -> TiVec<UnitIndex, bool> {
        let mut wanted: TiVec<_, bool> =
            self.units.iter().map(|unit| unit.model == model).collect();
        // Each round goes one field further back, until it adds nothing.
        loop {
            let before = wanted.clone();
            for (read, node) in self.models.iter_enumerated() {
                for wake in &node.wakes {
                    let reader = match wake.up {
                        Some(index) => self.models[node.parents[index]].slots[wake.slot].unit,
                        None => node.slots[wake.slot].unit,
                    };
                    if wanted[reader] {
                        let keeps = |unit: &Unit| {
                            unit.model == read && unit.fields.intersects(wake.columns)
                        };
                        for (at, unit) in self.units.iter_enumerated() {
                            wanted[at] |= keeps(unit);
                        }
                    }
                }
            }
            if wanted == before {
                return wanted;
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
