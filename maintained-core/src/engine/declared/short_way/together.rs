//! All rows of short ways by one statement, where the database writes within a query.
//!
//! It reads as of its beginning: a row that is named only since then, by one that it has waited
//! for, it does not find. So it tells how many rows were named and how many were changed. What it
//! has missed is added by a statement more.

use std::ops::Range;

use diesel::deserialize;
use diesel::result::Error as DieselError;

use crate::error::Error;
use crate::graph::{Found, Grown, ModelIndex};
use crate::session::Session;
use crate::sql::statement::Statement;
use crate::sql::{Dialect, Results};
use crate::wire::Wire;

/// What is added to rows, and where ways begin.
pub(super) trait Amounts<C: Wire> {
    /// Where a way begins.
    type Start;
    type Amount;

    /// The names of the statement that each write reads besides the row below it.
    fn tables(&self) -> Option<&'static str> {
        None
    }

    /// Adds ` SET column = column + ..` for the fields of a row.
    fn set<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        rows: &[Grown<Self::Start, Self::Amount>],
        at: usize,
    );

    /// Adds the condition that finds a row at which a way begins.
    fn start<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        rows: &[Grown<Self::Start, Self::Amount>],
        at: usize,
    );

    /// Adds how many rows there should be at which a way begins.
    fn named(
        &self,
        statement: &mut Statement<'_, C::Db>,
        rows: &[Grown<Self::Start, Self::Amount>],
        at: usize,
    );

    /// Adds the condition, behind another, that there is something to add to a row.
    fn is_something(
        &self,
        statement: &mut Statement<'_, C::Db>,
        row: &Grown<Self::Start, Self::Amount>,
    ) {
        let _ = (statement, row);
    }

    /// Adds, before other conditions, one under which a statement fails that nothing can follow up.
    fn is_refused(&self, statement: &mut Statement<'_, C::Db>) {
        let _ = statement;
    }
}

/// The parts of the statement.
pub(super) struct Together<'q, 'r, C: Wire> {
    /// The writes, each under a name.
    pub(super) writes: Statement<'q, C::Db>,
    /// What tells of them.
    pub(super) counts: Statement<'q, C::Db>,
    pub(super) read: Read<'r>,
}

/// Whether rows of some models can be written by one statement: a trigger would see it half done,
/// and what a trigger has changed the same statement may not change.
pub(super) async fn is_fit<C: Wire>(
    session: &mut Session<'_, C>,
    models: impl Iterator<Item = ModelIndex> + Send,
) -> Result<bool, Error> {
    Ok(C::Db::WRITES_IN_QUERIES && session.are_plain(models).await?)
}

/// The statement that writes all rows.
pub(super) fn together<'q, 'r, C: Wire, G: Amounts<C>>(
    session: &Session<'_, C>,
    rows: &[Grown<G::Start, G::Amount>],
    order: &'r [usize],
    amounts: &'q G,
) -> Together<'q, 'r, C> {
    let (mut writes, mut counts) = (Statement::new(""), Statement::new(""));
    for (place, &at) in order.iter().enumerate() {
        writes.text(if place > 0 { ", " } else { "" });
        writes.numbered(at).text(" AS (");
        write(session, &mut writes, rows, at, amounts);
        writes.text(")");
        // They run in the order in which they are counted.
        counts.text(if place > 0 { ", " } else { "" });
        count(&mut counts, rows, at, (", ", amounts));
    }
    let below = |row: &Grown<G::Start, G::Amount>| match row.found {
        Found::Named { below, .. } => Some(below),
        Found::At(_) => None,
    };
    Together {
        writes,
        counts,
        read: Read {
            order,
            below: rows.iter().map(below).collect(),
        },
    }
}

