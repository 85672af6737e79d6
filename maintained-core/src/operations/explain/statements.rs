//! The statements that a write and its flush send at most, and the locks that they take.

use std::collections::{BTreeMap, BTreeSet};

use super::planned::{Action, Planned, RowLock, Sent};
use super::short_way::additions;
use super::written::{Kind, Written};
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::positions::ColumnIndex;
use crate::declare::rule::Rule;
use crate::declare::setter::{Direction, InputMeta};
use crate::declare::setter_set::SetterSet;
use crate::engine::ahead;
use crate::graph::{
    Cause, Change, Follower, Graph, ModelIndex, SetterIndex, Step, UnitIndex, in_order,
};
use crate::sql::Dialect;

/// The statements of a write and of its flush.
pub(super) fn planned<DB: Dialect>(
    graph: &Graph,
    written: &Written,
    followers: &[Follower],
) -> Vec<Planned> {
    let mut plan = Plan {
        graph,
        statements: Vec::new(),
        each_level: false,
        ahead: BTreeSet::new(),
        known: None,
        lock: DB::lock,
        locks: DB::LOCKS,
        returns_updated: DB::RETURNS_UPDATED,
    };
    plan.write::<DB>(written);
    if let Some((additions, rows)) = additions(graph, written) {
        for at in in_order(&additions.rows) {
            let row = &additions.rows[at];
            let fields = row.fields.iter();
            let fields = fields.map(|(it, _)| graph.models[it.model].setters[it.setter].fields);
            let columns = fields.fold(ColumnSet::NONE, |all, it| all | it);
            for _ in 0..rows {
                plan.update(row.model, columns);
            }
        }
        return plan.statements;
    }
    let mut units: BTreeMap<UnitIndex, Vec<&Follower>> = BTreeMap::new();
    for follower in followers {
        units.entry(follower.unit).or_default().push(follower);
    }
    for (unit, followers) in units {
        plan.each_level = graph.units[unit].tree.is_some();
        plan.walks(&followers);
        plan.unit(unit, &followers);
    }
    plan.each_level = false;
    let is_read_again = matches!(written.kind, Kind::Insert | Kind::Update(_));
    if is_read_again && followers.iter().any(|it| it.target.0 == written.model) {
        plan.read(written.model, Lock::None);
    }
    plan.statements
}

pub(super) struct Plan<'g> {
    pub(super) graph: &'g Graph,
    statements: Vec<Planned>,
    /// Whether what is added next is sent once for each level of a tree.
    pub(super) each_level: bool,
    /// The models whose rows were read as they were locked ahead, and have not changed since.
    pub(super) ahead: BTreeSet<ModelIndex>,
    /// The model of the written row, which is known as long as it does not change again.
    known: Option<ModelIndex>,
    /// The clause of a lock.
    lock: fn(Lock) -> &'static str,
    /// Whether the database locks single rows.
    locks: bool,
    /// Whether an `UPDATE` returns the rows that it has written.
    returns_updated: bool,
}

