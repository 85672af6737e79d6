//! Inserted rows, where the database does not return them.
//!
//! A key that the database counted up is found by `LAST_INSERT_ID()`: one statement gives its rows
//! keys one after another. A key that the caller gave is compared with the values of the insert,
//! bound once more.

use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

use super::counted::{Counted, unknown};
use super::new_row::{Columns, New};
use crate::catalog::Registration;
use crate::connection::Wrapped;
use crate::declare::columns::ColumnSet;
use crate::declare::model::ModelMeta;
use crate::engine::ahead::{self, Ahead, MakeWrite, Named, Start};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::RowSet;
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::statement::Statement;
use crate::sql::text::{Quotes, parts, quoted_name};
use crate::sql::{Dialect, Fragment, Parents};

/// Runs an `INSERT`, and reads its rows, in their order.
pub(super) async fn inserted<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    model: ModelIndex,
    batch: &[New<'_, C::Db>],
    insert: Statement<'_, C::Db>,
    rows: &mut dyn RowSet<C::Db>,
) -> Result<(), Error> {
    let registration = session.registration(model);
    let meta = registration.meta;
    let before = rows.len();
    let given = given::<C>(meta, batch[0])?;
    if let Some(counted) = Counted::of(model, meta, given)? {
        counted.expect(session, marking).await?;
        session.execute(Writes::Rows(model), insert).await?;
        let mut statement = Statement::new("SELECT ");
        statement.made(registration.selection);
        statement.text(" FROM ").made(registration.table);
        counted.among::<C>(&mut statement, batch.len());
        session.written((model, false), statement, rows).await?;
        return counted.found(marking, rows.len() - before, batch.len());
    }
    let keys = keys_beside_defaults::<C>(meta, batch)?;
    session.execute(Writes::Rows(model), insert).await?;
    let found = by_values(registration, batch, keys);
    session.written((model, false), found, rows).await?;
    if rows.len() - before != batch.len() {
        return Err(unknown(meta, meta.key[0]));
    }
    Ok(())
}

/// The columns of the key that have a value in a new row.
pub(super) fn given<C: Wrapped>(meta: &ModelMeta, row: New<'_, C::Db>) -> Result<ColumnSet, Error> {
    let assigned = assigned::<C>(row)?;
    let mut given = ColumnSet::NONE;
    for &column in meta.key {
        let name = quoted_name::<C::Db>(meta.columns[column].name)?;
        let mut assigned = assigned.iter();
        if assigned.any(|(known, value)| *known == name && value != DEFAULT) {
            given = given.with(column);
        }
    }
    Ok(given)
}

/// What stands for a column's default, which a query cannot name.
const DEFAULT: &str = "DEFAULT";

/// The columns of a new row, and the SQL of their values.
fn assigned<C: Wrapped>(row: New<'_, C::Db>) -> Result<Vec<(String, String)>, Error> {
    let columns = C::Db::sql_of(&Columns(row))?;
    let values = C::Db::sql_of(&OwnValues(row))?;
    let quotes = Quotes::of::<C::Db>()?;
    let (columns, mut values) = (parts(&columns, quotes), parts(&values, quotes));
    if values.len() != columns.len() {
        // SQL of the caller's own: which value is which cannot be told.
        values = vec![""; columns.len()];
    }
    let pairs = columns.into_iter().zip(values);
    Ok(pairs
        .map(|(column, value)| (column.to_owned(), value.to_owned()))
        .collect())
}

/// A key, part by part.
type Key<DB> = Vec<Fragment<DB>>;

/// The keys of new rows some of whose other columns are left to their defaults; none where none
/// are.
fn keys_beside_defaults<C: Wrapped>(
    meta: &'static ModelMeta,
    batch: &[New<'_, C::Db>],
) -> Result<Option<Vec<Key<C::Db>>>, Error> {
    let mut all = Vec::new();
    let mut has_defaults = false;
    for &row in batch {
        let assigned = assigned::<C>(row)?;
        has_defaults |= assigned.iter().any(|(_, value)| value == DEFAULT);
        all.push(assigned);
    }
    if !has_defaults {
        return Ok(None);
    }
    let keys = batch.iter().zip(all).map(|(&row, assigned)| {
        let changes: Vec<String> = assigned
            .iter()
            .map(|(column, value)| format!("{column} = {value}"))
            .collect();
        let changes = changes.join(", ");
        let parts = meta.key.iter().map(|&column| {
            let name = meta.columns[column].name;
            let value = C::Db::assigned(&OwnValues(row), &changes, name)?;
            let value = value.ok_or_else(|| unknown(meta, column))?;
            Ok(value as Fragment<C::Db>)
        });
        parts.collect()
    });
    keys.collect::<Result<_, Error>>().map(Some)
}

/// The query that finds new rows in their order, by their keys: those that are given, or else those
/// that the values of the insert make once more.
fn by_values<'q, DB: Dialect>(
    registration: &Registration<DB>,
    batch: &'q [New<'q, DB>],
    keys: Option<Vec<Key<DB>>>,
) -> Statement<'q, DB> {
    let values = Values {
        rows: batch,
        table: (registration.table)(),
    };
    let mut statement = Statement::new("WITH maintained_inserted(maintained_place, ");
    match keys {
        None => drop(statement.fragment(Box::new(values))),
        Some(keys) => list(&mut statement, registration, keys),
    }
    statement.text(" SELECT ").made(registration.selection);
    statement
        .text(" FROM ")
        .made(registration.table)
        .text(" JOIN maintained_inserted ON ");
    for (at, name) in registration.key_names().enumerate() {
        statement.text(if at > 0 { " AND " } else { "" });
        statement
            .made(registration.table)
            .text(".")
            .name(name)
            .text(" = maintained_inserted.")
            .name(name);
    }
    statement.text(" ORDER BY maintained_inserted.maintained_place");
    statement
}