/// Adds the `UPDATE` of a row, which returns the keys of others that it names.
fn write<'q, C: Wire, G: Amounts<C>>(
    session: &Session<'_, C>,
    statement: &mut Statement<'q, C::Db>,
    rows: &[Grown<G::Start, G::Amount>],
    at: usize,
    amounts: &'q G,
) {
    let registration = session.registration(rows[at].model);
    statement.text("UPDATE ").made(registration.table);
    amounts.set(session, statement, rows, at);
    match rows[at].found {
        Found::At(_) => {
            if let Some(tables) = amounts.tables() {
                statement.text(" FROM ").text(tables);
            }
            statement.text(" WHERE ");
            amounts.start(session, statement, rows, at);
        }
        Found::Named { below, relation } => {
            statement.text(" FROM ").numbered(below);
            if let Some(tables) = amounts.tables() {
                statement.text(", ").text(tables);
            }
            let key = session.key_name(rows[at].model).unwrap_or_default();
            statement.text(" WHERE ").made(registration.table);
            statement.text(".").name(key).text(" = ");
            statement
                .numbered(below)
                .text(".")
                .numbered(relation.number());
        }
    }
    amounts.is_something(statement, &rows[at]);
    // What returns nothing cannot be counted.
    statement.text(" RETURNING 1");
    for row in rows {
        if let Found::Named { below, relation } = row.found
            && below == at
        {
            let name = registration.foreign_key_name(relation);
            statement.text(", ").made(registration.table).text(".");
            statement
                .name(name)
                .text(" AS ")
                .numbered(relation.number());
        }
    }
}

/// Adds how many rows were changed, and how many were named.
fn count<C: Wire, G: Amounts<C>>(
    statement: &mut Statement<'_, C::Db>,
    rows: &[Grown<G::Start, G::Amount>],
    at: usize,
    (between, amounts): (&'static str, &G),
) {
    statement.text("(SELECT count(*) FROM ").numbered(at);
    statement.text(")").text(between);
    let Found::Named { below, relation } = rows[at].found else {
        return amounts.named(statement, rows, at);
    };
    statement.text("(SELECT count(").numbered(below).text(".");
    statement
        .numbered(relation.number())
        .text(") FROM ")
        .numbered(below);
    if let Some(tables) = amounts.tables() {
        statement.text(", ").text(tables);
    }
    statement.text(" WHERE TRUE");
    amounts.is_something(statement, &rows[at]);
    statement.text(")");
}

/// What the error cites of a statement that must not miss a row, and has.
pub(super) const MISSED: &str = "maintained_missed";

/// Adds a value that cannot be read where a row was missed, so that the statement fails and is
/// undone. The database tells why in the language of its settings, and cites the value.
pub(super) fn refuse_missed<C: Wire, G: Amounts<C>>(
    statement: &mut Statement<'_, C::Db>,
    rows: &[Grown<G::Start, G::Amount>],
    amounts: &G,
) {
    statement.text("CAST(CASE WHEN ");
    amounts.is_refused(statement);
    for at in 0..rows.len() {
        statement.text(if at > 0 { " OR " } else { "" });
        count(statement, rows, at, (" < ", amounts));
    }
    statement.text(" THEN '").text(MISSED);
    statement.text("' ELSE '0' END AS INTEGER)");
}

/// Reads numbers from a row, behind some columns.
pub(super) fn read<DB: Dialect>(
    numbers: &mut Vec<i64>,
    row: &<DB as Results>::Row<'_, '_>,
    places: Range<usize>,
) -> deserialize::Result<()> {
    for at in places {
        numbers.push(DB::read_integer(row, at)?.unwrap_or_default());
    }
    Ok(())
}

/// Whether a statement has failed since it has missed a row.
pub(super) fn has_missed(error: &DieselError) -> bool {
    let DieselError::DatabaseError(_, information) = error else {
        return false;
    };
    information.message().contains(MISSED)
}

/// What the statement tells.
pub(super) struct Read<'r> {
    order: &'r [usize],
    /// By which of the rows each is named; none for one at which a way begins.
    below: Vec<Option<usize>>,
}

impl Read<'_> {
    /// How many numbers it tells.
    pub(super) fn len(&self) -> usize {
        2 * self.order.len()
    }

    /// How often each row was changed, given the numbers; none for those that were missed.
    pub(super) fn changed(&self, numbers: &[i64]) -> Vec<Option<usize>> {
        let mut all = vec![None; self.below.len()];
        for (&at, numbers) in self.order.iter().zip(numbers.chunks(2)) {
            let &[changed, named] = numbers else { continue };
            let is_below_missed = self.below[at].is_some_and(|below| all[below].is_none());
            if changed >= named && !is_below_missed {
                all[at] = usize::try_from(changed).ok();
            }
        }
        all
    }
}
