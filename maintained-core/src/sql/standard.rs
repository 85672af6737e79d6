//! Statements that most databases take in one form.

use crate::declare::positions::ColumnIndex;
use crate::sql::statement::{Make, Rows, Statement};
use crate::sql::{Dialect, Onward, Parents, Set};

/// Ends a statement with a `SELECT` that locks those rows whose key a query finds, and no others,
/// in the order of their keys.
pub(super) fn lock_named<'q, DB: Dialect>(
    statement: &mut Statement<'q, DB>,
    parents: Parents<'q, DB>,
) {
    let Parents {
        table,
        selection,
        key,
        query,
        is_one,
        is_array,
        clause,
    } = parents;
    let [before, after] = if is_one {
        [" = (", ")"]
    } else if is_array {
        [" IN (", ")"]
    } else {
        DB::IN_QUERY
    };
    statement.text("SELECT ");
    match selection {
        Some(selection) => statement.made(selection),
        None => statement.name(key),
    };
    statement
        .text(" FROM ")
        .made(table)
        .text(" WHERE ")
        .name(key)
        .text(before)
        .append(query)
        .text(after);
    if !is_one {
        statement.text(" ORDER BY ").name(key);
    }
    statement.text(clause);
}

/// Finds the keys that lie one hop on from those that a query finds: each as a column with the
/// name [`Statement::numbered`] 0.
pub(super) fn hop<'q, DB: Dialect>(
    statement: &mut Statement<'q, DB>,
    onward: &Onward<DB>,
    from: Statement<'q, DB>,
) {
    statement
        .text("SELECT DISTINCT maintained_hop.")
        .name(onward.select)
        .text(" AS ")
        .numbered(0)
        .text(" FROM (")
        .append(from)
        .text(") maintained_from")
        .text(DB::JOIN);
    statement
        .made(onward.table)
        .text(" maintained_hop ON maintained_hop.")
        .name(onward.by)
        .text(" = maintained_from.")
        .numbered(0);
}

/// The same along a tree: the keys that `from` finds, and those any number of hops on.
pub(super) fn along<'q, DB: Dialect>(
    statement: &mut Statement<'q, DB>,
    onward: &Onward<DB>,
    from: Statement<'q, DB>,
) {
    statement
        .text("SELECT ")
        .numbered(0)
        .text(" FROM (WITH RECURSIVE maintained_along(")
        .numbered(0)
        .text(") AS (SELECT ")
        .numbered(0)
        .text(" FROM (")
        .append(from)
        .text(") maintained_from UNION SELECT maintained_hop.")
        .name(onward.select)
        .text(" FROM maintained_along")
        .text(DB::JOIN);
    statement
        .made(onward.table)
        .text(" maintained_hop ON maintained_hop.")
        .name(onward.by)
        .text(" = maintained_along.")
        .numbered(0)
        .text(") SELECT ")
        .numbered(0)
        .text(" FROM maintained_along) maintained_walk");
}

/// The statement that sets columns to values.
///
/// The first columns of each row of values are the key, the others the new values.
pub(super) fn update<'q, DB: Dialect>(
    table: Make<DB>,
    key: &[&'static str],
    set: &[&'static str],
    rows: &'q dyn Rows<DB>,
) -> Statement<'q, DB> {
    if rows.len() != 1 {
        return DB::update_many(table, key, set, rows);
    }
    let mut statement = Statement::new("UPDATE ");
    statement.made(table).text(" SET ");
    for (at, column) in set.iter().enumerate() {
        statement
            .text(if at > 0 { ", " } else { "" })
            .name(column)
            .text(" = ")
            .value(rows, 0, ColumnIndex::at(key.len() + at));
    }
    statement.text(" WHERE ").equal(key, DB::EQUALS, rows, 0);
    statement
}

/// The statement that sets a column to the values that a query finds, where they differ: as
/// [`Dialect::distinct`] says that they do.
///
/// The first columns of the query's result are the key, the last is the value.
pub(super) fn update_from<'q, DB: Dialect>(
    table: Make<DB>,
    key: &[&'static str],
    set: Set,
    source: Statement<'q, DB>,
) -> Statement<'q, DB> {
    let [before, between, after] = DB::distinct(set.kind);
    let mut statement = Statement::new("WITH maintained_computed(");
    for position in 0..=key.len() {
        statement
            .text(if position > 0 { ", " } else { "" })
            .numbered(position);
    }
    statement
        .text(") AS MATERIALIZED (")
        .append(source)
        .text(") UPDATE ")
        .made(table)
        .text(" SET ")
        .name(set.column)
        .text(" = ");
    DB::held(&mut statement, set, &|statement| {
        statement.text("maintained_computed.").numbered(key.len());
    });
    statement.text(" FROM maintained_computed WHERE ");
    for (at, column) in key.iter().enumerate() {
        statement
            .name(column)
            .text(" = maintained_computed.")
            .numbered(at);
        statement.text(" AND ");
    }
    statement.text(before).name(set.column).text(between);
    statement
        .text("maintained_computed.")
        .numbered(key.len())
        .text(after);
    statement
}
