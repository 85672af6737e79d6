//! Building the graph: each place where a setter's inputs read leaves its wakes.

use std::collections::{BTreeSet, HashMap};

use typed_index_collections::TiVec;

use crate::declare::columns::ColumnSet;
use crate::declare::model::ColumnMeta;
use crate::declare::positions::ColumnIndex;
use crate::declare::rule::DeclaredMeta;
use crate::declare::setter::{Direction, InputMeta, SetterMeta};
use crate::error::Error;
use crate::graph::numbers::{adds_up, joins};
use crate::graph::rank::{Reach, Reads, rank};
use crate::graph::short_way::ShortWays;
use crate::graph::{
    Declaration, Difference, Graph, LockOrder, ModelIndex, Node, Relation, RelationIndex,
    SetterIndex, Slot, SlotIndex, Step, UnitIndex, Wake,
};

pub(super) fn graph(declarations: &[Declaration]) -> Result<Graph, Error> {
    let mut declarations: TiVec<ModelIndex, _> = declarations.to_vec().into();
    // The linker gathers models in no certain order, and a program must always get the same graph.
    declarations.sort_by_key(|declaration| (declaration.meta.name, declaration.meta.table));
    let places = declarations.iter_enumerated();
    let by_type: HashMap<_, _> = places.map(|(at, it)| (it.model, at)).collect();
    if by_type.len() < declarations.len() {
        return Err(Error::Declaration("a model is declared twice".to_owned()));
    }
    let mut builder = Builder {
        models: TiVec::new(),
        by_type,
        reads: Vec::new(),
    };
    for declaration in &declarations {
        let node = builder.node(declaration)?;
        builder.models.push(node);
    }
    for model in builder.models.keys() {
        for setter in builder.models[model].setters.keys() {
            builder.setter(model, setter)?;
        }
    }
    builder.finish()
}

struct Builder {
    models: TiVec<ModelIndex, Node>,
    by_type: HashMap<std::any::TypeId, ModelIndex>,
    reads: Vec<Reads>,
}

/// A place in a setter's inputs.
struct Place {
    model: ModelIndex,
    /// The slot that a row here is marked with, so that the walk goes on to the setter.
    slot: SlotIndex,
    /// The relation of this row that leads back, where it is a child.
    child_by: Option<RelationIndex>,
    optional: bool,
    /// How the setter's own row is reached from here.
    reach: Reach,
}

impl Builder {
    /// A model with its parents; what else a node has is found later.
    fn node(&self, declaration: &Declaration) -> Result<Node, Error> {
        let meta = declaration.meta;
        let parent = |relation: &crate::declare::model::RelationMeta| {
            self.by_type.get(&(relation.parent)()).copied().ok_or_else(|| {
                Error::Declaration(format!(
                    "`{}` belongs to a model that is not linked into the program: name something of its crate, for instance with `maintained::link!`",
                    meta.name
                ))
            })
        };
        Ok(Node {
            meta,
            setters: declaration.all_setters()?,
            declared: declaration.declared,
            parents: meta
                .relations
                .iter()
                .map(parent)
                .collect::<Result<_, _>>()?,
            keys_have_one_spelling: meta.keys_have_one_spelling(),
            kinds: meta.columns.iter().map(|column| (column.kind)()).collect(),
            joining: ColumnSet::NONE,
            rounded: meta.rounded(),
            dependents: Vec::new(),
            below: BTreeSet::new(),
            slots: TiVec::new(),
            wakes: Vec::new(),
            unsettled: Vec::new(),
        })
    }

