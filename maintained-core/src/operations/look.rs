//! The first look at a batch: which rows seem to differ. It takes no locks and writes nothing, so that what it finds may be
//! what somebody else is just changing.

use std::collections::BTreeSet;

use super::passes::Pass;
use crate::arena::Id;
use crate::aside::Aside;
use crate::backend::{Database, Lock};
use crate::batch::{Due, DueByChoice};
use crate::declared;
use crate::error::Error;
use crate::session::Session;

/// What a first look has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The rows that seem to differ.
    pub(super) differing: BTreeSet<Id>,
    /// The rows whose setters fail, and why the first of them does.
    pub(super) failing: BTreeSet<Id>,
    pub(super) error: Option<Error>,
}

/// Looks at some rows.
pub(super) fn look<C: Database>(
    session: &mut Session<'_, C>,
    pass: &Pass,
    ids: &[Id],
) -> Result<Found, Error> {
    let locks = std::mem::replace(&mut session.locks, false);
    let mut found = Found::default();
    let looked = pass.units.iter().try_for_each(|&unit| {
        functions(session, pass, unit, ids, &mut found)?;
        declared(session, pass, unit, ids, &mut found)
    });
    session.locks = locks;
    looked.map(|()| found)
}

/// Runs the functions of a unit, and compares what they return with what is stored.
fn functions<C: Database>(
    session: &mut Session<'_, C>,
    pass: &Pass,
    (unit, setters): (usize, u64),
    ids: &[Id],
    found: &mut Found,
) -> Result<(), Error> {
    let node = &session.catalog.graph.models[pass.model];
    let is_function = |setter: &usize| node.declared(*setter).is_none();
    let functions = (0..node.setters.len()).filter(is_function);
    let due = functions.fold(0, |all, setter| all | 1 << setter) & setters;
    let Some(compute) = session
        .registration(pass.model)
        .compute
        .filter(|_| due != 0)
    else {
        return Ok(());
    };
    let mut ids: Vec<Id> = ids.to_vec();
    loop {
        let rows = session.rows(pass.model, &ids, Lock::None)?;
        let masks = vec![due; rows.ids.len()];
        let all = Due {
            any: masks.clone(),
            choices: vec![DueByChoice {
                choice: 0,
                chosen: due,
                due: masks,
            }],
        };
        let mut aside = Aside::default();
        let units = &session.catalog.graph.units;
        let mut noting = session.setting_aside(&mut aside);
        let computed = compute(&mut noting, &units[unit], rows.ids, rows.rows, all);
        match computed {
            Ok(computed) => {
                let rows = computed.ids.iter().zip(&computed.changed);
                let differing = rows.filter(|(_, changed)| !changed.is_empty());
                found.differing.extend(differing.map(|(id, _)| *id));
                return Ok(());
            }
            Err(error) => {
                let failed: BTreeSet<Id> = aside.failed.iter().map(|&(_, id)| id).collect();
                let known = ids.len();
                ids.retain(|id| !failed.contains(id));
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
fn declared<C: Database>(
    session: &mut Session<'_, C>,
    pass: &Pass,
    (_, setters): (usize, u64),
    ids: &[Id],
    found: &mut Found,
) -> Result<(), Error> {
    let node = &session.catalog.graph.models[pass.model];
    for setter in 0..node.setters.len() {
        if setters >> setter & 1 == 1 && node.declared(setter).is_some() {
            let differing = declared::differing(session, (pass.model, setter), ids)?;
            found.differing.extend(differing);
        }
    }
    Ok(())
}
