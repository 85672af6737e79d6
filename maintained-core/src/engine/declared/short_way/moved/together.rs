//! All rows by one statement, where the database writes within a query.
//!
//! On each level it finds what is added to which row, locks the rows in the order of their keys, and
//! writes them:
//!
//! ```sql
//! WITH maintained_0(maintained_key, maintained_sides, maintained_0) AS (VALUES (1, 1, -5), (2, 2, 5)),
//!   maintained_1 AS (SELECT maintained_0.* FROM maintained_0 JOIN orders ON .. ORDER BY .. FOR UPDATE),
//!   maintained_2 AS (UPDATE orders SET .. FROM maintained_1 WHERE .. RETURNING maintained_sides, ..),
//! ```
//!
//! The next level finds its rows by the keys that these writes return. Of a row that is named only
//! since the statement began it knows as little as [`together`](super::super::together) does, and
//! likewise tells of it: as a bit for each of the two ways that lead to rows that were found, and to
//! rows that were written.

use super::{Moved, Sides};
use crate::declare::lock::Lock;
use crate::declare::positions::ColumnIndex;
use crate::engine::declared::field::Declared;
use crate::engine::declared::short_way::failed;
use crate::error::Error;
use crate::graph::Found;
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::Dialect;
use crate::sql::statement::Statement;
use crate::wire::Wire;

/// The names of the key of a row to which something is added, and of the ways that lead there.
const KEY: &str = "maintained_key";
const SIDES: &str = "maintained_sides";

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

impl<C: Wire> Moved<C> {
    /// Writes all rows, and those that the statement has missed by some of their own.
    pub(super) async fn write_together(&self, session: &mut Session<'_, C>) -> Result<(), Error> {
        let mut statement = Statement::new("WITH ");
        for (place, &at) in self.order.iter().enumerate() {
            statement.text(if place > 0 { ", " } else { "" });
            self.add(&mut statement, at);
            self.lock(session, &mut statement, at);
            self.grow(session, &mut statement, at);
        }
        for (place, &at) in self.order.iter().enumerate() {
            statement.text(if place > 0 { ", (" } else { " SELECT (" });
            statement.text("SELECT count(*) FROM ");
            name(&mut statement, at, Part::Written);
            for part in [Part::Added, Part::Written] {
                let sum = statement.text("), (SELECT CAST(COALESCE(sum(").text(SIDES);
                name(sum.text("), 0) AS BIGINT) FROM "), at, part);
            }
            statement.text(")");
        }
        let mut numbers = Vec::with_capacity(3 * self.order.len());
        let done = session
            .load_written(Writes::Any, statement, &mut |row, _| {
                for at in 0..3 * self.order.len() {
                    numbers.push(C::Db::read_integer(row, at)?.unwrap_or_default());
                }
                Ok(())
            })
            .await;
        done.map_err(|source| failed(session, &self.rows, source))?;
        let mut missed = vec![0; self.rows.len()];
        for (&at, numbers) in self.order.iter().zip(numbers.chunks(3)) {
            let &[count, added, written] = numbers else {
                continue;
            };
            let row = &self.rows[at];
            missed[at] = match row.found {
                // A row that is not there is missed by nobody.
                Found::At(_) => 0,
                // What a row would have named that was missed itself, was not even looked for.
                Found::Named { below, .. } => added & !written | missed[below],
            } & Sides::of(row).bits();
            let mut count = usize::try_from(count).unwrap_or_default();
            if let Some(sides) = Sides::from_bits(missed[at]) {
                count += self.write(session, at, sides).await?;
            }
            session.work.changed(row.model, count);
        }
        Ok(())
    }

