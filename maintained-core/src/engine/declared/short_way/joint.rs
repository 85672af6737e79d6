//! A change to one row, and all that is added because of it, by one statement.
//!
//! A row that is changed is read and locked first, by the same statement: what is added is what it
//! has afterwards, less what it had. Where it has come to another parent nothing is added: two rows
//! of one model may be locked in one order by this statement and in the other by the next.

use diesel::result::Error as DieselError;

use super::super::field::Declared;
use super::together::{Amounts, has_missed, is_fit, refuse_missed, together};
use super::{failed, models_of};
use crate::declare::lock::Lock;
use crate::engine::marking::Marking;
use crate::engine::{ahead, held};
use crate::error::Error;
use crate::graph::{
    Adding, Additions, Cause, Change, Difference, Found, Graph, Grown, ModelIndex, in_order,
};
use crate::marks::pending::Written;
use crate::rows::select::Reader;
use crate::session::{Session, returning};
use crate::sql::Dialect;
use crate::sql::statement::{Make, Rows, Statement};
use crate::wire::Wire;

/// The name of the row within the statement, as it is afterwards, or was before it was deleted.
const ROW: &str = "maintained_row";
/// The name of a row that is changed, as it was before.
const BEFORE: &str = "maintained_before";

/// A change to one row from which nothing follows but additions.
pub(crate) struct Joint {
    model: ModelIndex,
    change: Change,
    additions: &'static Additions,
    /// Whether there is no transaction around it: then the statement fails where it has missed
    /// something, since nothing could follow it up.
    is_alone: bool,
}

/// The write itself.
pub(crate) enum Part<'q, C: Wire> {
    /// `INSERT INTO ..`
    Insert(Statement<'q, C::Db>),
    /// What an `UPDATE` sets, of the row with a key.
    Update(Statement<'q, C::Db>, &'q dyn Rows<C::Db>),
    /// The key of a row to delete.
    Delete(&'q dyn Rows<C::Db>),
}

/// What a change to one row adds by the same statement: not where rows have to be locked before it,
/// where unique fields are to be given up, nor where other rows may go with the row.
pub(crate) fn additions<DB: Dialect>(
    graph: &Graph,
    model: ModelIndex,
    change: Change,
) -> Option<&Additions> {
    let additions = graph.additions_of(model, change)?;
    let node = &graph.models[model];
    let goes_alone = node.dependents.is_empty() && node.keys_have_one_spelling;
    let is_fit = DB::WRITES_IN_QUERIES
        && node.unsettled.is_empty()
        && (goes_alone || change != Change::Deleted)
        && ahead::relations_of::<DB>(graph, model).is_empty()
        && !graph.locks(model, Cause::Change(change)).meet;
    is_fit.then_some(additions)
}

impl Joint {
    /// Says whether a change is made so in immediate mode: nothing else is marked, nor has anybody
    /// asked which rows will change.
    pub(crate) async fn of<C: Wire>(
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
        (model, change): (ModelIndex, Change),
        is_alone: bool,
    ) -> Result<Option<Self>, Error> {
        let is_meant = marking.is_immediate()
            && marking.choice.is_none()
            && marking.pending.notes_first_differences();
        let graph = &session.catalog.graph;
        let Some(additions) = additions::<C::Db>(graph, model, change) else {
            return Ok(None);
        };
        // A row that is changed by what it adds to is returned as it is after that.
        let is_own = |row: &Grown<usize, usize>| row.model == model;
        let is_refused = is_alone && additions.rows.iter().any(is_own);
        if !is_meant || is_refused || session.work.notes_rows() {
            return Ok(None);
        }
        let models = models_of(&additions.rows).chain([model]);
        let is_fit = is_fit(session, models).await?;
        Ok(is_fit.then_some(Self {
            model,
            change,
            additions,
            is_alone,
        }))
    }

    /// The differences that are added.
    pub(crate) fn differences(&self) -> &[Difference] {
        &self.additions.amounts
    }

    /// Runs the statement; reads what is selected of the row before an update, and of the row
    /// itself. Says how often each model was changed, where that is known; none where nothing was
    /// added, since the row has come to another parent.
    pub(crate) async fn run<C: Wire>(
        &self,
        session: &mut Session<'_, C>,
        part: Part<'_, C>,
        (selection, width): (Option<Make<C::Db>>, usize),
        read: &mut Reader<'_, C::Db>,
    ) -> Result<Option<Written>, Error> {
        let rows = &self.additions.rows;
        let row = Row::new(self, width);
        let order = in_order(rows);
        let mut query = together(session, rows, &order, &row);
        let mut statement = Statement::new("WITH ");
        row.write(session, &mut statement, part, selection);
        statement.text(", ").append(query.writes);
        let is_updated = row.is_updated();
        if is_updated {
            row.select(statement.text(" SELECT "), BEFORE);
            for _ in 0..=2 * order.len() + usize::from(self.is_alone) {
                statement.text(", CAST(NULL AS BIGINT)");
            }
            statement.text(" FROM ").text(BEFORE).text(" UNION ALL");
        }
        row.select(statement.text(" SELECT "), ROW);
        statement.text(if width > 0 { ", " } else { "" });
        row.is_moved(&mut statement);
        statement.text(", ").append(query.counts);
        if self.is_alone {
            refuse_missed::<C, _>(statement.text(", "), rows, &row);
        }
        let tables = Amounts::<C>::tables(&row).unwrap_or_default();
        statement.text(" FROM ").text(tables);
        let mut is_moved = false;
        let done = session
            .load_written(statement, &mut |values, arenas| {
                read(values, arenas)?;
                let Some(moved) = C::Db::read_integer(values, width)? else {
                    return Ok(());
                };
                is_moved = moved != 0;
                query.read.counts::<C::Db>(values, width + 1)
            })
            .await;
        done.map_err(|source| self.refused(session, source))?;
        let models = rows.iter().map(|row| row.model);
        let written = models.zip(query.read.changed());
        Ok((!is_moved).then(|| written.collect()))
    }

    /// The error of the statement: about the row, or about one to which something is added.
    fn refused<C: Wire>(&self, session: &Session<'_, C>, source: DieselError) -> Error {
        let rows = &self.additions.rows;
        if held::is_refused(&source) {
            return failed(session, rows, source);
        }
        let table = |model: ModelIndex| session.registration(model).meta.table;
        let named = match &source {
            DieselError::DatabaseError(_, information) => information.table_name(),
            _ => None,
        };
        let is_meant = |row: &&Grown<usize, usize>| Some(table(row.model)) == named;
        let another = rows.iter().find(is_meant);
        match another.filter(|row| table(row.model) != table(self.model)) {
            Some(row) => failed(session, std::slice::from_ref(row), source),
            None => returning(session.registration(self.model).meta.name, source),
        }
    }
}

/// Whether a change cannot be made without a transaction around it, since something was missed.
/// Nothing is done then.
pub(crate) fn needs_transaction(error: &Error) -> bool {
    error.database().is_some_and(has_missed)
}

/// The row that is changed, whose columns say what is added.
struct Row<'j> {
    joint: &'j Joint,
    /// How many columns are selected. Behind them are the keys of the rows at which ways begin, and
    /// the amounts.
    width: usize,
    /// The row that names each of the others at which a way begins, by its column.
    starts: Vec<Option<usize>>,
    /// Of each amount that differs from row to row.
    amounts: Vec<Option<usize>>,
    /// How many columns there are.
    columns: usize,
}

