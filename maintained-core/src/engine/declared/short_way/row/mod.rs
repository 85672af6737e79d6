//! The row of a joint statement: how it is written, and what its columns say is added.

mod moved;

use self::moved::Moved;
use super::super::field::Declared;
use super::together::Amounts;
use crate::declare::lock::Lock;
use crate::declare::model::{Bounds, ModelMeta};
use crate::declare::positions::ColumnIndex;
use crate::graph::{
    Adding, Additions, Change, Difference, Found, Grown, ModelIndex, RelationIndex,
};
use crate::session::Session;
use crate::sql::Dialect;
use crate::sql::statement::{Make, Rows, Statement};
use crate::wire::Wire;

/// The name of the row within the statement, as it is afterwards, or was before it was deleted.
pub(super) const ROW: &str = "maintained_row";
/// The name of a row that is changed, as it was before.
pub(super) const BEFORE: &str = "maintained_before";

/// The write itself.
pub(crate) enum Part<'q, C: Wire> {
    /// `INSERT INTO ..`
    Insert(Statement<'q, C::Db>),
    /// What an `UPDATE` sets, of the row with a key.
    Update(Statement<'q, C::Db>, &'q dyn Rows<C::Db>),
    /// The key of a row to delete.
    Delete(&'q dyn Rows<C::Db>),
}

/// The row that is changed, whose columns say what is added.
pub(super) struct Row {
    model: ModelIndex,
    change: Change,
    additions: &'static Additions,
    /// How many columns are selected. Behind them are the keys of the rows at which ways begin, and
    /// the amounts.
    width: usize,
    /// For each row that is written, if a way begins at it: the column with its key.
    starts: Vec<Option<usize>>,
    /// The columns with the keys of parents that only count the row.
    counted: Vec<usize>,
    /// For each amount, unless it is the same for all rows: the column with it.
    amounts: Vec<Option<usize>>,
    /// Those of them that a `BIGINT` may not hold, and with it no mark: the difference of two large
    /// numbers, or the least number taken off.
    wide: Vec<usize>,
    /// How many columns there are.
    columns: usize,
    /// Where the row may move.
    moved: Option<Moved>,
}

impl Row {
    pub(super) fn new(
        (meta, model, change): (&ModelMeta, ModelIndex, Change),
        additions: &'static Additions,
        width: usize,
    ) -> Self {
        let mut columns = width;
        let mut next = |is_wanted: bool| {
            let column = columns;
            columns += usize::from(is_wanted);
            is_wanted.then_some(column)
        };
        let Additions {
            amounts,
            rows,
            counted,
        } = additions;
        let starts = rows
            .iter()
            .map(|row| next(matches!(row.found, Found::At(_))));
        let starts = starts.collect();
        let counted = counted.iter().filter_map(|_| next(true)).collect();
        let is_constant = |it: &Difference| it.value.is_none() && it.filter.is_none();
        let is_wide = |&amount: &usize| {
            let value = additions.amounts[amount].value;
            change != Change::Inserted
                && value.is_some_and(|it| (meta.columns[it].kind)().bounds == Bounds::BigInt)
        };
        let wide = (0..amounts.len()).filter(is_wide).collect();
        let amounts = amounts.iter().map(|amount| next(!is_constant(amount)));
        let amounts = amounts.collect();
        Self {
            model,
            change,
            additions,
            width,
            starts,
            counted,
            amounts,
            wide,
            columns,
            moved: None,
        }
    }

    pub(super) fn is_updated(&self) -> bool {
        matches!(self.change, Change::Updated(_))
    }

    /// Adds the write under the name [`ROW`]; before an update, what locks and reads the row, under
    /// the name [`BEFORE`].
    pub(super) fn write<'q, C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        part: Part<'q, C>,
        selection: Option<Make<C::Db>>,
    ) {
        let registration = session.registration(self.model);
        let names: Vec<&'static str> = registration.key_names().collect();
        if let Part::Update(_, key) = &part {
            named(statement, BEFORE, self.columns);
            statement.text("SELECT ");
            self.returned(session, statement, selection, "");
            statement
                .text(" FROM ")
                .made(registration.table)
                .text(" WHERE ");
            C::Db::among(statement, &names, *key);
            let lock = C::Db::lock(session.strength(Lock::NoKeyUpdate));
            statement.text(lock).text("), ");
        }
        let moved = self.moved.as_ref().map(|moved| moved.is_otherwise + 1);
        named(statement, ROW, moved.unwrap_or(self.columns));
        let sign = match part {
            Part::Insert(insert) => {
                statement.append(insert);
                ""
            }
            Part::Update(set, key) => {
                statement.text("UPDATE ").made(registration.table);
                statement.text(" SET ").append(set);
                // So that the row is locked and read before it is written.
                statement.text(" FROM ").text(BEFORE).text(" WHERE ");
                C::Db::among(statement, &names, key);
                ""
            }
            Part::Delete(key) => {
                statement.text("DELETE FROM ").made(registration.table);
                statement.text(" WHERE ");
                C::Db::among(statement, &names, key);
                "-"
            }
        };
        statement.text(" RETURNING ");
        self.returned(session, statement, selection, sign);
        if self.moved.is_some() {
            self.returned_before(session, statement);
        }
        statement.text(")");
    }

    /// Adds the columns that are selected.
    pub(super) fn select<DB: Dialect>(
        &self,
        statement: &mut Statement<'_, DB>,
        from: &'static str,
    ) {
        for column in 0..self.width {
            statement.text(if column > 0 { ", " } else { "" });
            statement.text(from).text(".").numbered(column);
        }
    }

    /// Adds the values of all columns of the row, with `sign` before the amounts. These are
    /// `NUMERIC`, since the difference of two numbers may be larger than their type.
    fn returned<C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'_, C::Db>,
        selection: Option<Make<C::Db>>,
        sign: &'static str,
    ) {
        let Additions {
            amounts,
            rows,
            counted,
        } = self.additions;
        let registration = session.registration(self.model);
        let mut comma = selection.is_some();
        if let Some(selection) = selection {
            statement.made(selection);
        }
        let starts = rows.iter().filter_map(|row| match row.found {
            Found::At(relation) => Some(relation),
            Found::Named { .. } => None,
        });
        for relation in starts.chain(counted.iter().copied()) {
            statement.text(if comma { ", " } else { "" });
            statement.name(registration.foreign_key_name(relation));
            comma = true;
        }
        // A way begins at one row at least, so its key stands before each amount.
        for amount in 0..amounts.len() {
            if self.amounts[amount].is_some() {
                self.value(session, statement.text(", "), amount, sign);
            }
        }
    }

    /// Adds the value of an amount of the row, with `sign` before it.
    fn value<C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'_, C::Db>,
        amount: usize,
        sign: &'static str,
    ) {
        let columns = &session.registration(self.model).meta.columns;
        let name = |column: ColumnIndex| columns[column].name;
        let amount = &self.additions.amounts[amount];
        statement.text(sign);
        match (amount.filter.map(name), amount.value.map(name)) {
            (None, None) => {
                statement.text("1");
            }
            (Some(filter), None) => {
                let when = statement.text("CASE WHEN ").name(filter);
                when.text(" THEN 1 ELSE 0 END");
            }
            (None, Some(value)) => {
                let value = statement.text("COALESCE(CAST(").name(value);
                value.text(" AS NUMERIC), 0)");
            }
            (Some(filter), Some(value)) => {
                let when = statement.text("COALESCE(CASE WHEN ").name(filter);
                when.text(" THEN CAST(").name(value);
                statement.text(" AS NUMERIC) END, 0)");
            }
        }
    }

    /// Adds 1 where nothing is added, since the row goes the general way, else 0.
    pub(super) fn goes_otherwise<DB: Dialect>(&self, statement: &mut Statement<'_, DB>) {
        if let Some(moved) = &self.moved {
            statement.text(ROW).text(".").numbered(moved.is_otherwise);
            return;
        }
        if !self.may_go_otherwise() {
            statement.text("CAST(0 AS BIGINT)");
            return;
        }
        statement.text("CAST(CASE WHEN ");
        self.is_otherwise(statement);
        statement.text(" THEN 1 ELSE 0 END AS BIGINT)");
    }

    /// Whether a row of its kind may go the general way.
    fn may_go_otherwise(&self) -> bool {
        self.is_updated() || !self.wide.is_empty()
    }

    /// Adds the condition that the row goes the general way: it has come to another parent, or an
    /// amount is larger than a mark can tell.
    fn is_otherwise<DB: Dialect>(&self, statement: &mut Statement<'_, DB>) {
        let parents = self.starts.iter().flatten().chain(&self.counted);
        let parents = parents.filter(|_| self.is_updated());
        let mut or = "";
        for &column in parents {
            statement.text(or);
            statement.text(ROW).text(".").numbered(column);
            statement.text(" IS DISTINCT FROM ");
            statement.text(BEFORE).text(".").numbered(column);
            or = " OR ";
        }
        for &amount in &self.wide {
            statement.text(or);
            self.amount(statement, amount);
            statement.text(" NOT BETWEEN -9223372036854775808 AND 9223372036854775807");
            or = " OR ";
        }
    }

    /// Adds what is added to a field.
    fn amount<DB: Dialect>(&self, statement: &mut Statement<'_, DB>, amount: usize) {
        match self.amounts[amount] {
            None if self.change == Change::Deleted => statement.text("(-1)"),
            None => statement.text("1"),
            Some(column) => {
                statement.text("(").text(ROW).text(".").numbered(column);
                if self.is_updated() {
                    statement
                        .text(" - ")
                        .text(BEFORE)
                        .text(".")
                        .numbered(column);
                }
                statement.text(")")
            }
        };
    }
}

