//! Inserted rows, where the database does not return them.
//!
//! A key that the database gave is found by `LAST_INSERT_ID()`: one statement gives its rows keys one after another.
//! A key that the caller gave is compared with the values of the insert, bound once more.

use std::marker::PhantomData;

use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

use super::new_row::{Columns, NewRow};
use crate::ahead;
use crate::backend::{Database, Lock};
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::session::{Session, returning};
use crate::statement::Statement;
use crate::stored::{Fragment, Stored};

/// The rows of the `INSERT` that has just run, in their order.
pub(super) fn inserted<C, M, V>(session: &mut Session<'_, C>, batch: &[V]) -> Result<Vec<M>, Error>
where
    C: Database,
    M: Stored<C>,
    V: NewRow<C, M::Table>,
{
    let columns = C::sql_of(&Columns {
        row: &batch[0],
        of: PhantomData::<fn(C, M::Table)>,
    })?;
    let mut names_key = false;
    for name in M::META.key_names() {
        let mut quoted = Statement::new("");
        quoted.name(name);
        names_key |= columns.contains(&C::sql_of(&quoted)?);
    }
    if names_key {
        by_values(session, batch)
    } else {
        by_last_id(session, batch.len())
    }
}

fn read<C: Database, M: Stored<C>>(
    session: &mut Session<'_, C>,
    statement: Statement<'_, C::Backend>,
) -> Result<Vec<M>, Error> {
    let mut rows = Vec::new();
    let read = session.load(statement, &mut |row, _| {
        rows.push(M::read(row)?);
        Ok(())
    });
    read.map_err(|source| returning(M::NAME, source))?;
    Ok(rows)
}

fn by_last_id<C: Database, M: Stored<C>>(
    session: &mut Session<'_, C>,
    count: usize,
) -> Result<Vec<M>, Error> {
    let mut statement = Statement::new("SELECT ");
    statement.fragment(M::selection());
    statement
        .text(" FROM ")
        .fragment(M::table())
        .text(" WHERE ");
    statement
        .names(M::META.key_names())
        .text(" BETWEEN LAST_INSERT_ID() AND LAST_INSERT_ID() + @@auto_increment_increment * ")
        .number(count - 1)
        .text(" ORDER BY ")
        .names(M::META.key_names());
    let rows = read(session, statement)?;
    all_found(M::NAME, rows, count)
}

/// The rows that were found by their given keys, if they are as many as were inserted.
pub(super) fn all_found<T>(
    model: &'static str,
    rows: Vec<T>,
    inserted: usize,
) -> Result<Vec<T>, Error> {
    if rows.len() == inserted {
        return Ok(rows);
    }
    Err(Error::Statement {
        action: format!(
            "finding the inserted rows of `{model}` by LAST_INSERT_ID() (give the key with the insert where it is not AUTO_INCREMENT)"
        ),
        source: diesel::result::Error::NotFound,
    })
}

fn by_values<C, M, V>(session: &mut Session<'_, C>, batch: &[V]) -> Result<Vec<M>, Error>
where
    C: Database,
    M: Stored<C>,
    V: NewRow<C, M::Table>,
{
    let values = Values {
        rows: batch,
        table: M::table(),
        of: PhantomData::<fn(C, M::Table)>,
    };
    let mut statement = Statement::new("WITH inserted(maintained_place, ");
    statement
        .borrowed(&values)
        .text(" SELECT ")
        .fragment(M::selection());
    statement
        .text(" FROM ")
        .fragment(M::table())
        .text(" JOIN inserted ON ");
    for (at, name) in M::META.key_names().enumerate() {
        statement.text(if at > 0 { " AND " } else { "" });
        statement
            .fragment(M::table())
            .text(".")
            .name(name)
            .text(" = inserted.")
            .name(name);
    }
    statement.text(" ORDER BY inserted.maintained_place");
    read(session, statement)
}

/// Locks the parents that new rows will name: their keys are known to the database only, by the values of the insert.
///
/// Where a value is the column's default, which a query cannot name, the locks are taken after the write.
pub(super) fn lock_parents<C, M, V>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    batch: &[V],
) -> Result<(), Error>
where
    C: Database,
    M: Stored<C>,
    V: NewRow<C, M::Table>,
{
    let relations = ahead::relations(session, model);
    if relations.is_empty() {
        return Ok(());
    }
    let values = Values {
        rows: batch,
        table: M::table(),
        of: PhantomData::<fn(C, M::Table)>,
    };
    let sql = C::sql_of(&values)?;
    if sql.contains("DEFAULT") {
        return Ok(());
    }
    for (relation, parent) in relations {
        let registration = session.catalog.models[parent];
        let [key] = registration.meta.key else {
            continue;
        };
        let key = registration.meta.columns[*key].name;
        let foreign_key = M::META.columns[M::META.relations[relation].column].name;
        if !sql.contains(foreign_key) {
            continue;
        }
        let mut statement = Statement::new("WITH inserted(maintained_place, ");
        statement
            .borrowed(&values)
            .text(" SELECT ")
            .name(key)
            .text(" FROM ");
        statement
            .fragment((registration.table)())
            .text(" WHERE ")
            .name(key);
        statement
            .text(" IN (SELECT inserted.")
            .name(foreign_key)
            .text(" FROM inserted) ORDER BY ");
        statement.name(key).text(C::lock(Lock::NoKeyUpdate));
        session.load(statement, &mut |_, _| Ok(()))?;
    }
    Ok(())
}

/// The columns of an insert, and its values once more, each row with its place. A row of the table's own, of which there
/// is none, goes before them and gives them their types.
struct Values<'v, V, C: Database, T> {
    rows: &'v [V],
    table: Fragment<C>,
    of: PhantomData<fn(C, T)>,
}

impl<V: NewRow<C, T>, C: Database, T> QueryFragment<C::Backend> for Values<'_, V, C, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, C::Backend>) -> QueryResult<()> {
        self.rows[0].columns(out.reborrow())?;
        out.push_sql(") AS (SELECT 0, ");
        self.rows[0].columns(out.reborrow())?;
        out.push_sql(" FROM ");
        self.table.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE FALSE");
        for (at, row) in self.rows.iter().enumerate() {
            out.push_sql(" UNION ALL SELECT ");
            out.push_sql(&at.to_string());
            out.push_sql(", ");
            row.values(out.reborrow())?;
        }
        out.push_sql(")");
        Ok(())
    }
}
