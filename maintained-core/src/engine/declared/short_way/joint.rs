//! A change to one row, and all that is added because of it, by one statement.
//!
//! A row that is changed is read and locked first, by the same statement: what is added is what it
//! has afterwards, less what it had. Where it has come to another parent nothing is added: two rows
//! of one model may be locked in one order by this statement and in the other by the next. Nor is an
//! amount that is larger than a mark can tell. Such a row goes the general way.

use diesel::result::Error as DieselError;

use super::row::{BEFORE, Part, ROW, Row};
use super::together::{Amounts, has_missed, is_fit, refuse_missed, together};
use super::{failed, models_of};
use crate::engine::marking::Marking;
use crate::engine::{ahead, held};
use crate::error::Error;
use crate::graph::{
    Additions, Cause, Change, Difference, Graph, Grown, ModelIndex, RelationIndex, in_order,
};
use crate::marks::pending::Written;
use crate::rows::select::Reader;
use crate::session::read_ahead::Writes;
use crate::session::{Session, returning};
use crate::sql::Dialect;
use crate::sql::statement::{Make, Statement};
use crate::wire::Wire;

/// A change to one row from which nothing follows but additions.
pub(crate) struct Joint {
    model: ModelIndex,
    change: Change,
    additions: &'static Additions,
    /// Whether there is no transaction around it: then the statement fails where it has missed
    /// something, since nothing could follow it up.
    is_alone: bool,
}

/// What a change to one row adds by the same statement; none where rows have to be locked before
/// it, where unique fields have to be set to NULL, or where other rows may go with the row.
pub(crate) fn additions<DB: Dialect>(
    graph: &Graph,
    model: ModelIndex,
    change: Change,
) -> Option<&Additions> {
    let is_fit = DB::WRITES_IN_QUERIES && ahead::relations_of::<DB>(graph, model).is_empty();
    settled_additions(graph, model, change).filter(|_| is_fit)
}

/// What a change to one row adds, where nothing has to be looked for before it: no rows that go
/// with the row, no unique fields to be given up, nor rows to be locked in the order of all writes.
pub(super) fn settled_additions(
    graph: &Graph,
    model: ModelIndex,
    change: Change,
) -> Option<&Additions> {
    let additions = graph.additions_of(model, change)?;
    let node = &graph.models[model];
    let goes_alone = node.dependents.is_empty() && node.keys_have_one_spelling;
    let is_fit = node.unsettled.is_empty()
        && (goes_alone || change != Change::Deleted)
        && !graph.locks(model, Cause::Change(change)).meet;
    is_fit.then_some(additions)
}

/// Whether a write in immediate mode may add what follows from it by itself: nothing else is marked,
/// nor has anybody asked which rows will change.
pub(super) fn is_free<C: Wire>(session: &Session<'_, C>, marking: &Marking<'_>) -> bool {
    session.switches.short_ways
        && marking.is_immediate()
        && marking.choice.is_none()
        && marking.pending.notes_first_differences()
        && !session.work.notes_rows()
}

impl Joint {
    /// Says whether a change is made so.
    pub(crate) async fn of<C: Wire>(
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
        (model, change): (ModelIndex, Change),
        is_alone: bool,
    ) -> Result<Option<Self>, Error> {
        let graph = &session.catalog.graph;
        let Some(additions) = additions::<C::Db>(graph, model, change) else {
            return Ok(None);
        };
        // Alone, a write does not read again what it returns. Where rows of its own model are added
        // to, one of them may be the row itself.
        let is_own = |row: &Grown<RelationIndex, usize>| row.model == model;
        let is_refused = is_alone && additions.rows.iter().any(is_own);
        if is_refused || !is_free(session, marking) {
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

    /// Runs the statement. Reads what is selected: of the row before an update, then of the row
    /// itself. Says how many rows of each model were changed; none where nothing was added, since
    /// the row goes the general way.
    pub(crate) async fn run<C: Wire>(
        &self,
        session: &mut Session<'_, C>,
        part: Part<'_, C>,
        (selection, width): (Option<Make<C::Db>>, usize),
        read: &mut Reader<'_, C::Db>,
    ) -> Result<Option<Written>, Error> {
        let rows = &self.additions.rows;
        let meta = session.registration(self.model).meta;
        let row = Row::new((meta, self.model, self.change), self.additions, width);
        let order = in_order(rows);
        let mut query = together(session, rows, &order, &row);
        let mut statement = Statement::new("WITH ");
        row.write(session, &mut statement, part, selection);
        statement.text(", ").append(query.writes);
        let is_updated = row.is_updated();
        if is_updated {
            row.select(statement.text(" SELECT "), BEFORE);
            // Null in the row before: whether it goes the general way, two counts a row, and what is
            // refused.
            for _ in 0..=2 * order.len() + usize::from(self.is_alone) {
                statement.text(", CAST(NULL AS BIGINT)");
            }
            statement.text(" FROM ").text(BEFORE).text(" UNION ALL");
        }
        row.select(statement.text(" SELECT "), ROW);
        statement.text(if width > 0 { ", " } else { "" });
        row.goes_otherwise(&mut statement);
        statement.text(", ").append(query.counts);
        if self.is_alone {
            refuse_missed::<C, _>(statement.text(", "), rows, &row);
        }
        let tables = Amounts::<C>::tables(&row).unwrap_or_default();
        statement.text(" FROM ").text(tables);
        let mut is_otherwise = false;
        let done = session
            .load_written(Writes::Any, statement, &mut |values, arenas| {
                read(values, arenas)?;
                let Some(otherwise) = C::Db::read_integer(values, width)? else {
                    return Ok(());
                };
                is_otherwise = otherwise != 0;
                query.read.counts::<C::Db>(values, width + 1)
            })
            .await;
        done.map_err(|source| self.refused(session, source))?;
        let models = rows.iter().map(|row| row.model);
        let written = models.zip(query.read.changed());
        Ok((!is_otherwise).then(|| written.collect()))
    }

    /// The error of the statement: about the row, or about one to which something is added.
    fn refused<C: Wire>(&self, session: &Session<'_, C>, source: DieselError) -> Error {
        let rows = &self.additions.rows;
        if held::is_refused(&source) {
            return failed(session, rows, source);
        }
        let table = |model: ModelIndex| session.catalog.tables.name(model).1;
        let named = match &source {
            DieselError::DatabaseError(_, information) => information.table_name(),
            _ => None,
        };
        let is_meant = |row: &&Grown<RelationIndex, usize>| Some(table(row.model)) == named;
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