/// Adds `name(column, ..) AS (`.
fn named<DB: Dialect>(statement: &mut Statement<'_, DB>, name: &'static str, columns: usize) {
    statement.text(name);
    for column in 0..columns {
        statement.text(if column > 0 { ", " } else { "(" });
        statement.numbered(column);
    }
    statement.text(") AS (");
}

impl<C: Wire> Amounts<C> for Row {
    /// The relation by which the row names the first row of a way.
    type Start = RelationIndex;
    type Amount = usize;

    fn tables(&self) -> Option<&'static str> {
        // `ROW` and `BEFORE`: names of constants cannot be put together.
        const BOTH: &str = "maintained_row, maintained_before";
        let is_alone = !self.is_updated() || self.moved.is_some();
        Some(if is_alone { ROW } else { BOTH })
    }

    fn set<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        rows: &[Grown<RelationIndex, usize>],
        at: usize,
    ) {
        let table = session.registration(rows[at].model).table;
        for (place, &(Adding { model, setter, .. }, amount)) in rows[at].fields.iter().enumerate() {
            let name = Declared::of(session, model, setter).name(session);
            statement.text(if place > 0 { ", " } else { " SET " });
            statement.name(name).text(" = ").made(table).text(".");
            statement.name(name).text(" + ");
            self.amount(statement, amount);
        }
    }

    fn start<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        rows: &[Grown<RelationIndex, usize>],
        at: usize,
    ) {
        let key = session.key_name(rows[at].model).unwrap_or_default();
        statement.made(session.registration(rows[at].model).table);
        statement.text(".").name(key).text(" = ").text(ROW);
        statement
            .text(".")
            .numbered(self.starts[at].unwrap_or_default());
    }

    fn named(
        &self,
        statement: &mut Statement<'_, C::Db>,
        rows: &[Grown<RelationIndex, usize>],
        at: usize,
    ) {
        // Where this is told, the query reads from `ROW`, and from `BEFORE` after an update.
        let start = self.starts[at].unwrap_or_default();
        statement
            .text("CAST(CASE WHEN ")
            .text(ROW)
            .text(".")
            .numbered(start);
        statement.text(" IS NOT NULL");
        Amounts::<C>::is_something(self, statement, &rows[at]);
        statement.text(" THEN 1 ELSE 0 END AS BIGINT)");
    }

    fn is_something(
        &self,
        statement: &mut Statement<'_, C::Db>,
        row: &Grown<RelationIndex, usize>,
    ) {
        let amounts = || row.fields.iter().map(|&(_, amount)| amount);
        // An amount that is the same for all rows is 1 or -1, and never nothing.
        if !amounts().any(|amount| self.amounts[amount].is_none()) {
            for (place, amount) in amounts().enumerate() {
                statement.text(if place > 0 { " OR " } else { " AND (" });
                self.amount(statement, amount);
                statement.text(" <> 0");
            }
            statement.text(")");
        }
        if self.may_go_otherwise() {
            statement.text(" AND NOT (");
            self.is_otherwise(statement);
            statement.text(")");
        }
    }

    fn is_refused(&self, statement: &mut Statement<'_, C::Db>) {
        if self.may_go_otherwise() {
            self.goes_otherwise(statement);
            statement.text(" = 1 OR ");
        }
    }
}
