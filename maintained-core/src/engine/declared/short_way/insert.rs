//! A new row, and all that is added because of it, by one statement.

use diesel::result::Error as DieselError;

use super::super::field::Declared;
use super::failed;
use super::together::{Amounts, has_missed, is_fit, refuse_missed, together};
use crate::engine::held;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Adding, Difference, Found, Grown, Insertion, ModelIndex, in_order};
use crate::rows::select::Reader;
use crate::session::{Session, returning};
use crate::sql::Dialect;
use crate::sql::statement::{Make, Statement};
use crate::wire::Wire;

/// The name of the new row within the statement.
const NEW: &str = "maintained_new";

/// A new row from which nothing follows but additions.
pub(crate) struct Inserting {
    model: ModelIndex,
    insertion: &'static Insertion,
    is_alone: bool,
}

impl Inserting {
    /// Says whether a row can be inserted so: nothing else is marked, nor has anybody asked which
    /// rows will change.
    pub(crate) async fn of<C: Wire>(
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
        model: ModelIndex,
    ) -> Result<Option<Self>, Error> {
        let is_meant = marking.choice.is_none() && marking.pending.notes_first_differences();
        let Some(insertion) = session.catalog.graph.insertion(model) else {
            return Ok(None);
        };
        if !is_meant || session.work.notes_rows() || !is_fit(session, &insertion.rows).await? {
            return Ok(None);
        }
        let is_plain = session.is_plain(model).await?;
        Ok(is_plain.then_some(Self {
            model,
            insertion,
            is_alone: false,
        }))
    }

    /// The same without a transaction around it, if the row is not changed itself: the statement
    /// fails where it has missed a row, since nothing could follow it up.
    pub(crate) fn alone(self) -> Option<Self> {
        let is_own = |row: &Grown<usize, usize>| row.model == self.model;
        let is_alone = !self.insertion.rows.iter().any(is_own);
        is_alone.then_some(Self { is_alone, ..self })
    }

    /// The differences that are added.
    pub(crate) fn differences(&self) -> &[Difference] {
        &self.insertion.amounts
    }
}

/// Runs an `INSERT` of one row, and all additions with it; reads what is selected of the new row,
/// and says how often each model was changed, where that is known.
pub(crate) async fn insert<'q, C: Wire>(
    session: &mut Session<'_, C>,
    inserting: &Inserting,
    mut insert: Statement<'q, C::Db>,
    (selection, width): (Option<Make<C::Db>>, usize),
    read: &mut Reader<'_, C::Db>,
) -> Result<Vec<(ModelIndex, Option<usize>)>, Error> {
    let Insertion { amounts, rows } = inserting.insertion;
    let new = New { amounts, rows };
    let order = in_order(rows);
    let mut query = together(session, rows, &order, &new);
    let mut statement = Statement::new("WITH ");
    statement.text(NEW).text(" AS (");
    insert.text(" RETURNING ");
    let columns = new.returned(session, &mut insert, inserting.model, selection);
    statement.append(insert).text("), ").append(query.writes);
    statement.text(" SELECT ").text(NEW).text(".*, ");
    statement.append(query.counts);
    if inserting.is_alone {
        refuse_missed::<C, _>(statement.text(", "), rows, &new);
    }
    statement.text(" FROM ").text(NEW);
    let done = session
        .load_written(statement, &mut |row, arenas| {
            read(row, arenas)?;
            query.read.counts::<C::Db>(row, width + columns)
        })
        .await;
    done.map_err(|source| refused(session, inserting, source))?;
    let changed = rows.iter().map(|row| row.model).zip(query.read.changed());
    Ok(changed.collect())
}

/// Whether a row cannot be inserted without a transaction around it, since one that is added to was
/// missed. Nothing is done then.
pub(crate) fn needs_transaction(error: &Error) -> bool {
    error.database().is_some_and(has_missed)
}