/// Continues a statement with a list of keys, as [`Values`] does with whole rows.
fn list<DB: Dialect>(
    statement: &mut Statement<'_, DB>,
    registration: &Registration<DB>,
    keys: Vec<Key<DB>>,
) {
    statement
        .names(registration.key_names())
        .text(") AS (SELECT 0, ")
        .names(registration.key_names());
    statement
        .text(" FROM ")
        .made(registration.table)
        .text(" WHERE FALSE");
    for (at, key) in keys.into_iter().enumerate() {
        statement
            .text(" UNION ALL SELECT ")
            .number(at)
            .text(", ")
            .fragments(key);
    }
    statement.text(")");
}

/// Locks the parents that new rows will name: their keys are known to the database only, by the
/// values of the insert.
///
/// Where a value is the column's default, which a query cannot name, the locks are taken after the
/// write. Rows may be inserted by the statement that locks ahead of them: then they are returned.
pub(super) async fn lock_parents<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &Marking<'_>,
    model: ModelIndex,
    batch: &[New<'_, C::Db>],
    insert: Option<MakeWrite<'_, '_, C::Db>>,
) -> Result<Option<Box<dyn RowSet<C::Db>>>, Error> {
    let Registration { meta, table, .. } = session.registration(model);
    let locks = ahead::locks(
        session,
        marking,
        (model, batch.len()),
        Cause::Change(Change::Inserted),
    );
    if let Some(locks) = locks {
        let start = Start::<C> {
            named: named_parents::<C>(meta, batch)?,
            ..Start::new(model)
        };
        let written = ahead::lock_and_write(session, &start, &locks, insert).await?;
        return Ok(written.map(|written| written.after));
    }
    let relations = ahead::relations(session, model);
    if relations.is_empty() {
        return Ok(None);
    }
    let values = Values {
        rows: batch,
        table: table(),
    };
    if has_defaults::<C>(batch, &C::Db::sql_of(&values)?)? {
        return Ok(None);
    }
    let columns = C::Db::sql_of(&Columns(batch[0]))?;
    let columns = parts(&columns, Quotes::of::<C::Db>()?);
    for Ahead {
        relation, parent, ..
    } in relations
    {
        let registration = session.catalog.models[parent];
        let [key] = registration.meta.key else {
            continue;
        };
        let key = registration.meta.columns[*key].name;
        let foreign_key = meta.columns[meta.relations[relation].column].name;
        // Left out, it gets the column's default, and the parent is locked after the write.
        if !columns.contains(&quoted_name::<C::Db>(foreign_key)?.as_str()) {
            continue;
        }
        let mut query = Statement::new("SELECT DISTINCT maintained_inserted.");
        query
            .name(foreign_key)
            .text(" AS ")
            .numbered(0)
            .text(" FROM maintained_inserted");
        let mut statement = Statement::new("WITH maintained_inserted(maintained_place, ");
        statement.borrowed(&values).text(" ");
        let parents = Parents {
            table: registration.table,
            selection: None,
            key,
            query,
            is_one: batch.len() == 1,
            is_array: registration.has_array_key(),
            clause: C::Db::lock(session.strength(session.catalog.graph.strongest(parent))),
        };
        C::Db::lock_named(&mut statement, parents);
        session.load(statement, &mut |_, _| Ok(())).await?;
    }
    Ok(None)
}

/// The parents that new rows name by plain values, by relation.
fn named_parents<'q, C: Wrapped>(
    meta: &ModelMeta,
    batch: &[New<'_, C::Db>],
) -> Result<Vec<Named<'q, C::Db>>, Error> {
    let mut named: Vec<Named<'q, C::Db>> = Vec::new();
    for &row in batch {
        let changes: Vec<String> = assigned::<C>(row)?
            .iter()
            .map(|(column, value)| format!("{column} = {value}"))
            .collect();
        let changes = changes.join(", ");
        for (index, relation) in meta.relations.iter_enumerated() {
            let column = meta.columns[relation.column].name;
            let value = C::Db::assigned(&OwnValues(row), &changes, column)?;
            let parent = value.map(|value| (index, Box::new(ahead::Assigned::<C>(value)) as _));
            named.extend(parent);
        }
    }
    Ok(named)
}

/// Whether some value of new rows, of which the SQL is given, is a column's default, or may be one.
fn has_defaults<C: Wrapped>(batch: &[New<'_, C::Db>], sql: &str) -> Result<bool, Error> {
    // The word may be part of a name.
    if !sql.contains(DEFAULT) {
        return Ok(false);
    }
    for &row in batch {
        let assigned = assigned::<C>(row)?;
        let mut values = assigned.iter().map(|(_, value)| value.as_str());
        if values.any(|value| matches!(value, DEFAULT | "")) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The columns of an insert, and its values once more, each row with its place. A row of the
/// table's own, of which there is none, goes before them and gives them their types.
struct Values<'v, DB: Dialect> {
    rows: &'v [New<'v, DB>],
    table: Fragment<DB>,
}

impl<DB: Dialect> QueryFragment<DB> for Values<'_, DB> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
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

/// The values of one new row.
pub(super) struct OwnValues<'v, DB>(pub(super) New<'v, DB>);

impl<DB: Dialect> QueryFragment<DB> for OwnValues<'_, DB> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.values(out)
    }
}
