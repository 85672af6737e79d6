//! Rows to which marks lead, and amounts that are known.

use super::super::adjust::{Growth, grow};
use super::super::field::Declared;
use super::together::{Amounts, read, together};
use super::{counted, counting, failed};
use crate::declare::arena::Id;
use crate::error::Error;
use crate::graph::{Adding, Found, Grown};
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::Dialect;
use crate::sql::statement::{Rows, Statement};
use crate::wire::Wire;

/// What the statements bind.
pub(super) struct Marked<C: Wire> {
    /// Of each row that is found by its key.
    keys: Vec<Option<Box<dyn Rows<C::Db>>>>,
    /// Of each field of each row.
    growths: Vec<Vec<Growth<C>>>,
}

impl<C: Wire> Marked<C> {
    pub(super) fn of(session: &Session<'_, C>, rows: &[Grown<Id, i64>]) -> Self {
        let key = |row: &Grown<Id, i64>| match row.found {
            Found::At(id) => {
                let registration = session.registration(row.model);
                let arena = session.arenas.get(row.model);
                Some((registration.key_rows)(arena, &[id]))
            }
            Found::Named { .. } => None,
        };
        let growth = |&(field, by): &(Adding, i64)| {
            let field = Declared::of(session, field.model, field.setter);
            Growth::of(session, field, by)
        };
        let growths = |row: &Grown<Id, i64>| row.fields.iter().map(growth).collect();
        Self {
            keys: rows.iter().map(key).collect(),
            growths: rows.iter().map(growths).collect(),
        }
    }

    /// Writes a row by a statement of its own, and says how many rows were changed.
    pub(super) async fn write(
        &self,
        session: &mut Session<'_, C>,
        rows: &[Grown<Id, i64>],
        at: usize,
    ) -> Result<usize, Error> {
        let mut statement = Statement::new("");
        self.update(session, &mut statement, rows, at);
        let done = session
            .execute(Writes::Rows(rows[at].model), statement)
            .await;
        done.map_err(|source| failed(session, &rows[at..=at], source))
    }

    /// Adds the `UPDATE` of a row.
    pub(super) fn update<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        rows: &[Grown<Id, i64>],
        at: usize,
    ) {
        statement.text("UPDATE ");
        statement.made(session.registration(rows[at].model).table);
        self.set(session, statement, rows, at);
        statement.text(" WHERE ");
        self.found(session, statement, rows, at);
    }

    /// Writes all rows by one statement. Says how often each was changed; none for one that it has
    /// missed.
    pub(super) async fn write_together(
        &self,
        session: &mut Session<'_, C>,
        rows: &[Grown<Id, i64>],
        order: &[usize],
    ) -> Result<Vec<Option<usize>>, Error> {
        let query = together(session, rows, order, self);
        let mut statement = Statement::new("WITH ");
        statement
            .append(query.writes)
            .text(" SELECT ")
            .append(query.counts);
        let mut numbers = Vec::with_capacity(query.read.len());
        let done = session
            .load_written(Writes::Any, statement, &mut |row, _| {
                read::<C::Db>(&mut numbers, row, 0..query.read.len())
            })
            .await;
        done.map_err(|source| failed(session, rows, source))?;
        Ok(query.read.changed(&numbers))
    }

    /// Says how many there are of each row: 1, or 0.
    pub(super) async fn count(
        &self,
        session: &mut Session<'_, C>,
        rows: &[Grown<Id, i64>],
    ) -> Result<Vec<Option<usize>>, Error> {
        let counting = counting(session, rows, |session, statement, at| {
            self.found(session, statement, rows, at);
        });
        let counts = counted(session, counting, rows.len()).await?;
        Ok(counts.into_iter().map(Some).collect())
    }

    /// Adds the condition that finds a row.
    fn found<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        rows: &[Grown<Id, i64>],
        at: usize,
    ) {
        let key = session.key_name(rows[at].model).unwrap_or_default();
        if let Some(keys) = &self.keys[at] {
            C::Db::among(statement, &[key], &**keys);
        }
        if let Found::Named { below, relation } = rows[at].found {
            let registration = session.registration(rows[below].model);
            let foreign_key = registration.foreign_key_name(relation);
            statement.name(key).text(" = (SELECT ").name(foreign_key);
            statement.text(" FROM ").made(registration.table);
            statement.text(" WHERE ");
            self.found(session, statement, rows, below);
            statement.text(")");
        }
    }
}

impl<C: Wire> Amounts<C> for Marked<C> {
    type Start = Id;
    type Amount = i64;

    fn set<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        rows: &[Grown<Id, i64>],
        at: usize,
    ) {
        let growths = rows[at].fields.iter().zip(&self.growths[at]);
        for (place, ((field, _), growth)) in growths.enumerate() {
            statement.text(if place > 0 { ", " } else { " SET " });
            let field = Declared::of(session, field.model, field.setter);
            grow(session, statement, field, growth);
        }
    }

    fn start<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        rows: &[Grown<Id, i64>],
        at: usize,
    ) {
        self.found(session, statement, rows, at);
    }

    /// A row that is not there is missed by nobody.
    fn named(&self, statement: &mut Statement<'_, C::Db>, _: &[Grown<Id, i64>], _: usize) {
        statement.text("CAST(0 AS BIGINT)");
    }
}
