//! Rows of short ways by one statement, where ways may lead to two rows of one model.
//!
//! On each level the statement finds what is added to which row, locks the rows in the order of their
//! keys, and writes them:
//!
//! ```sql
//! WITH maintained_0(maintained_key, maintained_sides, maintained_0) AS (VALUES (1, 1, -5), (2, 2, 5)),
//!   maintained_1 AS (SELECT maintained_0.* FROM maintained_0 JOIN orders ON .. ORDER BY .. FOR UPDATE),
//!   maintained_2 AS (UPDATE orders SET .. FROM maintained_1 WHERE .. RETURNING maintained_sides, ..),
//! ```
//!
//! The next level finds its rows by the keys that these writes return, and adds up what comes to one
//! row. Like any statement this one reads as of its beginning (see `together`), so it tells on each
//! level to which rows something was to be added, and which were written: of the two rows at which
//! ways begin the first counts as 1, the other as 2.

use super::super::field::Declared;
use super::together::MISSED;
use crate::declare::lock::Lock;
use crate::graph::{Found, Grown, MOST, RelationIndex, Sides};
use crate::marks::pending::Wrote;
use crate::session::Session;
use crate::sql::Dialect;
use crate::sql::statement::Statement;
use crate::wire::Wire;

/// The names of the key of a row to which something is added, and of the ways that lead there.
const KEY: &str = "maintained_key";
const SIDES: &str = "maintained_sides";

/// What the statement tells of each written row besides the ways that lead there.
const ROW: i64 = 4;
const TELL: &str = "maintained_sides + 4";

/// The rows that are written, and in which order. Amounts are told by their places.
pub(super) struct Levels<'r, S> {
    pub(super) rows: &'r [Grown<S, usize>],
    pub(super) order: &'r [usize],
}

/// Where ways begin.
pub(super) trait Beginnings<C: Wire> {
    /// Adds a query for the rows at which ways begin: their keys, which of the two each is, and
    /// some amounts.
    fn begin<'q>(&'q self, statement: &mut Statement<'q, C::Db>, at: usize, amounts: &[usize]);
}

/// The parts of a level.
#[derive(Clone, Copy)]
enum Part {
    /// What is added to which row.
    Added,
    Locked,
    Written,
}

/// Adds the name of a part of a level.
fn name<DB: Dialect>(statement: &mut Statement<'_, DB>, at: usize, part: Part) {
    let place = match part {
        Part::Added => 0,
        Part::Locked => 1,
        Part::Written => 2,
    };
    statement.numbered(3 * at + place);
}

/// Adds `(key, sides, amount, ..)`.
pub(super) fn columns<DB: Dialect>(statement: &mut Statement<'_, DB>, amounts: &[usize]) {
    statement.text("(").text(KEY).text(", ").text(SIDES);
    for &amount in amounts {
        statement.text(", ").numbered(amount);
    }
    statement.text(")");
}

/// Adds up the amounts that come to the same row: the columns of the result, from behind its key.
pub(super) fn sums<DB: Dialect>(statement: &mut Statement<'_, DB>, amounts: &[usize]) {
    statement.text(", sum(").text(SIDES).text(")");
    for &amount in amounts {
        statement.text(", sum(").numbered(amount).text(")");
    }
}

/// Ends a query that [adds up](sums) amounts. It leaves out rows to which nothing is added.
pub(super) fn grouped<DB: Dialect>(statement: &mut Statement<'_, DB>, amounts: &[usize]) {
    statement.text(" GROUP BY 1");
    for (place, &amount) in amounts.iter().enumerate() {
        statement.text(if place > 0 {
            " OR sum("
        } else {
            " HAVING sum("
        });
        statement.numbered(amount).text(") <> 0");
    }
}

/// Adds the name of a column that names another row.
fn foreign_key<DB: Dialect>(statement: &mut Statement<'_, DB>, relation: RelationIndex) {
    statement.numbered(MOST + relation.number());
}

