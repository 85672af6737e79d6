//! What a changeset sets, as far as its SQL tells.

use diesel::query_builder::QueryFragment;

use crate::connection::Wrapped;
use crate::declare::columns::ColumnSet;
use crate::declare::model::ModelMeta;
use crate::engine::ahead::{self, Named};
use crate::error::Error;
use crate::sql::Dialect;
use crate::sql::statement::Statement;
use crate::sql::text::quoted_name;

/// The parents that a changeset names by plain values, by relation.
pub(super) fn assigned_parents<'q, C: Wrapped>(
    meta: &ModelMeta,
    changes: &(dyn QueryFragment<C::Db> + Sync),
    sql: &str,
) -> Result<Vec<Named<'q, C::Db>>, Error> {
    let mut named: Vec<Named<'q, C::Db>> = Vec::new();
    for (index, relation) in meta.relations.iter_enumerated() {
        let column = meta.columns[relation.column].name;
        if let Some(new) = C::Db::assigned(changes, sql, column)? {
            named.push((index, Box::new(ahead::Assigned::<C>(new))));
        }
    }
    Ok(named)
}

/// The columns that a changeset sets, given its SQL. What it reads has its table's name before it.
pub(super) fn assigned<C: Wrapped>(meta: &ModelMeta, sql: &str) -> Result<ColumnSet, Error> {
    let mut assigned = ColumnSet::NONE;
    for (at, column) in meta.columns.iter_enumerated() {
        let mut first = Statement::new("");
        first.name(column.name).text(" = ");
        let mut further = Statement::new(", ");
        further.name(column.name).text(" = ");
        if sql.starts_with(&C::Db::sql_of(&first)?) || sql.contains(&C::Db::sql_of(&further)?) {
            assigned = assigned.with(at);
        }
    }
    Ok(assigned)
}

/// Has an `UPDATE` set unique fields to NULL, unless it sets them anyway: what they are is computed
/// afterwards, and what they were may be in the way of what else is changed.
pub(super) fn unsettle<C: Wrapped>(
    meta: &ModelMeta,
    statement: &mut Statement<'_, C::Db>,
    unsettled: ColumnSet,
    set: ColumnSet,
) {
    for column in unsettled.iter().filter(|&column| !set.contains(column)) {
        statement
            .text(", ")
            .name(meta.columns[column].name)
            .text(" = NULL");
    }
}

/// Whether the SQL of new values may read rows. As part of the statement that locks, it would read
/// them as they were before that statement has waited.
pub(super) fn may_query(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("select")
}

/// Whether a changeset may change the key, so that it has to be undone.
pub(super) fn names_key<C: Wrapped>(meta: &ModelMeta, sql: &str) -> Result<bool, Error> {
    for name in meta.key_names() {
        if sql.contains(&quoted_name::<C::Db>(name)?) {
            return Ok(true);
        }
    }
    Ok(false)
}
