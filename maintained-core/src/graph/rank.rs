//! The order of computing: which setters run together, and after which others.

use std::collections::{BTreeMap, HashMap};

use typed_index_collections::{TiSlice, TiVec};

use crate::declare::columns::ColumnSet;
use crate::declare::rule::DeclaredMeta;
use crate::declare::setter::{Direction, InputMeta};
use crate::error::Error;
use crate::graph::{ModelIndex, Node, SetterIndex, Step, Unit, UnitIndex};

/// A setter: its model, and its position there.
pub(super) type Target = (ModelIndex, SetterIndex);

/// How the place that is read lies to the setter's own row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is the row itself.
    Own,
    /// It is the row itself as the database has it: a column may store another value than the one
    /// computed.
    Stored,
    /// It is reached along self references of the model, all in one direction.
    Tree { up: bool },
    /// Anything else.
    Far,
}

impl Reach {
    /// The reach of a place one hop on, whose walk back begins with `step`.
    pub(super) fn then(self, step: Step, within_model: bool) -> Self {
        let up = matches!(step, Step::Up(_));
        match self {
            _ if !within_model => Self::Far,
            Self::Own => Self::Tree { up },
            Self::Tree { up: before } if before == up => Self::Tree { up },
            Self::Stored | Self::Tree { .. } | Self::Far => Self::Far,
        }
    }

    fn is_own(self) -> bool {
        matches!(self, Self::Own | Self::Stored)
    }
}

/// A place where a setter reads.
#[derive(Debug)]
pub(super) struct Reads {
    pub(super) setter: Target,
    pub(super) model: ModelIndex,
    pub(super) columns: ColumnSet,
    pub(super) reach: Reach,
}

/// `reader` reads a field that `keeper` keeps.
#[derive(Debug, Clone, Copy)]
struct Edge {
    keeper: usize,
    reader: usize,
    reach: Reach,
}

/// The unit that each setter is in.
pub(super) type UnitOf = HashMap<Target, UnitIndex>;

/// Sorts the setters into units, in the order of computing, and says which unit each is in.
pub(super) fn rank(
    models: &TiSlice<ModelIndex, Node>,
    reads: &[Reads],
) -> Result<(TiVec<UnitIndex, Unit>, UnitOf), Error> {
    let setters: Vec<Target> = models
        .iter_enumerated()
        .flat_map(|(model, node)| node.setters.keys().map(move |at| (model, at)))
        .collect();
    let edges = edges(models, &setters, reads);
    let groups = groups(setters.len(), &edges);
    let is_tree = |group: usize| {
        edges
            .iter()
            .any(|edge| groups[edge.keeper] == group && groups[edge.reader] == group)
    };
    for edge in &edges {
        if groups[edge.keeper] == groups[edge.reader] {
            check_circle(models, &setters, &edges, &groups, groups[edge.keeper])?;
        }
    }

    let ranks = schedule(models, &setters, &edges, &groups, &is_tree);

    // By rank, model, tree, and declared field that cannot join; the tree is 0 for none.
    let mut members: BTreeMap<(usize, ModelIndex, usize, Option<SetterIndex>), Vec<usize>> =
        BTreeMap::new();
    for (at, &(model, setter)) in setters.iter().enumerate() {
        let group = groups[at];
        let tree = if is_tree(group) { group + 1 } else { 0 };
        let joins =
            |declared: &DeclaredMeta| tree == 0 && models[model].joining.contains(declared.field());
        let alone = match models[model].declared(setter) {
            Some(declared) if !joins(declared) => Some(setter),
            _ => None,
        };
        members
            .entry((ranks[group], model, tree, alone))
            .or_default()
            .push(at);
    }
    let mut units = TiVec::new();
    let mut unit_of = HashMap::new();
    for ((_, model, tree, _), members) in members {
        let members: Vec<SetterIndex> = members.iter().map(|&at| setters[at].1).collect();
        let is_declared = |&setter: &SetterIndex| models[model].declared(setter).is_some();
        // Without a function there is nothing to join.
        let parts = if members.iter().all(is_declared) && tree == 0 {
            members.chunks(1)
        } else {
            members.chunks(members.len())
        };
        for members in parts {
            let indices = members.iter().map(|&setter| (model, setter));
            let at = units.next_key();
            unit_of.extend(indices.map(|setter| (setter, at)));
            units.push(Unit::new(models, (at, model), members.to_vec(), tree > 0));
        }
    }
    Ok((units, unit_of))
}

/// The position of each group in the order of computing.
///
/// Setters of a model share one read of their rows and inputs when they run together. So a model's
/// turn comes when all of its setters can run; where there is no such model, that one comes whose
/// setters read no children.
fn schedule(
    models: &TiSlice<ModelIndex, Node>,
    setters: &[Target],
    edges: &[Edge],
    groups: &[usize],
    is_tree: &impl Fn(usize) -> bool,
) -> Vec<usize> {
    /// The rank of a group whose turn has not come.
    const OPEN: usize = usize::MAX;
    let mut ranks = vec![OPEN; setters.len()];
    for rank in 0.. {
        // A group is named by its least member, which has the rank for all.
        let open: Vec<usize> = (0..setters.len())
            .filter(|&at| groups[at] == at && ranks[at] == OPEN)
            .collect();
        let mut ready: Vec<usize> = open.clone();
        // What waits for a setter that is not ready is not ready.
        loop {
            let waits = |&group: &usize| {
                edges.iter().any(|edge| {
                    let (keeper, reader) = (groups[edge.keeper], groups[edge.reader]);
                    let together = edge.reach == Reach::Own && !is_tree(keeper) && !is_tree(reader);
                    reader == group
                        && keeper != group
                        && ranks[keeper] == OPEN
                        && !(together && ready.contains(&keeper))
                })
            };
            let Some(at) = ready.iter().position(waits) else {
                break;
            };
            ready.remove(at);
        }
        let cost = |&group: &usize| {
            let (model, setter) = setters[group];
            let is_whole = is_tree(group)
                || open.iter().all(|other| {
                    setters[*other].0 != model || is_tree(*other) || ready.contains(other)
                });
            let inputs = models[model].setters[setter].inputs;
            (!is_whole, reads_children(inputs), model)
        };
        let Some(next) = ready.iter().copied().min_by_key(cost) else {
            break;
        };
        for &group in &ready {
            let joins = setters[group].0 == setters[next].0 && !is_tree(group) && !is_tree(next);
            if group == next || joins {
                ranks[group] = rank;
            }
        }
    }
    ranks
}