impl<S> Levels<'_, S> {
    /// Adds the parts of all levels.
    pub(super) fn write<'q, C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        beginnings: &'q impl Beginnings<C>,
    ) {
        for (place, &at) in self.order.iter().enumerate() {
            statement.text(if place > 0 { ", " } else { "" });
            self.add(statement, at, beginnings);
            self.lock(session, statement, at);
            self.grow(session, statement, at);
        }
    }

    /// Adds two numbers for each level: where something was to be added, and what was written.
    pub(super) fn tell<DB: Dialect>(&self, statement: &mut Statement<'_, DB>) {
        for (place, &at) in self.order.iter().enumerate() {
            statement.text(if place > 0 { ", " } else { "" });
            told(statement, (SIDES, at, Part::Added));
            told(statement.text(", "), (TELL, at, Part::Written));
        }
    }

    /// How many numbers [`tell`](Self::tell) adds.
    pub(super) fn told(&self) -> usize {
        2 * self.order.len()
    }

    /// What these numbers say of each row.
    pub(super) fn wrote(&self, numbers: &[i64]) -> Vec<Wrote> {
        let mut wrote = vec![Wrote::once(Some(0)); self.rows.len()];
        for (&at, numbers) in self.order.iter().zip(numbers.chunks(2)) {
            let &[added, written] = numbers else {
                continue;
            };
            // What a row would have named that was missed itself, was not even looked for.
            let below = match self.rows[at].found {
                Found::Named { below, .. } => wrote[below].missed,
                Found::At(_) => Sides::NONE,
            };
            wrote[at].changed = usize::try_from(written / ROW).unwrap_or_default();
            wrote[at].missed = below | Sides::told(added).without(Sides::told(written % ROW));
        }
        wrote
    }

    /// Adds, behind a condition, that a row was missed; in either case the statement fails.
    pub(super) fn refuse_missed<DB: Dialect>(&self, statement: &mut Statement<'_, DB>) {
        for &at in self.order {
            told(statement.text(" OR "), (SIDES, at, Part::Added));
            told(statement.text(" > "), (SIDES, at, Part::Written));
        }
        statement.text(" THEN '").text(MISSED);
        statement.text("' ELSE '0' END AS INTEGER)");
    }

    /// The amounts that are added to a row, each once.
    fn amounts(&self, at: usize) -> Vec<usize> {
        let fields = &self.rows[at].fields;
        let mut amounts: Vec<usize> = fields.iter().map(|&(_, amount)| amount).collect();
        amounts.sort_unstable();
        amounts.dedup();
        amounts
    }

    /// Adds what tells the keys of a level's rows, and what is added to each.
    fn add<'q, C: Wire>(
        &self,
        statement: &mut Statement<'q, C::Db>,
        at: usize,
        beginnings: &'q impl Beginnings<C>,
    ) {
        let amounts = self.amounts(at);
        name(statement, at, Part::Added);
        columns(statement, &amounts);
        statement.text(" AS (");
        match self.rows[at].found {
            Found::At(_) => beginnings.begin(statement, at, &amounts),
            Found::Named { below, relation } => {
                foreign_key(statement.text("SELECT "), relation);
                sums(statement, &amounts);
                name(statement.text(" FROM "), below, Part::Written);
                foreign_key(statement.text(" WHERE "), relation);
                grouped(statement.text(" IS NOT NULL"), &amounts);
            }
        }
        statement.text("), ");
    }

    /// Adds what locks a level's rows.
    fn lock<C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'_, C::Db>,
        at: usize,
    ) {
        let model = self.rows[at].model;
        let table = session.registration(model).table;
        let key = session.key_name(model).unwrap_or_default();
        name(statement, at, Part::Locked);
        name(statement.text(" AS (SELECT "), at, Part::Added);
        name(statement.text(".* FROM "), at, Part::Added);
        statement.text(" JOIN ").made(table).text(" ON ");
        statement.made(table).text(".").name(key).text(" = ");
        statement.text(KEY).text(" ORDER BY ").text(KEY);
        statement.text(C::Db::lock(session.strength(Lock::NoKeyUpdate)));
        statement.text("), ");
    }

    /// Adds what writes a level's rows, and returns the keys that they name.
    fn grow<C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'_, C::Db>,
        at: usize,
    ) {
        let row = &self.rows[at];
        let registration = session.registration(row.model);
        let (table, key) = (registration.table, session.key_name(row.model));
        name(statement, at, Part::Written);
        statement.text(" AS (UPDATE ").made(table);
        for (place, &(field, amount)) in row.fields.iter().enumerate() {
            let field = Declared::of(session, field.model, field.setter).name(session);
            statement.text(if place > 0 { ", " } else { " SET " });
            statement.name(field).text(" = ").made(table).text(".");
            statement.name(field).text(" + ").numbered(amount);
        }
        name(statement.text(" FROM "), at, Part::Locked);
        statement.text(" WHERE ").made(table).text(".");
        statement.name(key.unwrap_or_default()).text(" = ");
        statement.text(KEY).text(" RETURNING ").text(SIDES);
        let mut above = self.rows.iter().filter_map(|row| match row.found {
            Found::Named { below, relation } if below == at => Some(relation),
            _ => None,
        });
        if let Some(first) = above.next() {
            for amount in self.amounts(at) {
                statement.text(", ").numbered(amount);
            }
            for relation in std::iter::once(first).chain(above) {
                statement.text(", ").made(table).text(".");
                statement.name(registration.foreign_key_name(relation));
                foreign_key(statement.text(" AS "), relation);
            }
        }
        statement.text(")");
    }
}

/// Adds the sum of what a part of a level tells of its rows: 0 where there are none.
fn told<DB: Dialect>(
    statement: &mut Statement<'_, DB>,
    (what, at, part): (&'static str, usize, Part),
) {
    statement.text("(SELECT CAST(COALESCE(sum(").text(what);
    name(statement.text("), 0) AS BIGINT) FROM "), at, part);
    statement.text(")");
}
