//! The rows that a batch computes.

use hashbrown::HashSet;

use crate::batch::Due;
use crate::declare::arena::Id;
use crate::declare::lock::Lock;
use crate::declare::setter_set::SetterSet;
use crate::error::Error;
use crate::graph::Unit;
use crate::marks::pending::Pending;
use crate::rows::select::Found;
use crate::session::Session;
use crate::wire::Wire;

/// Locks and reads the rows of a batch. The marks of rows that are gone are taken off.
pub(super) async fn targets<C: Wire>(
    session: &mut Session<'_, C>,
    unit: &'static Unit,
    ids: &[Id],
    pending: &mut Pending,
) -> Result<Found<C::Db>, Error> {
    let found = session.rows(unit.model, ids, Lock::NoKeyUpdate).await?;
    let has_one_spelling = session.catalog.graph.models[unit.model].keys_have_one_spelling;
    // All rows are there, each under the id that was asked for.
    if found.ids.len() == ids.len() && has_one_spelling {
        return Ok(found);
    }
    let wanted: HashSet<Id> = ids.iter().copied().collect();
    let there: HashSet<Id> = found.ids.iter().copied().collect();
    if there != wanted {
        let gone: Vec<Id> = ids
            .iter()
            .copied()
            .filter(|id| !there.contains(id))
            .collect();
        let due = Due::take(
            &session.catalog.graph,
            pending,
            (unit, SetterSet::ALL),
            &gone,
            false,
        );
        // Rows are looked up one by one only if some are there under another spelling.
        if !has_one_spelling
            && !session
                .rows(unit.model, &gone, Lock::None)
                .await?
                .ids
                .is_empty()
        {
            // Whatever was due for a key is due for the row that spells it otherwise.
            for (at, &id) in gone.iter().enumerate() {
                if let Some(row) = session.spelled(unit.model, id).await? {
                    hand_over(session, pending, unit, &due, at, row);
                }
            }
        }
    }
    Ok(found)
}

/// Marks a row with what was due for another key.
fn hand_over(
    session: &Session<'_, impl Wire>,
    pending: &mut Pending,
    unit: &'static Unit,
    due: &Due,
    at: usize,
    row: Id,
) {
    let graph = &session.catalog.graph;
    for choice in &due.choices {
        for slot in graph.due_slots(unit.at) {
            let (_, setter) = graph.models[unit.model].slots[slot].target;
            if choice.due[at].contains(setter) {
                pending.mark(choice.choice, unit.model, row, slot);
            }
        }
    }
}
