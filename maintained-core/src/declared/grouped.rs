//! Children counted or added up in one pass over them, for databases that are slow at a subquery for each row.
//!
//! `PostgreSQL` expects so much of thousands of subqueries that it compiles the statement (JIT), which takes longer than to
//! run it, most of all on rows that have just been loaded and of which its planner knows nothing.

use super::statement::{Declared, among};
use crate::backend::Database;
use crate::rule::Rule;
use crate::session::Session;
use crate::setter::Direction;
use crate::statement::{Rows, Statement};

/// The keys and values of some rows, as [`computed`](super::statement::computed) has them; none for a field that is not
/// made of the rows' own children, or that sorts them.
pub(super) fn computed<'q, C: Database>(
    session: &Session<'_, C>,
    field: Declared,
    keys: &'q dyn Rows<C::Backend>,
) -> Option<Statement<'q, C::Backend>> {
    let mut hops = field.meta.chain();
    let (hop, None) = (hops.next()?, hops.next()) else {
        return None;
    };
    if hop.direction != Direction::Children {
        return None;
    }
    let child = session.registration(session.catalog.graph.index_of((hop.model)())?);
    let column = |column: usize| child.meta.columns[column].name;
    let mut groups = Statement::new("SELECT ");
    let foreign_key = child.foreign_key_name(hop.relation);
    groups.name(foreign_key).text(" AS ").numbered(0).text(", ");
    let [before, after] = match (field.meta.rule, field.meta.value) {
        (Rule::Count, _) => {
            groups.text("count(*)");
            ["coalesce(", ", 0)"]
        }
        (Rule::Exists, _) => {
            groups.text("true");
            ["(", " IS NOT NULL)"]
        }
        (Rule::Sum, Some(value)) => {
            groups.text("sum(").name(column(value)).text(")");
            if field.kind(session).is_nullable {
                ["", ""]
            } else {
                ["coalesce(", ", 0)"]
            }
        }
        _ => return None,
    };
    groups
        .text(" AS ")
        .numbered(1)
        .text(" FROM ")
        .made(child.table)
        .text(" WHERE ");
    among::<C>(&mut groups, &[foreign_key], keys);
    if let Some(filter) = field.meta.filter {
        groups.text(" AND ").name(column(filter));
    }
    groups.text(" GROUP BY ").name(foreign_key);

    let registration = session.registration(field.model);
    let key = registration.key_names().next()?;
    let mut statement = Statement::new("SELECT ");
    statement.name(key).text(" AS ").numbered(0).text(", ");
    statement
        .text(before)
        .numbered(2)
        .text(".")
        .numbered(1)
        .text(after)
        .text(" AS ")
        .numbered(1)
        .text(" FROM ")
        .made(registration.table)
        .text(" LEFT JOIN (")
        .append(groups)
        .text(") AS ")
        .numbered(2)
        .text(" ON ")
        .numbered(2)
        .text(".")
        .numbered(0)
        .text(" = ")
        .name(key)
        .text(" WHERE ");
    among::<C>(&mut statement, &[key], keys);
    Some(statement)
}