    /// Adds what a setter reads: the slot where it is due, and the wakes that lead there.
    fn setter(&mut self, model: ModelIndex, setter: SetterIndex) -> Result<(), Error> {
        let meta = self.models[model].setters[setter];
        let target = (model, setter);
        let slot = self.slot(
            model,
            Slot {
                walk: None,
                by_difference: false,
                steps: 0,
                target,
                unit: UnitIndex::default(),
                from_below: false,
            },
        );
        let keys = self.foreign_keys(model, meta.inputs);
        let (exact, inexact) = self.own_columns(model, meta.own);
        self.reads.push(Reads {
            setter: target,
            model,
            columns: exact,
            reach: Reach::Own,
        });
        self.reads.push(Reads {
            setter: target,
            model,
            columns: inexact,
            reach: Reach::Stored,
        });
        // Inputs are read before the setters of a batch run: the foreign keys that lead to them
        // have to be written by then.
        self.reads.push(Reads {
            setter: target,
            model,
            columns: keys,
            reach: Reach::Far,
        });
        // A field that is written by other means than a flush is computed again.
        let columns = meta.own | keys | meta.fields;
        self.wake(
            model,
            Wake {
                columns,
                on_insert: true,
                on_delete: false,
                up: None,
                slot,
                within: None,
                difference: None,
            },
        );
        let place = Place {
            model,
            slot,
            child_by: None,
            optional: false,
            reach: Reach::Own,
        };
        self.inputs(target, &meta, &place, meta.inputs)
    }

    /// The columns of a setter's own row that can be read as they were computed, and those that the
    /// database may store otherwise.
    fn own_columns(&self, model: ModelIndex, own: ColumnSet) -> (ColumnSet, ColumnSet) {
        let columns = self.models[model].meta.columns.iter_enumerated();
        let split = |(exact, inexact): (ColumnSet, ColumnSet),
                     (at, column): (ColumnIndex, &ColumnMeta)| {
            match own.contains(at) {
                true if (column.kind)().is_exact() => (exact.with(at), inexact),
                true => (exact, inexact.with(at)),
                false => (exact, inexact),
            }
        };
        columns.fold((ColumnSet::NONE, ColumnSet::NONE), split)
    }

    /// Walks the inputs that hang on a place.
    fn inputs(
        &mut self,
        target: (ModelIndex, SetterIndex),
        setter: &SetterMeta,
        from: &Place,
        inputs: &[InputMeta],
    ) -> Result<(), Error> {
        for input in inputs {
            let place = self.enter(target, setter, from, input)?;
            let keys = self.foreign_keys(place.model, input.inner);
            let attached = place.child_by.map_or(ColumnSet::NONE, |index| {
                ColumnSet::of(self.models[place.model].meta.relations[index].column)
            });
            let columns = input.columns | keys | attached;
            self.reads.push(Reads {
                setter: target,
                model: place.model,
                columns,
                reach: place.reach,
            });
            let is_child = place.child_by.is_some();
            let difference = self.difference(target, from, &place);
            self.wake(
                place.model,
                Wake {
                    columns,
                    // A parent comes after the row that names it only where it may be missing.
                    on_insert: is_child || place.optional,
                    on_delete: is_child,
                    up: place.child_by,
                    slot: if is_child { from.slot } else { place.slot },
                    within: None,
                    difference,
                },
            );
            self.inputs(target, setter, &place, input.inner)?;
        }
        Ok(())
    }

    /// How a change to a row at a place changes the setter's field, where that can be known.
    fn difference(
        &mut self,
        target: (ModelIndex, SetterIndex),
        from: &Place,
        place: &Place,
    ) -> Option<Difference> {
        let declared = self.models[target.0].declared(target.1)?;
        let is_next = place.child_by.is_some() && declared.chain().count() == 1;
        let (of, read) = (&self.models[target.0], &self.models[place.model]);
        if !is_next || !adds_up(declared, of, read) {
            return None;
        }
        let due = self.models[target.0].slots[from.slot].clone();
        let slot = self.slot(
            target.0,
            Slot {
                by_difference: true,
                ..due
            },
        );
        Some(Difference {
            slot,
            anew: from.slot,
            rule: declared.rule,
            value: declared.value,
            filter: declared.filter,
        })
    }

