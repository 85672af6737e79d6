//! The order of a tree's rows: each after the rows that it reads.
//!
//! Iterating until nothing changes would compute rows twice. So the rows that a change may reach
//! are found first, a query a level, and sorted so that each stands after all that it reads (Kahn's
//! algorithm, by levels).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use crate::declare::arena::Id;
use crate::graph::{Route, Step};

/// The rows of a tree that one flush may reach, and their order.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// The rows that were due when the unit's turn came, then all that can be reached from them.
    rows: Vec<Id>,
    known: HashSet<Id>,
    /// Rows that are not computed, and not gone on from.
    aside: HashSet<Id>,
    /// For each route, the rows that read a row.
    readers: Vec<HashMap<Id, Vec<Id>>>,
    /// The walk along one route that is under way.
    walk: Option<Walk>,
    /// How many of `rows` have been walked from, on all routes.
    walked: usize,
    /// The rows in the order of computing, level by level.
    levels: std::vec::IntoIter<Vec<Id>>,
}

#[derive(Debug)]
struct Walk {
    /// It starts from those of the order's rows that nobody has walked from, up to this one.
    end: usize,
    route: usize,
    /// The next step of the route.
    step: usize,
    /// (start, where the walk from there has come).
    at: Vec<(Id, Id)>,
}

impl Order {
    pub(crate) fn new(due: Vec<Id>, aside: HashSet<Id>) -> Self {
        Self {
            aside,
            known: due.iter().copied().collect(),
            rows: due,
            ..Self::default()
        }
    }

    /// The next step to walk, and the rows to walk from.
    pub(crate) fn next_walk(&mut self, routes: &[Route]) -> Option<(Step, Vec<Id>)> {
        loop {
            let Some(walk) = &mut self.walk else {
                if self.walked == self.rows.len() {
                    return None;
                }
                self.walk = Some(self.start(0, self.walked..self.rows.len()));
                continue;
            };
            let Some(route) = routes.get(walk.route) else {
                self.walked = walk.end;
                self.walk = None;
                continue;
            };
            if let Some(&step) = route.steps.get(walk.step)
                && !walk.at.is_empty()
            {
                let mut ids: Vec<Id> = walk.at.iter().map(|&(_, at)| at).collect();
                ids.sort_unstable();
                ids.dedup();
                return Some((step, ids));
            }
            let (route, end) = (walk.route, walk.end);
            let arrived = std::mem::take(&mut walk.at);
            self.arrive(route, arrived);
            self.walk = Some(self.start(route + 1, self.walked..end));
        }
    }

    /// The walk along a route, from some of the rows: those that nobody has walked from on all
    /// routes.
    fn start(&self, route: usize, rows: Range<usize>) -> Walk {
        let end = rows.end;
        let at = self.rows[rows].iter().map(|&id| (id, id)).collect();
        Walk {
            end,
            route,
            step: 0,
            at,
        }
    }

    /// Notes the rows at the end of a route as readers. Those that are new are walked from, on all
    /// routes, once the rows before them have been.
    fn arrive(&mut self, route: usize, arrived: Vec<(Id, Id)>) {
        if self.readers.len() <= route {
            self.readers.resize_with(route + 1, HashMap::new);
        }
        for (from, to) in arrived {
            self.readers[route].entry(from).or_default().push(to);
            if !self.aside.contains(&to) && self.known.insert(to) {
                self.rows.push(to);
            }
        }
    }

    /// Where the step led.
    pub(crate) fn reached(&mut self, pairs: &[(Id, Id)]) {
        let Some(walk) = &mut self.walk else {
            return;
        };
        let mut next: HashMap<Id, Vec<Id>> = HashMap::new();
        for &(from, to) in pairs {
            next.entry(from).or_default().push(to);
        }
        let onward = |&(start, at): &(Id, Id)| {
            next.get(&at)
                .into_iter()
                .flatten()
                .map(move |&to| (start, to))
                .collect::<Vec<_>>()
        };
        walk.at = walk.at.iter().flat_map(onward).collect();
        walk.step += 1;
    }

    /// Sorts the rows into levels.
    ///
    /// # Errors
    /// The rows that are in a loop, or between two.
    pub(crate) fn sort(&mut self) -> Result<(), Vec<Id>> {
        // For how many rows each row waits; for one that it reads in two ways, twice.
        let mut waiting: BTreeMap<Id, usize> = self.rows.iter().map(|&id| (id, 0)).collect();
        let edges = || self.readers.iter().flat_map(HashMap::values).flatten();
        for reader in edges() {
            // A row that is left out is none of those to sort.
            if let Some(count) = waiting.get_mut(reader) {
                *count += 1;
            }
        }
        let mut levels: Vec<Vec<Id>> = Vec::new();
        let mut level: Vec<Id> = waiting
            .iter()
            .filter(|&(_, &count)| count == 0)
            .map(|(&id, _)| id)
            .collect();
        while !level.is_empty() {
            let mut next = Vec::new();
            for id in &level {
                waiting.remove(id);
                for reader in self
                    .readers
                    .iter()
                    .filter_map(|readers| readers.get(id))
                    .flatten()
                {
                    if let Some(count) = waiting.get_mut(reader) {
                        *count -= 1;
                        if *count == 0 {
                            next.push(*reader);
                        }
                    }
                }
            }
            next.sort_unstable();
            levels.push(std::mem::replace(&mut level, next));
        }
        if !waiting.is_empty() {
            return Err(self.looping(waiting.into_keys().collect()));
        }
        self.levels = levels.into_iter();
        Ok(())
    }

    /// Of rows that cannot be sorted those that are in a loop, or between two. Those that only hang
    /// on a loop are taken out, the last ones first.
    fn looping(&self, mut stuck: BTreeSet<Id>) -> Vec<Id> {
        // How many stuck readers each row has.
        let mut leads: HashMap<Id, usize> = HashMap::new();
        let mut back: HashMap<Id, Vec<Id>> = HashMap::new();
        for (&from, readers) in self.readers.iter().flatten() {
            for &reader in readers.iter().filter(|reader| stuck.contains(reader)) {
                *leads.entry(from).or_default() += 1;
                back.entry(reader).or_default().push(from);
            }
        }
        let mut ends: Vec<Id> = stuck
            .iter()
            .copied()
            .filter(|id| !leads.contains_key(id))
            .collect();
        while let Some(end) = ends.pop() {
            stuck.remove(&end);
            for before in back.remove(&end).unwrap_or_default() {
                if let Some(count) = leads.get_mut(&before) {
                    *count -= 1;
                    if *count == 0 {
                        ends.push(before);
                    }
                }
            }
        }
        stuck.into_iter().collect()
    }

    /// The due rows of the next level that has any.
    pub(crate) fn next_level(&mut self, due: &[Id]) -> Option<Vec<Id>> {
        let is_due = |id: &Id| due.binary_search(id).is_ok();
        self.levels
            .by_ref()
            .map(|level| level.into_iter().filter(is_due).collect::<Vec<_>>())
            .find(|level| !level.is_empty())
    }

    /// The rows that read a row along a route.
    pub(crate) fn readers(&self, route: usize, id: Id) -> &[Id] {
        self.readers
            .get(route)
            .and_then(|readers| readers.get(&id))
            .map_or(&[], Vec::as_slice)
    }
}