impl<'j> Row<'j> {
    fn new(joint: &'j Joint, width: usize) -> Self {
        let mut columns = width;
        let mut next = |is_wanted: bool| {
            let column = columns;
            columns += usize::from(is_wanted);
            is_wanted.then_some(column)
        };
        let Additions { amounts, rows } = joint.additions;
        let starts = rows
            .iter()
            .map(|row| next(matches!(row.found, Found::At(_))));
        let starts = starts.collect();
        let is_constant = |it: &Difference| it.value.is_none() && it.filter.is_none();
        let amounts = amounts.iter().map(|amount| next(!is_constant(amount)));
        let amounts = amounts.collect();
        Self {
            joint,
            width,
            starts,
            amounts,
            columns,
        }
    }

    fn is_updated(&self) -> bool {
        matches!(self.joint.change, Change::Updated(_))
    }

    /// Adds the write, and of an update the look at the row before it.
    fn write<'q, C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        part: Part<'q, C>,
        selection: Option<Make<C::Db>>,
    ) {
        let registration = session.registration(self.joint.model);
        let names: Vec<&'static str> = registration.key_names().collect();
        if let Part::Update(_, key) = &part {
            self.named(statement, BEFORE);
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
        self.named(statement, ROW);
        let sign = match part {
            Part::Insert(insert) => {
                statement.append(insert);
                ""
            }
            Part::Update(set, key) => {
                statement.text("UPDATE ").made(registration.table);
                statement.text(" SET ").append(set);
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
        statement.text(")");
    }

    /// Adds `name(column, ..) AS (`.
    fn named<DB: Dialect>(&self, statement: &mut Statement<'_, DB>, name: &'static str) {
        statement.text(name);
        for column in 0..self.columns {
            statement.text(if column > 0 { ", " } else { "(" });
            statement.numbered(column);
        }
        statement.text(") AS (");
    }

    /// Adds the columns that are selected.
    fn select<DB: Dialect>(&self, statement: &mut Statement<'_, DB>, from: &'static str) {
        for column in 0..self.width {
            statement.text(if column > 0 { ", " } else { "" });
            statement.text(from).text(".").numbered(column);
        }
    }

    /// Adds the values of all columns of the row, with a sign before the amounts.
    fn returned<C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'_, C::Db>,
        selection: Option<Make<C::Db>>,
        sign: &'static str,
    ) {
        let Additions { amounts, rows } = self.joint.additions;
        let registration = session.registration(self.joint.model);
        let mut comma = selection.is_some();
        if let Some(selection) = selection {
            statement.made(selection);
        }
        for row in rows {
            if let Found::At(relation) = row.found {
                statement.text(if comma { ", " } else { "" });
                statement.name(registration.foreign_key_name(relation));
                comma = true;
            }
        }
        let name = |column: usize| registration.meta.columns[column].name;
        for amount in amounts {
            match (amount.filter.map(name), amount.value.map(name)) {
                (None, None) => {}
                (Some(filter), None) => {
                    let when = statement.text(", ").text(sign).text("CASE WHEN ");
                    when.name(filter).text(" THEN 1 ELSE 0 END");
                }
                (None, Some(value)) => {
                    let value = statement
                        .text(", ")
                        .text(sign)
                        .text("COALESCE(")
                        .name(value);
                    value.text(", 0)");
                }
                (Some(filter), Some(value)) => {
                    let when = statement.text(", ").text(sign).text("COALESCE(CASE WHEN ");
                    when.name(filter)
                        .text(" THEN ")
                        .name(value)
                        .text(" END, 0)");
                }
            }
        }
    }

    /// Adds 1 where the row has come to another parent, else 0.
    fn is_moved<DB: Dialect>(&self, statement: &mut Statement<'_, DB>) {
        if !self.is_updated() {
            statement.text("CAST(0 AS BIGINT)");
            return;
        }
        statement.text("CAST(CASE WHEN ");
        self.has_other_parents(statement);
        statement.text(" THEN 1 ELSE 0 END AS BIGINT)");
    }

    fn has_other_parents<DB: Dialect>(&self, statement: &mut Statement<'_, DB>) {
        for (place, column) in self.starts.iter().flatten().enumerate() {
            statement.text(if place > 0 { " OR " } else { "" });
            statement.text(ROW).text(".").numbered(*column);
            statement.text(" IS DISTINCT FROM ");
            statement.text(BEFORE).text(".").numbered(*column);
        }
    }

    fn amount<DB: Dialect>(&self, statement: &mut Statement<'_, DB>, amount: usize) {
        match self.amounts[amount] {
            None if self.joint.change == Change::Deleted => statement.text("(-1)"),
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

impl<C: Wire> Amounts<C> for Row<'_> {
    /// The relation by which the row names the first row of a way.
    type Start = usize;
    type Amount = usize;

    fn tables(&self) -> Option<&'static str> {
        const BOTH: &str = "maintained_row, maintained_before";
        Some(if self.is_updated() { BOTH } else { ROW })
    }

    fn set<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        rows: &[Grown<usize, usize>],
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
        rows: &[Grown<usize, usize>],
        at: usize,
    ) {
        let key = session.key_name(rows[at].model).unwrap_or_default();
        statement.made(session.registration(rows[at].model).table);
        statement.text(".").name(key).text(" = ").text(ROW);
        statement
            .text(".")
            .numbered(self.starts[at].unwrap_or_default());
    }

    fn named(&self, statement: &mut Statement<'_, C::Db>, rows: &[Grown<usize, usize>], at: usize) {
        // The row, and what it was, are at hand where this is told.
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

    fn is_something(&self, statement: &mut Statement<'_, C::Db>, row: &Grown<usize, usize>) {
        let amounts = || row.fields.iter().map(|&(_, amount)| amount);
        if !amounts().any(|amount| self.amounts[amount].is_none()) {
            for (place, amount) in amounts().enumerate() {
                statement.text(if place > 0 { " OR " } else { " AND (" });
                self.amount(statement, amount);
                statement.text(" <> 0");
            }
            statement.text(")");
        }
        if self.is_updated() {
            statement.text(" AND NOT (");
            self.has_other_parents(statement);
            statement.text(")");
        }
    }

    fn is_refused(&self, statement: &mut Statement<'_, C::Db>) {
        if self.is_updated() {
            self.is_moved(statement);
            statement.text(" = 1 OR ");
        }
    }
}