    /// The place that one hop leads to.
    fn enter(
        &mut self,
        target: (ModelIndex, SetterIndex),
        setter: &SetterMeta,
        from: &Place,
        input: &InputMeta,
    ) -> Result<Place, Error> {
        let model = self.by_type.get(&(input.model)()).copied().ok_or_else(|| {
            let (model, setter) = (self.models[target.0].meta.name, setter.name);
            Error::Declaration(format!(
                "the setter `{model}::{setter}` reads a model that is not linked into the program"
            ))
        })?;
        let (step, child_by, optional) = match input.direction {
            Direction::Parent { optional } => (
                Step::Down(Relation {
                    child: from.model,
                    index: input.relation,
                }),
                None,
                optional,
            ),
            Direction::Children => (
                Step::Up(Relation {
                    child: model,
                    index: input.relation,
                }),
                Some(input.relation),
                false,
            ),
        };
        // The first step up is taken at the write: a child at the end of a path is never marked
        // itself.
        let slot = if child_by.is_some() && input.inner.is_empty() {
            from.slot
        } else {
            let steps = self.models[from.model].slots[from.slot].steps + 1;
            let walk = Some((step, from.slot));
            self.slot(
                model,
                Slot {
                    walk,
                    by_difference: false,
                    steps,
                    target,
                    unit: UnitIndex::default(),
                    from_below: false,
                },
            )
        };
        let reach = from
            .reach
            .then(step, model == target.0 && from.model == target.0);
        Ok(Place {
            model,
            slot,
            child_by,
            optional,
            reach,
        })
    }

    /// The foreign keys of a model that inputs follow to parents.
    fn foreign_keys(&self, model: ModelIndex, inputs: &[InputMeta]) -> ColumnSet {
        let follows = |input: &&InputMeta| matches!(input.direction, Direction::Parent { .. });
        let column = |input: &InputMeta| self.models[model].meta.relations[input.relation].column;
        inputs
            .iter()
            .filter(follows)
            .map(column)
            .fold(ColumnSet::NONE, ColumnSet::with)
    }

    /// The place of a slot in its model, which gets it if it has none like it.
    fn slot(&mut self, model: ModelIndex, slot: Slot) -> SlotIndex {
        let slots = &mut self.models[model].slots;
        let known = slots.position(|known| *known == slot);
        known.unwrap_or_else(|| slots.push_and_get_key(slot))
    }

    /// Adds a wake. If the model has one that differs only in its columns, that one gets them.
    fn wake(&mut self, model: ModelIndex, wake: Wake) {
        let same = |known: &&mut Wake| {
            (known.on_insert, known.on_delete, known.up, known.slot)
                == (wake.on_insert, wake.on_delete, wake.up, wake.slot)
                && known.difference == wake.difference
        };
        match self.models[model].wakes.iter_mut().find(same) {
            Some(known) => known.columns |= wake.columns,
            None => self.models[model].wakes.push(wake),
        }
    }

    /// The declared fields of a model that can join its functions.
    fn joining(&self, model: ModelIndex) -> ColumnSet {
        let node = &self.models[model];
        let joins = |declared: &&DeclaredMeta| {
            let source = declared.chain().last();
            let source = source.and_then(|input| self.by_type.get(&(input.model)()));
            source.is_some_and(|&from| joins(declared, node, &self.models[from]))
        };
        let fields = node.declared.iter().filter(joins);
        fields
            .map(DeclaredMeta::field)
            .fold(ColumnSet::NONE, ColumnSet::with)
    }

    /// Adds what follows from all slots and wakes together.
    fn finish(mut self) -> Result<Graph, Error> {
        for model in self.models.keys() {
            self.models[model].joining = self.joining(model);
        }
        let (units, unit_of) = rank(&self.models, &self.reads)?;
        for node in &mut self.models {
            for slot in &mut node.slots {
                slot.unit = unit_of[&slot.target];
            }
            for wake in node.wakes.iter_mut().filter(|wake| wake.up.is_none()) {
                let slot = &node.slots[wake.slot];
                wake.within = slot.walk.is_none().then_some(slot.unit);
            }
        }
        super::below::note(&mut self.models);
        let labels: BTreeSet<_> = self
            .models
            .iter()
            .flat_map(|node| &node.setters)
            .flat_map(|setter| setter.labels.iter().copied())
            .collect();
        let mut graph = Graph {
            models: self.models,
            units,
            labels,
            locks: LockOrder::default(),
            short_ways: ShortWays::default(),
            by_type: self.by_type,
        };
        super::tree::plant(&mut graph);
        // Locks and short ways ask for the trees.
        graph.order_locks();
        graph.find_short_ways();
        super::unsettled::note(&mut graph);
        Ok(graph)
    }
}
