//! Declared fields that are due beside functions: their values are read like an input, and written
//! along with what the functions return, since writing a row twice costs more than reading a
//! number.

use std::time::Instant;

use hashbrown::HashMap;

use super::field::Declared;
use super::grouped::{self, Groups};
use crate::batch::Due;
use crate::declare::arena::Id;
use crate::declare::positions::ColumnIndex;
use crate::declare::setter_set::SetterSet;
use crate::engine::held;
use crate::error::Error;
use crate::graph::Unit;
use crate::marks::pending::{Adjustment, Pending};
use crate::rows::select::Found;
use crate::session::Session;
use crate::sql::Dialect;
use crate::wire::Wire;

/// A declared field of the rows of a batch.
pub(crate) struct Joined {
    pub(crate) column: ColumnIndex,
    /// The value that it should have in each row; none where it is not due.
    pub(crate) values: Vec<Option<i64>>,
}

/// What is known of the differences by which the joined fields of some rows change.
pub(crate) struct Known {
    /// Which fields are due by a difference.
    due: Due,
    places: HashMap<Id, usize>,
    /// For each joined field, the difference of each row.
    adjustments: Vec<Vec<Option<Adjustment>>>,
}

impl Known {
    /// Takes the differences, and their marks, off rows, whether or not these are still there.
    pub(crate) fn take<C: Wire>(
        session: &Session<'_, C>,
        pending: &mut Pending,
        unit: &Unit,
        ids: &[Id],
    ) -> Option<Self> {
        if unit.joined.is_empty() {
            return None;
        }
        let adjustments = unit.joined.iter().map(|&setter| {
            let mut known = pending.differences();
            let mut of = |&id: &Id| known.as_mut()?.remove(&(unit.model, id, setter));
            ids.iter().map(&mut of).collect()
        });
        Some(Self {
            adjustments: adjustments.collect(),
            due: Due::take(
                &session.catalog.graph,
                pending,
                (unit, SetterSet::ALL),
                ids,
                true,
            ),
            places: ids.iter().copied().zip(0..).collect(),
        })
    }

    /// The values that the joined fields should have in rows that are locked. Adds to `due` what is
    /// due by a difference.
    pub(crate) async fn values<C: Wire>(
        &self,
        session: &mut Session<'_, C>,
        unit: &Unit,
        found: &Found<C::Db>,
        due: &mut Due,
    ) -> Result<Vec<Joined>, Error> {
        let places: Vec<usize> = found.ids.iter().map(|id| self.places[id]).collect();
        // What is due for another reason as well is computed anew.
        let anew = due.any.clone();
        due.add(&self.due, &places);
        let mut joined = Vec::with_capacity(unit.joined.len());
        for (&setter, adjustments) in unit.joined.iter().zip(&self.adjustments) {
            let (begin, mut computed) = (Instant::now(), 0);
            let field = Declared::of(session, unit.model, setter);
            let column = field.meta.field();
            let is_due = |due: SetterSet| due.contains(setter);
            let mut values = vec![None; found.ids.len()];
            let mut unknown = Vec::new();
            for (at, value) in values.iter_mut().enumerate() {
                if !is_due(due.any[at]) {
                    continue;
                }
                computed += 1;
                *value = match (adjustments[places[at]], found.rows.integer(at, column)) {
                    (Some(Adjustment::By(by)), Some(now)) if !is_due(anew[at]) => {
                        now.checked_add(by)
                    }
                    _ => None,
                };
                if value.is_none() {
                    unknown.push(at);
                }
            }
            let ids = unknown.iter().map(|&at| found.ids[at]).collect();
            let read = read(session, field, ids).await?;
            for at in unknown {
                // Children that are not there count for nothing.
                let value = read.get(&found.ids[at]).copied();
                values[at] = Some(value.unwrap_or_default());
            }
            for (&id, value) in found.ids.iter().zip(&values) {
                if let Some(value) = *value {
                    held::check(session, (unit.model, id), column, value)?;
                }
            }
            joined.push(Joined { column, values });
            let time = begin.elapsed();
            session.work.computed((unit.model, setter), computed, time);
        }
        Ok(joined)
    }
}

/// Reads what the field of some rows should be; those without children may be missing.
async fn read<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    mut ids: Vec<Id>,
) -> Result<HashMap<Id, i64>, Error> {
    let registration = session.registration(field.model);
    session.arenas.get(field.model).sort(&mut ids);
    let mut values = HashMap::with_capacity(ids.len());
    for part in field.parts(session, &ids) {
        let keys = (registration.key_rows)(session.arenas.get(field.model), part);
        let cast = C::Db::AS_INTEGER;
        let mut keep = |id, value: Option<i64>| {
            if let (Some(id), Some(value)) = (id, value) {
                values.insert(id, value);
            }
        };
        let Some(groups) = grouped::groups(session, field, &*keys, cast) else {
            // Never: only counts and sums of children join.
            continue;
        };
        let Groups {
            statement,
            relation,
            ..
        } = groups;
        let child = session.registration(relation.child);
        let read_foreign_key = child.relations[relation.index].read_foreign_key;
        let read = session
            .load(statement, &mut |row, arenas| {
                let id = read_foreign_key(row, 0, arenas.get_mut(field.model))?;
                keep(id, C::Db::read_integer(row, 1)?);
                Ok(())
            })
            .await;
        let name = field.name(session);
        read.map_err(|source| held::failed("computing", registration.meta, &[name], source))?;
    }
    Ok(values)
}
