//! Children counted or added up in one pass over them, for databases that are slow at a subquery for each row.
//!
//! `PostgreSQL` expects so much of thousands of subqueries that it compiles the statement (JIT), which takes longer than to
//! run it, most of all on rows that have just been loaded and of which its planner knows nothing.

use super::statement::{Declared, among};
use crate::backend::Database;
use crate::graph::Relation;
use crate::rule::Rule;
use crate::session::Session;
use crate::setter::Direction;
use crate::statement::{Rows, Statement};

/// A number for each row that has children, by the foreign key that names it.
pub(super) struct Groups<'q, C: Database> {
    /// `SELECT foreign key, number FROM children ..`
    pub(super) statement: Statement<'q, C::Backend>,
    /// The children's foreign key.
    pub(super) relation: Relation,
    /// What makes the field's value of the number.
    around: [&'static str; 2],
}

/// The numbers of some rows; none for a field that is not made of the rows' own children, or that sorts them.
///
/// `cast` stands around each number.
pub(super) fn groups<'q, C: Database>(
    session: &Session<'_, C>,
    field: Declared,
    keys: &'q dyn Rows<C::Backend>,
    cast: [&'static str; 2],
) -> Option<Groups<'q, C>> {
    let mut hops = field.meta.chain();
    let (hop, None) = (hops.next()?, hops.next()) else {
        return None;
    };
    if hop.direction != Direction::Children {
        return None;
    }
    let model = session.catalog.graph.index_of((hop.model)())?;
    let child = session.registration(model);
    let column = |column: usize| child.meta.columns[column].name;
    let foreign_key = child.foreign_key_name(hop.relation);
    let mut statement = Statement::new("SELECT ");
    statement.name(foreign_key).text(" AS ").numbered(0);
    statement.text(", ").text(cast[0]);
    let around = match (field.meta.rule, field.meta.value) {
        (Rule::Count, _) => {
            statement.text("count(*)");
            ["coalesce(", ", 0)"]
        }
        (Rule::Exists, _) => {
            statement.text("true");
            ["(", " IS NOT NULL)"]
        }
        (Rule::Sum, Some(value)) => {
            statement.text("sum(").name(column(value)).text(")");
            if field.kind(session).is_nullable {
                ["", ""]
            } else {
                ["coalesce(", ", 0)"]
            }
        }
        _ => return None,
    };
    statement
        .text(cast[1])
        .text(" AS ")
        .numbered(1)
        .text(" FROM ")
        .made(child.table)
        .text(" WHERE ");
    among::<C>(&mut statement, &[foreign_key], keys);
    if let Some(filter) = field.meta.filter {
        statement.text(" AND ").name(column(filter));
    }
    statement.text(" GROUP BY ").name(foreign_key);
    Some(Groups {
        statement,
        relation: Relation {
            child: model,
            index: hop.relation,
        },
        around,
    })
}

/// The keys and values of some rows, as [`computed`](super::statement::computed) has them, where the numbers can be had.
pub(super) fn computed<'q, C: Database>(
    session: &Session<'_, C>,
    field: Declared,
    keys: &'q dyn Rows<C::Backend>,
) -> Option<Statement<'q, C::Backend>> {
    let Groups {
        statement: groups,
        around: [before, after],
        ..
    } = groups(session, field, keys, ["", ""])?;

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
