//! A row that may come to other parents: what it was is taken off where it was.

use super::{BEFORE, ROW, Row};
use crate::engine::declared::short_way::levels::{Beginnings, columns, grouped, sums};
use crate::session::Session;
use crate::sql::statement::Statement;
use crate::wire::Wire;

/// The columns, behind all others, of a row that may move: what it was.
pub(super) struct Moved {
    /// As of the row now: keys of the rows at which ways begin, and the amounts, to be taken off.
    starts: Vec<Option<usize>>,
    amounts: Vec<Option<usize>>,
    /// The column that is 1 where the row goes the general way.
    pub(super) is_otherwise: usize,
}

impl Row {
    /// The row of an update that may bring it to other parents.
    pub(in super::super) fn moved(self) -> Self {
        let mut columns = self.columns;
        let mut next = |known: &Option<usize>| {
            let column = columns;
            columns += usize::from(known.is_some());
            known.map(|_| column)
        };
        let moved = Moved {
            starts: self.starts.iter().map(&mut next).collect(),
            amounts: self.amounts.iter().map(&mut next).collect(),
            is_otherwise: columns,
        };
        Self {
            moved: Some(moved),
            ..self
        }
    }

    /// Adds the values of what the row was.
    pub(super) fn returned_before<C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'_, C::Db>,
    ) {
        for &start in self.starts.iter().flatten() {
            statement.text(", ").text(BEFORE).text(".").numbered(start);
        }
        for &amount in self.amounts.iter().flatten() {
            statement
                .text(", -")
                .text(BEFORE)
                .text(".")
                .numbered(amount);
        }
        // The least number cannot be taken off by a mark, nor can it tell of a difference that is
        // as large.
        statement.text(", CAST(CASE WHEN FALSE");
        for &amount in &self.wide {
            let Some(before) = self.amounts[amount] else {
                continue;
            };
            statement
                .text(" OR ")
                .text(BEFORE)
                .text(".")
                .numbered(before);
            statement.text(" = -9223372036854775808");
            self.value(session, statement.text(" OR "), amount, "");
            statement
                .text(" - ")
                .text(BEFORE)
                .text(".")
                .numbered(before);
            statement.text(" NOT BETWEEN -9223372036854775808 AND 9223372036854775807");
        }
        statement.text(" THEN 1 ELSE 0 END AS BIGINT)");
    }
}

impl<C: Wire> Beginnings<C> for Row {
    /// Of what the row was and what it is, as two rows.
    fn begin<'q>(&'q self, statement: &mut Statement<'q, C::Db>, at: usize, amounts: &[usize]) {
        let Some(moved) = &self.moved else { return };
        statement.text("SELECT maintained_key");
        sums(statement, amounts);
        statement
            .text(" FROM (SELECT maintained_found.* FROM ")
            .text(ROW);
        statement.text(", LATERAL (VALUES ");
        let both = [
            (&moved.starts, &moved.amounts, ", 1", ", -1"),
            (&self.starts, &self.amounts, ", 2", ", 1"),
        ];
        for (place, (starts, columns, side, constant)) in both.into_iter().enumerate() {
            statement.text(if place > 0 { ", (" } else { "(" });
            statement.text(ROW).text(".");
            statement
                .numbered(starts[at].unwrap_or_default())
                .text(side);
            for &amount in amounts {
                match columns[amount] {
                    Some(column) => statement.text(", ").text(ROW).text(".").numbered(column),
                    None => statement.text(constant),
                };
            }
            statement.text(")");
        }
        columns(statement.text(") AS maintained_found"), amounts);
        statement.text(" WHERE ").text(ROW).text(".");
        statement.numbered(moved.is_otherwise);
        statement.text(" = 0) AS maintained_found WHERE maintained_key IS NOT NULL");
        grouped(statement, amounts);
    }
}
