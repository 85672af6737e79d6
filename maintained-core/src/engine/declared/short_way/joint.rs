//! A change to one row, and all that is added because of it, by one statement.
//!
//! A row that is changed is read and locked first, by the same statement: what is added is what it
//! has afterwards, less what it had. Where the update sets a foreign key, what it had is taken off
//! the parent that it had (`levels`). Nothing is added where another row than expected would get it,
//! since the database itself has moved the row; nor an amount that is larger than a mark can tell.
//! Such a row goes the general way.

use diesel::result::Error as DieselError;

use super::levels::Levels;
use super::row::{BEFORE, Part, ROW, Row};
use super::together::{Amounts, has_missed, is_fit, read as read_numbers, refuse_missed, together};
use super::{failed, models_of};
use crate::declare::arena::Id;
use crate::declare::columns::ColumnSet;
use crate::engine::marking::Marking;
use crate::engine::{ahead, held};
use crate::error::Error;
use crate::graph::{
    Additions, Cause, Change, Difference, Found, Graph, Grown, ModelIndex, RelationIndex, in_order,
};
use crate::marks::pending::{Written, Wrote};
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
    /// Whether it may bring the row to other parents.
    is_move: bool,
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
    let additions = match change {
        Change::Updated(set) if graph.may_move(model, set) => graph.additions_of_move(model),
        change => graph.additions_of(model, change),
    };
    let is_fit = DB::WRITES_IN_QUERIES
        && ahead::relations_of::<DB>(graph, model).is_empty()
        && is_settled(graph, model, change);
    additions.filter(|_| is_fit)
}

/// What a change to one row adds, where nothing has to be looked for before it: no rows that go
/// with the row, no unique fields to be given up, nor rows to be locked in the order of all writes.
pub(super) fn settled_additions(
    graph: &Graph,
    model: ModelIndex,
    change: Change,
) -> Option<&Additions> {
    let additions = graph.additions_of(model, change)?;
    is_settled(graph, model, change).then_some(additions)
}

fn is_settled(graph: &Graph, model: ModelIndex, change: Change) -> bool {
    let node = &graph.models[model];
    // Of an update it is not known what else the database changes.
    let change = match change {
        Change::Updated(_) => Change::Updated(ColumnSet::ALL),
        change => change,
    };
    let goes_alone = node.dependents.is_empty() && node.keys_have_one_spelling;
    node.unsettled.is_empty()
        && (goes_alone || change != Change::Deleted)
        && !graph.locks(model, Cause::Change(change)).meet
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
        let is_move = matches!(change, Change::Updated(set) if graph.may_move(model, set));
        // Alone, a write does not read again what it returns, and what a statement has changed it
        // cannot lock. Where rows of its own model are added to, one of them may be the row itself.
        let is_own = |row: &Grown<RelationIndex, usize>| row.model == model;
        let is_refused = (is_alone || is_move) && additions.rows.iter().any(is_own);
        if is_refused || !is_free(session, marking) {
            return Ok(None);
        }
        let models = models_of(&additions.rows).chain([model]);
        let is_fit = is_fit(session, models).await?;
        Ok(is_fit.then_some(Self {
            model,
            change,
            additions,
            is_move,
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
        let row = if self.is_move { row.moved() } else { row };
        let order = in_order(rows);
        let mut statement = Statement::new("WITH ");
        row.write(session, &mut statement, part, selection);
        statement.text(", ");
        let levels = Levels {
            rows,
            order: &order,
        };
        let (counts, told) = if self.is_move {
            let mut counts = Statement::new("");
            levels.write(session, &mut statement, &row);
            levels.tell(&mut counts);
            (counts, None)
        } else {
            let query = together(session, rows, &order, &row);
            statement.append(query.writes);
            (query.counts, Some(query.read))
        };
        let numbers = width + 1..width + 1 + 2 * order.len();
        if row.is_updated() {
            row.select(statement.text(" SELECT "), BEFORE);
            // Null in the row before: whether it goes the general way, two numbers a row, and what
            // is refused.
            for _ in 0..=numbers.len() + usize::from(self.is_alone) {
                statement.text(", CAST(NULL AS BIGINT)");
            }
            statement.text(" FROM ").text(BEFORE).text(" UNION ALL");
        }
        row.select(statement.text(" SELECT "), ROW);
        statement.text(if width > 0 { ", " } else { "" });
        row.goes_otherwise(&mut statement);
        statement.text(", ").append(counts);
        if self.is_alone && self.is_move {
            row.goes_otherwise(statement.text(", CAST(CASE WHEN "));
            levels.refuse_missed(statement.text(" = 1"));
        } else if self.is_alone {
            refuse_missed::<C, _>(statement.text(", "), rows, &row);
        }
        let tables = Amounts::<C>::tables(&row).unwrap_or_default();
        statement.text(" FROM ").text(tables);
        let (mut is_otherwise, mut counted) = (false, Vec::with_capacity(numbers.len()));
        let done = session
            .load_written(Writes::Any, statement, &mut |values, arenas| {
                read(values, arenas)?;
                let Some(otherwise) = C::Db::read_integer(values, width)? else {
                    return Ok(());
                };
                is_otherwise = otherwise != 0;
                read_numbers::<C::Db>(&mut counted, values, numbers.clone())
            })
            .await;
        done.map_err(|source| self.refused(session, source))?;
        let wrote = match told {
            Some(told) => told
                .changed(&counted)
                .into_iter()
                .map(Wrote::once)
                .collect(),
            None => levels.wrote(&counted),
        };
        let models = rows.iter().map(|row| row.model);
        Ok((!is_otherwise).then(|| models.zip(wrote).collect()))
    }

    /// Notes the parents that a row had before it was moved, given the parent that each relation
    /// named.
    pub(crate) fn note_first(
        &self,
        written: &mut Written,
        mut old: impl FnMut(RelationIndex, ModelIndex) -> Option<Id>,
    ) {
        for ((_, wrote), row) in written.iter_mut().zip(&self.additions.rows) {
            if let Found::At(relation) = row.found
                && self.is_move
            {
                wrote.first = old(relation, row.model);
            }
        }
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