/// The error of the statement: about the new row, or about a row to which something is added.
fn refused<C: Wire>(session: &Session<'_, C>, of: &Inserting, source: DieselError) -> Error {
    let rows = &of.insertion.rows;
    if held::is_refused(&source) {
        return failed(session, rows, source);
    }
    let table = |model: ModelIndex| session.registration(model).meta.table;
    let of_another = match &source {
        DieselError::DatabaseError(_, information) => information.table_name().and_then(|name| {
            let is_meant = |row: &&Grown<usize, usize>| table(row.model) == name;
            rows.iter()
                .find(is_meant)
                .filter(|_| table(of.model) != name)
        }),
        _ => None,
    };
    match of_another {
        Some(row) => failed(session, std::slice::from_ref(row), source),
        None => returning(session.registration(of.model).meta.name, source),
    }
}

/// The new row, whose columns say what is added.
struct New {
    amounts: &'static [Difference],
    rows: &'static [Grown<usize, usize>],
}

impl New {
    /// Adds what is returned of the new row, and says how many columns there are behind those that
    /// are selected: the keys at which ways begin, and the amounts.
    fn returned<C: Wire>(
        &self,
        session: &Session<'_, C>,
        statement: &mut Statement<'_, C::Db>,
        model: ModelIndex,
        selection: Option<Make<C::Db>>,
    ) -> usize {
        let registration = session.registration(model);
        if let Some(selection) = selection {
            statement.made(selection).text(", ");
        }
        let mut columns = 0;
        // Every way begins somewhere, so there is a first column.
        for (at, row) in self.rows.iter().enumerate() {
            if let Found::At(relation) = row.found {
                statement.text(if columns > 0 { ", " } else { "" });
                statement.name(registration.foreign_key_name(relation));
                statement.text(" AS ").numbered(at);
                columns += 1;
            }
        }
        let name = |column: usize| registration.meta.columns[column].name;
        for (at, amount) in self.amounts.iter().enumerate() {
            let filter = amount.filter.map(name);
            match (filter, amount.value.map(name)) {
                (None, None) => continue,
                (Some(filter), None) => {
                    let when = statement.text(", CASE WHEN ").name(filter);
                    when.text(" THEN 1 ELSE 0 END");
                }
                (None, Some(value)) => {
                    statement.text(", COALESCE(").name(value).text(", 0)");
                }
                (Some(filter), Some(value)) => {
                    let when = statement.text(", COALESCE(CASE WHEN ").name(filter);
                    when.text(" THEN ").name(value).text(" END, 0)");
                }
            }
            statement.text(" AS ").numbered(self.rows.len() + at);
            columns += 1;
        }
        columns
    }

    /// Whether something is always added.
    fn is_constant(&self, amount: usize) -> bool {
        self.amounts[amount].filter.is_none() && self.amounts[amount].value.is_none()
    }

    fn amount<DB: Dialect>(&self, statement: &mut Statement<'_, DB>, amount: usize) {
        if self.is_constant(amount) {
            statement.text("1");
        } else {
            statement.text(NEW).text(".");
            statement.numbered(self.rows.len() + amount);
        }
    }
}

impl<C: Wire> Amounts<C> for New {
    /// The relation by which the new row names the first row of a way.
    type Start = usize;
    type Amount = usize;

    const TABLE: Option<&'static str> = Some(NEW);

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
        statement.text(".").name(key).text(" = ").text(NEW);
        statement.text(".").numbered(at);
    }

    fn named(&self, statement: &mut Statement<'_, C::Db>, rows: &[Grown<usize, usize>], at: usize) {
        statement.text("(SELECT count(").numbered(at);
        statement.text(") FROM ").text(NEW).text(" WHERE TRUE");
        Amounts::<C>::is_something(self, statement, &rows[at]);
        statement.text(")");
    }

    fn is_something(&self, statement: &mut Statement<'_, C::Db>, row: &Grown<usize, usize>) {
        let amounts = || row.fields.iter().map(|&(_, amount)| amount);
        if amounts().any(|amount| self.is_constant(amount)) {
            return;
        }
        for (place, amount) in amounts().enumerate() {
            statement.text(if place > 0 { " OR " } else { " AND (" });
            self.amount(statement, amount);
            statement.text(" <> 0");
        }
        statement.text(")");
    }
}