fn reads_children(inputs: &[InputMeta]) -> bool {
    inputs
        .iter()
        .any(|input| input.direction == Direction::Children || reads_children(input.inner))
}

fn edges(models: &TiSlice<ModelIndex, Node>, setters: &[Target], reads: &[Reads]) -> Vec<Edge> {
    let position: HashMap<Target, usize> = setters
        .iter()
        .enumerate()
        .map(|(at, &setter)| (setter, at))
        .collect();
    let mut edges = Vec::new();
    for read in reads {
        for (at, keeper) in models[read.model].setters.iter_enumerated() {
            if keeper.fields.intersects(read.columns) {
                let keeper = position[&(read.model, at)];
                // What the database computes, and what it reads, goes through the database.
                let is_declared = models[read.model].declared(at).is_some()
                    || models[read.setter.0].declared(read.setter.1).is_some();
                let reach = match read.reach {
                    Reach::Own if is_declared => Reach::Stored,
                    reach => reach,
                };
                edges.push(Edge {
                    keeper,
                    reader: position[&read.setter],
                    reach,
                });
            }
        }
    }
    edges
}

/// The strongly connected component of each setter, named by its least member. Setters are few
/// enough for a transitive closure (Warshall's).
fn groups(count: usize, edges: &[Edge]) -> Vec<usize> {
    let mut reaches = vec![vec![false; count]; count];
    for edge in edges {
        reaches[edge.keeper][edge.reader] = true;
    }
    for middle in 0..count {
        let onward = reaches[middle].clone();
        for row in &mut reaches {
            if row[middle] {
                row.iter_mut()
                    .zip(&onward)
                    .for_each(|(reached, &more)| *reached |= more);
            }
        }
    }
    let same =
        |left: usize, right: usize| left == right || reaches[left][right] && reaches[right][left];
    (0..count)
        .map(|at| (0..at).find(|&other| same(other, at)).unwrap_or(at))
        .collect()
}

/// A circle is allowed where it follows self references of one model, all in one direction: then it
/// ends at the roots, or at the leaves.
fn check_circle(
    models: &TiSlice<ModelIndex, Node>,
    setters: &[Target],
    edges: &[Edge],
    groups: &[usize],
    group: usize,
) -> Result<(), Error> {
    let inner: Vec<Edge> = edges
        .iter()
        .filter(|edge| groups[edge.keeper] == group && groups[edge.reader] == group)
        .copied()
        .collect();
    let tree = inner
        .iter()
        .find_map(|edge| matches!(edge.reach, Reach::Tree { .. }).then_some(edge.reach));
    let is_declared = |at: usize| models[setters[at].0].declared(setters[at].1).is_some();
    // What the database computes is no part of another unit, and the rows of a tree are in an order
    // for one unit only.
    let is_split = |edge: &Edge| {
        edge.keeper != edge.reader && (is_declared(edge.keeper) || is_declared(edge.reader))
    };
    // The rows of a tree are computed in memory, where a value is not yet as its column stores it.
    let fits =
        |edge: &Edge| edge.reach == Reach::Own || Some(edge.reach) == tree && !is_split(edge);
    let own: Vec<Edge> = inner
        .iter()
        .filter(|edge| edge.reach.is_own())
        .copied()
        .collect();
    let misfit = inner.iter().find(|edge| !fits(edge)).or_else(|| {
        own.iter()
            .find(|edge| path(&own, edge.reader, edge.keeper).is_some())
    });
    let Some(misfit) = misfit else {
        return Ok(());
    };
    let within = if fits(misfit) { &own } else { &inner };
    let mut circle = path(within, misfit.reader, misfit.keeper).unwrap_or_default();
    circle.insert(0, misfit.keeper);
    let name = |&at: &usize| {
        let (model, setter) = setters[at];
        format!(
            "{}::{}",
            models[model].meta.name, models[model].setters[setter].name
        )
    };
    Err(Error::Circle {
        fields: circle.iter().map(name).collect(),
    })
}

/// The setters on a shortest way from one to another, both included.
fn path(edges: &[Edge], from: usize, to: usize) -> Option<Vec<usize>> {
    let mut came_from = HashMap::from([(from, from)]);
    let mut frontier = vec![from];
    while !frontier.is_empty() && !came_from.contains_key(&to) {
        let mut next = Vec::new();
        for edge in edges.iter().filter(|edge| frontier.contains(&edge.keeper)) {
            came_from.entry(edge.reader).or_insert_with(|| {
                next.push(edge.reader);
                edge.keeper
            });
        }
        frontier = next;
    }
    let mut way = vec![to];
    while *way.last()? != from {
        way.push(*came_from.get(way.last()?)?);
    }
    way.reverse();
    Some(way)
}