    /// Adds what tells the keys of a level's rows, and what is added to each.
    fn add<'q>(&'q self, statement: &mut Statement<'q, C::Db>, at: usize) {
        let row = &self.rows[at];
        name(statement, at, Part::Added);
        self.columns(statement, at);
        statement.text(" AS (");
        match (row.found, &self.keys[at]) {
            (Found::Named { below, relation }, _) => {
                statement.text("SELECT * FROM (SELECT ");
                statement.numbered(relation.number());
                statement.text(", sum(").text(SIDES).text(")");
                for field in 0..row.fields.len() {
                    statement.text(", sum(CASE ").text(SIDES);
                    self.by(statement.text(" WHEN 1 THEN "), (at, field), Sides::First);
                    self.by(statement.text(" WHEN 2 THEN "), (at, field), Sides::Second);
                    self.by(statement.text(" ELSE "), (at, field), Sides::Both);
                    statement.text(" END)");
                }
                name(statement.text(" FROM "), below, Part::Written);
                statement.text(" WHERE ").numbered(relation.number());
                statement.text(" IS NOT NULL GROUP BY 1) AS maintained_found");
                self.columns(statement, at);
                for field in 0..row.fields.len() {
                    statement.text(if field > 0 { " OR " } else { " WHERE " });
                    statement.numbered(field).text(" <> 0");
                }
            }
            (Found::At(_), Some(keys)) => {
                let only = ColumnIndex::at(0);
                for (place, &side) in Sides::of(row).each().iter().enumerate() {
                    statement.text(if place > 0 { ", (" } else { "VALUES (" });
                    statement.value(&**keys, side.place(), only).text(", ");
                    statement.text(if side == Sides::First { "1" } else { "2" });
                    for field in 0..row.fields.len() {
                        self.by(statement.text(", "), (at, field), side);
                    }
                    statement.text(")");
                }
            }
            (Found::At(_), None) => {}
        }
        statement.text("), ");
    }

    /// Adds `(key, sides, amount, ..)`.
    fn columns(&self, statement: &mut Statement<'_, C::Db>, at: usize) {
        statement.text("(").text(KEY).text(", ").text(SIDES);
        for field in 0..self.rows[at].fields.len() {
            statement.text(", ").numbered(field);
        }
        statement.text(")");
    }

    /// Adds what locks a level's rows.
    fn lock(&self, session: &Session<'_, C>, statement: &mut Statement<'_, C::Db>, at: usize) {
        let model = self.rows[at].model;
        let table = session.registration(model).table;
        let key = session.key_name(model).unwrap_or_default();
        name(statement, at, Part::Locked);
        name(statement.text(" AS (SELECT "), at, Part::Added);
        name(statement.text(".* FROM "), at, Part::Added);
        statement.text(" JOIN ").made(table).text(" ON ");
        name(
            statement.made(table).text(".").name(key).text(" = "),
            at,
            Part::Added,
        );
        statement.text(".").text(KEY).text(" ORDER BY ");
        match self.rows[at].found {
            // They are sorted as all lists of keys are.
            Found::At(_) => statement.text(SIDES),
            Found::Named { .. } => statement.text(KEY),
        };
        statement.text(C::Db::lock(session.strength(Lock::NoKeyUpdate)));
        statement.text("), ");
    }

    /// Adds what writes a level's rows, and returns the keys that they name.
    fn grow(&self, session: &Session<'_, C>, statement: &mut Statement<'_, C::Db>, at: usize) {
        let row = &self.rows[at];
        let registration = session.registration(row.model);
        let (table, key) = (registration.table, session.key_name(row.model));
        name(statement, at, Part::Written);
        statement.text(" AS (UPDATE ").made(table);
        for (place, (field, _)) in row.fields.iter().enumerate() {
            let field = Declared::of(session, field.model, field.setter).name(session);
            statement.text(if place > 0 { ", " } else { " SET " });
            statement.name(field).text(" = ").made(table).text(".");
            name(statement.name(field).text(" + "), at, Part::Locked);
            statement.text(".").numbered(place);
        }
        name(statement.text(" FROM "), at, Part::Locked);
        statement.text(" WHERE ").made(table).text(".");
        statement.name(key.unwrap_or_default()).text(" = ");
        name(statement, at, Part::Locked);
        statement
            .text(".")
            .text(KEY)
            .text(" RETURNING ")
            .text(SIDES);
        for next in &self.rows {
            if let Found::Named { below, relation } = next.found
                && below == at
            {
                statement.text(", ").made(table).text(".");
                statement.name(registration.foreign_key_name(relation));
                statement.text(" AS ").numbered(relation.number());
            }
        }
        statement.text(")");
    }
}
