//! The first look at a batch: which rows seem to differ. It takes no locks and writes nothing, so
//! that what it finds may be what somebody else is just changing.

use std::collections::{BTreeMap, BTreeSet};

use super::kin;
use super::passes::Pass;
use crate::batch::Due;
use crate::connection::{Task, Wrapped};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::declare::setter_set::SetterSet;
use crate::engine::marking::Marking;
use crate::engine::{compute, declared, flush};
use crate::error::Error;
use crate::graph::{Unit, UnitIndex};
use crate::marks::aside::Aside;
use crate::session::Session;

/// What a first look has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The rows that seem to differ, and in which columns.
    pub(super) differing: BTreeMap<Id, ColumnSet>,
    /// Others that seem to differ, too, and from which these follow.
    pub(super) kin: BTreeSet<Id>,
    /// The rows whose setters fail, and why the first of them does.
    pub(super) failing: BTreeSet<Id>,
    pub(super) error: Option<Error>,
}

impl Found {
    fn differs(&mut self, id: Id, columns: ColumnSet) {
        let known = self.differing.entry(id).or_insert(ColumnSet::NONE);
        *known |= columns;
    }
}

/// The first look at a batch.
pub(super) struct Look<'o> {
    pub(super) pass: &'o Pass,
    pub(super) ids: &'o [Id],
    /// How many rows that these read are looked at, too.
    pub(super) kin: usize,
}

impl<C: Wrapped> Task<C> for Look<'_> {
    type Output = Found;

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<Found, Error> {
        look(session, self.pass, self.ids, self.kin).await
    }
}

/// Looks at some rows, and at so many others that they read.
async fn look<C: Wrapped>(
    session: &mut Session<'_, C>,
    pass: &Pass,
    ids: &[Id],
    kin: usize,
) -> Result<Found, Error> {
    let locks = std::mem::replace(&mut session.switches.locks, false);
    let mut looked = units(session, pass, ids).await;
    if let Ok(found) = &mut looked
        && let Err(error) = kin_of(session, pass, (ids, kin), found).await
    {
        looked = Err(error);
    }
    session.switches.locks = locks;
    looked
}

/// Looks at some rows, by each unit.
async fn units<C: Wrapped>(
    session: &mut Session<'_, C>,
    pass: &Pass,
    ids: &[Id],
) -> Result<Found, Error> {
    let mut found = Found::default();
    for &unit in &pass.units {
        functions(session, pass, unit, ids, &mut found).await?;
        declared(session, pass, unit, ids, &mut found).await?;
    }
    Ok(found)
}

/// Looks at the rows that those read which seem to differ, and at what they read in their turn, the
/// nearest first, until there are so many.
async fn kin_of<C: Wrapped>(
    session: &mut Session<'_, C>,
    pass: &Pass,
    (ids, most): (&[Id], usize),
    found: &mut Found,
) -> Result<(), Error> {
    let ways = kin::ways(&session.catalog.graph, pass);
    let mut seen: BTreeSet<Id> = ids.iter().copied().collect();
    let mut followed = BTreeSet::new();
    let mut readers: BTreeSet<Id> = found.differing.keys().copied().collect();
    while !ways.is_empty() && !readers.is_empty() && seen.len() < ids.len() + most {
        let read = kin::read_by(session, &ways, (pass.model, &readers)).await?;
        followed.append(&mut readers);
        let mut new: Vec<Id> = read.difference(&seen).copied().collect();
        session.arenas.get(pass.model).sort(&mut new);
        seen.extend(&new);
        // Those whose setters fail are told of in their own batches.
        let looked = units(session, pass, &new).await?;
        found.kin.extend(looked.differing.into_keys());
        readers = &read - &followed;
    }
    Ok(())
}

/// Runs the functions of a unit, and compares what they return with what is stored. The rows that
/// they read bound a batch, as in a flush.
async fn functions<C: Wrapped>(
    session: &mut Session<'_, C>,
    pass: &Pass,
    (unit, setters): (UnitIndex, SetterSet),
    ids: &[Id],
    found: &mut Found,
) -> Result<(), Error> {
    let graph = &session.catalog.graph;
    let node = &graph.models[pass.model];
    let functions = node
        .setters
        .keys()
        .filter(|&setter| node.declared(setter).is_none());
    let due = functions.collect::<SetterSet>() & setters;
    if due.is_empty() {
        return Ok(());
    }
    let unit = &graph.units[unit];
    let mut size = flush::first_size(unit, &node.setters);
    let mut rest = ids;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(rest.len().min(size));
        rest = after;
        let before = session.work.rows();
        run(session, unit, due, batch, found).await?;
        size = flush::next_size(batch.len(), session.work.rows() - before);
    }
    Ok(())
}

/// Runs functions for some rows, again without those for which they fail.
async fn run<C: Wrapped>(
    session: &mut Session<'_, C>,
    unit: &'static Unit,
    due: SetterSet,
    ids: &[Id],
    found: &mut Found,
) -> Result<(), Error> {
    let Some(run) = &session.registration(unit.model).run else {
        return Ok(());
    };
    let mut ids: Vec<Id> = ids.to_vec();
    loop {
        let rows = session.rows(unit.model, &ids, Lock::None).await?;
        let due = Due::all(due, rows.ids.len());
        let mut aside = Aside::default();
        let mut noting = session.setting_aside(&mut aside);
        match compute::batch(&mut noting, run, unit, rows, due).await {
            Ok(computed) => {
                let rows = computed.ids.iter().zip(&computed.changed);
                for (&id, &columns) in rows.filter(|(_, changed)| !changed.is_empty()) {
                    found.differs(id, columns);
                }
                return Ok(());
            }
            Err(error) => {
                let failed: BTreeSet<Id> = aside.failed.iter().map(|&(_, id)| id).collect();
                let known = ids.len();
                ids.retain(|id| !failed.contains(id));
                // Where no row was set aside, no setter has failed, but something else.
                if ids.len() == known {
                    return Err(error);
                }
                found.failing.extend(failed);
                found.error.get_or_insert(error);
            }
        }
    }
}

/// Lets the database compare the declared fields of a unit.
async fn declared<C: Wrapped>(
    session: &mut Session<'_, C>,
    pass: &Pass,
    (_, setters): (UnitIndex, SetterSet),
    ids: &[Id],
    found: &mut Found,
) -> Result<(), Error> {
    let node = &session.catalog.graph.models[pass.model];
    for setter in setters.iter() {
        if node.declared(setter).is_some() {
            let columns = node.setters[setter].fields;
            for id in declared::differing(session, (pass.model, setter), ids).await? {
                found.differs(id, columns);
            }
        }
    }
    Ok(())
}