impl Plan<'_> {
    fn row_lock(&self, model: ModelIndex, lock: Lock) -> Option<RowLock> {
        let clause = (self.lock)(lock).trim();
        let is_lock = self.locks && lock != Lock::None && !clause.is_empty();
        is_lock.then_some(RowLock {
            table: self.graph.models[model].meta.table,
            lock: clause,
        })
    }

    pub(super) fn add(
        &mut self,
        action: Action,
        model: ModelIndex,
        columns: ColumnSet,
        locks: Vec<RowLock>,
    ) {
        let meta = self.graph.models[model].meta;
        let known = columns.iter().filter_map(|at| meta.columns.get(at));
        self.statements.push(Planned {
            action,
            table: meta.table,
            columns: known.map(|column| column.name).collect(),
            locks,
            each_level: self.each_level,
            sent: Sent::Always,
        });
    }

    /// Says when the statement that was added last is sent.
    pub(super) fn sent(&mut self, sent: Sent) {
        if let Some(last) = self.statements.last_mut() {
            last.sent = sent;
        }
    }

    pub(super) fn read(&mut self, model: ModelIndex, lock: Lock) {
        let lock = self.row_lock(model, lock);
        // What is read without a lock is compared with what was written.
        let was_read = lock.is_some() && self.ahead.contains(&model);
        self.add(Action::Read, model, ColumnSet::NONE, Vec::from_iter(lock));
        if was_read {
            self.sent(Sent::IfNotRead);
        }
    }

    /// Reads the rows that are computed: it may be the written row alone.
    fn read_targets(&mut self, model: ModelIndex, followers: &[&Follower]) {
        self.read(model, Lock::NoKeyUpdate);
        let mut paths = followers.iter().flat_map(|it| &it.paths);
        if self.known == Some(model) && paths.all(|path| path.steps.is_empty()) {
            self.sent(Sent::IfNotRead);
        }
    }

    pub(super) fn update(&mut self, model: ModelIndex, columns: ColumnSet) {
        self.add(Action::Update, model, columns, Vec::new());
        self.ahead.remove(&model);
        self.known = self.known.filter(|known| *known != model);
    }

    /// The write itself.
    fn write<DB: Dialect>(&mut self, written: &Written) {
        let (graph, model) = (self.graph, written.model);
        let (change, lock) = match written.kind {
            Kind::Insert => (Change::Inserted, Lock::None),
            Kind::Update(columns) => (Change::Updated(columns), self.image_lock(model)),
            Kind::Delete => (Change::Deleted, Lock::Update),
            Kind::Touch => (Change::Updated(ColumnSet::ALL), Lock::NoKeyUpdate),
        };
        let is_locked = self.lock_ahead(model, change);
        if written.kind != Kind::Insert {
            self.read(model, lock);
        }
        if self.locks && !is_locked && written.kind != Kind::Touch {
            for ahead in ahead::relations_of::<DB>(graph, model) {
                self.read(ahead.parent, graph.strongest(ahead.parent));
            }
        }
        let reads_ahead = !self.ahead.is_empty();
        let is_part = DB::WRITES_IN_QUERIES
            && reads_ahead
            && (written.kind == Kind::Insert || self.ahead.contains(&model));
        match written.kind {
            Kind::Insert => {
                self.add(Action::Insert, model, ColumnSet::NONE, Vec::new());
                if is_part {
                    self.sent(Sent::WithLocks);
                }
                if !DB::RETURNS_INSERTED {
                    self.read(model, Lock::None);
                }
            }
            Kind::Update(columns) => {
                let unsettled = graph.models[model].unsettled.iter();
                let unsettled = unsettled.map(|it| it.column);
                let columns = unsettled.fold(columns, ColumnSet::with);
                self.update(model, columns);
                if is_part {
                    self.sent(Sent::WithLocks);
                }
                if !self.returns_updated {
                    self.read(model, Lock::None);
                }
            }
            Kind::Delete => self.delete::<DB>(written),
            Kind::Touch => {}
        }
        if reads_ahead && matches!(written.kind, Kind::Insert | Kind::Update(_)) {
            self.ahead.remove(&model);
            self.known = Some(model);
        }
    }

    /// How strongly a row is locked before it is changed.
    fn image_lock(&self, model: ModelIndex) -> Lock {
        if self.graph.models[model].unsettled.is_empty() {
            Lock::NoKeyUpdate
        } else {
            Lock::Update
        }
    }

    /// The locks that come before the write, and where somebody was waited for, once more. Says
    /// whether there are any.
    fn lock_ahead(&mut self, model: ModelIndex, change: Change) -> bool {
        let graph = self.graph;
        let locks = graph.locks(model, Cause::Change(change));
        if !self.locks || !locks.meet {
            return false;
        }
        let groups = locks.groups.iter();
        let all: Vec<RowLock> = groups
            .filter_map(|group| self.row_lock(group.model, group.lock))
            .collect();
        for sent in [Sent::Always, Sent::IfWaited] {
            self.add(Action::LockAhead, model, ColumnSet::NONE, all.clone());
            self.sent(sent);
        }
        let locked = locks.groups.iter().map(|group| group.model);
        let read = locked.filter(|&of| graph.reads_ahead((model, &locks), of));
        self.ahead = read.collect();
        true
    }

    /// The walks to the rows of a unit: one for each step that they begin with.
    fn walks(&mut self, followers: &[&Follower]) {
        let graph = self.graph;
        let paths = followers.iter().flat_map(|follower| &follower.paths);
        let mut walks: BTreeMap<(std::cmp::Reverse<usize>, ModelIndex, Step), bool> =
            BTreeMap::new();
        for &(model, slot) in paths.flat_map(|path| &path.walks) {
            let slot = &graph.models[model].slots[slot];
            if let Some((step, _)) = slot.walk {
                let key = (std::cmp::Reverse(slot.steps), model, step);
                *walks.entry(key).or_default() |= slot.from_below;
            }
        }
        for ((_, model, step), unlocked) in walks {
            match step {
                Step::Up(_) => self.read(model, Lock::NoKeyUpdate),
                Step::Down(relation) => {
                    if self.locks && (unlocked || self.each_level) {
                        self.read(model, Lock::NoKeyUpdate);
                    }
                    self.read(relation.child, Lock::None);
                }
            }
        }
    }

    /// What a unit reads and writes.
    fn unit(&mut self, unit: UnitIndex, followers: &[&Follower]) {
        let graph = self.graph;
        let unit = &graph.units[unit];
        let node = &graph.models[unit.model];
        let due: SetterSet = followers.iter().map(|it| it.target.1).collect();
        let due = unit.reach(due);
        let functions: Vec<SetterIndex> = due
            .iter()
            .filter(|&it| node.declared(it).is_none())
            .collect();
        if functions.is_empty() {
            for follower in followers {
                self.declared(follower);
            }
            return;
        }
        self.read_targets(unit.model, followers);
        if !node.keys_have_one_spelling {
            // A key that names no row may be that of a row which spells it otherwise.
            self.read(unit.model, Lock::None);
        }
        for setter in due.iter().filter(|&it| node.declared(it).is_some()) {
            self.read_children(unit.model, setter);
        }
        for setter in functions {
            self.inputs(node.setters[setter].inputs);
        }
        let columns = node.fields_of(due);
        let is_exact = |at: ColumnIndex| (node.meta.columns[at].kind)().is_exact();
        let is_exact = columns.iter().all(is_exact);
        if !is_exact {
            self.read(unit.model, Lock::None);
        }
        let unique = columns.iter().filter(|&at| node.meta.columns[at].unique);
        let unique = unique.fold(ColumnSet::NONE, ColumnSet::with);
        if !unique.is_empty() {
            // They are set to NULL first, so that rows can swap their values.
            self.update(unit.model, unique);
        }
        self.update(unit.model, columns);
        if !is_exact {
            self.read(unit.model, Lock::None);
        }
    }

    /// What setters read, hop by hop.
    fn inputs(&mut self, inputs: &[InputMeta]) {
        for input in inputs {
            let Some(model) = self.graph.index_of((input.model)()) else {
                continue;
            };
            let lock = match input.direction {
                Direction::Parent { .. } => self.graph.parent_lock(model),
                Direction::Children => Lock::None,
            };
            self.read(model, lock);
            self.inputs(input.inner);
        }
    }

    /// The rows from which a declared field is computed.
    fn read_children(&mut self, model: ModelIndex, setter: SetterIndex) {
        let declared = self.graph.models[model].declared(setter);
        let last = declared.and_then(|declared| declared.chain().last());
        let read = last.and_then(|input| self.graph.index_of((input.model)()));
        if let Some(read) = read {
            self.read(read, Lock::None);
        }
    }

    /// A field that the database computes.
    fn declared(&mut self, follower: &Follower) {
        let (model, setter) = follower.target;
        let node = &self.graph.models[model];
        let Some(declared) = node.declared(setter) else {
            return;
        };
        let is_sum = matches!(declared.rule, Rule::Sum | Rule::Count);
        let paths = &follower.paths;
        let differs = paths
            .iter()
            .filter(|path| path.difference.is_some())
            .count();
        if differs > 0 && !is_sum {
            // The difference may not tell what the value is now.
            self.read(model, Lock::NoKeyUpdate);
            self.update(model, declared.setter.fields);
        }
        self.read(model, Lock::NoKeyUpdate);
        for input in declared.chain() {
            let is_parent = matches!(input.direction, Direction::Parent { .. });
            let Some(parent) = self.graph.index_of((input.model)()) else {
                break;
            };
            if !is_parent {
                break;
            }
            if self.locks {
                self.read(parent, self.graph.parent_lock(parent));
            }
        }
        let column = &node.meta.columns[declared.field()];
        if column.unique || !self.returns_updated {
            self.read(model, Lock::None);
        }
        if column.unique {
            self.update(model, declared.setter.fields);
        }
        self.update(model, declared.setter.fields);
        if column.unique || !self.returns_updated {
            self.read(model, Lock::None);
        }
    }
}
