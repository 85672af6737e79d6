//! The rows of a table, a batch at a time, in the order of their keys.

use diesel::query_builder::QueryFragment;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::passes::Pass;
use super::{Operation, Words};
use crate::connection::{Task, Wrapped};
use crate::declare::arena::Id;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Graph, ModelIndex};
use crate::session::{Session, reading};
use crate::sql::statement::Statement;
use crate::sql::text::{Quotes, parts, quoted_name};
use crate::sql::{Dialect, Operated};

/// A key as the database writes it in SQL: the values of its columns, separated by commas.
pub(super) type Cursor = String;

/// Whether batches can go through a table.
pub(super) struct Sorted<'o> {
    pub(super) pass: &'o Pass,
}

impl<C: Wrapped> Task<C> for Sorted<'_> {
    type Output = ();

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<(), Error> {
        refuse_unsorted(session, self.pass.model).await
    }
}

/// How many rows a pass looks at.
pub(super) struct Count<'o, C: Wrapped> {
    pub(super) operation: &'o Operation<C>,
    pub(super) pass: &'o Pass,
    pub(super) after: Option<&'o Cursor>,
}

impl<C: Wrapped> Task<C> for Count<'_, C> {
    type Output = usize;

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<usize, Error> {
        count(session, self.operation, self.pass.model, self.after).await
    }
}

/// The rows of the next batch.
pub(super) struct Next<'o, C: Wrapped> {
    pub(super) operation: &'o Operation<C>,
    pub(super) pass: &'o Pass,
    pub(super) after: Option<&'o Cursor>,
    /// Where it ends; after as many rows as a batch has, if that is not known.
    pub(super) last: Option<&'o Cursor>,
}

impl<C: Wrapped> Task<C> for Next<'_, C> {
    type Output = Option<(Vec<Id>, Cursor)>;

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        _: &mut Marking<'_>,
    ) -> Result<Self::Output, Error> {
        let between = (self.after, self.last);
        next(session, self.operation, self.pass.model, between).await
    }
}

/// The rows that come after a key, and the key of the last of them: a batch of them, or those up to
/// another key.
pub(super) async fn next<C: Wrapped>(
    session: &mut Session<'_, C>,
    operation: &Operation<C>,
    model: ModelIndex,
    (after, last): (Option<&Cursor>, Option<&Cursor>),
) -> Result<Option<(Vec<Id>, Cursor)>, Error> {
    let registration = session.registration(model);
    let names: Vec<&'static str> = registration.key_names().collect();
    let cursor = match after {
        Some(cursor) => Some(behind::<C>(&names, cursor)?),
        None => None,
    };
    let upto = match last {
        Some(last) => Some(up_to::<C>(&names, last)?),
        None => None,
    };
    let mut statement = Statement::new("SELECT ");
    statement.names(names.iter().copied());
    for &name in &names {
        statement.text(", ");
        C::Db::literal(&mut statement, name);
    }
    statement.text(" FROM ").made(registration.table);
    let mut word = " WHERE ";
    for part in cursor.iter().chain(&upto) {
        statement.text(word).borrowed(part);
        word = " AND ";
    }
    conditions(session, operation, model, word, &mut statement);
    statement.text(" ORDER BY ").names(names.iter().copied());
    if last.is_none() {
        statement.text(" LIMIT ").number(operation.batch);
    }
    let (mut ids, mut last) = (Vec::new(), String::new());
    let read = session
        .load(statement, &mut |row, arenas| {
            ids.push((registration.read_key)(row, 0, arenas.get_mut(model))?);
            last.clear();
            for at in 0..names.len() {
                last.push_str(if at > 0 { ", " } else { "" });
                last.push_str(&C::Db::read_text(row, names.len() + at)?.unwrap_or_default());
            }
            Ok(())
        })
        .await;
    read.map_err(|source| unread(operation, &session.catalog.graph, model, source))?;
    Ok((!ids.is_empty()).then_some((ids, last)))
}

/// The condition that a key comes after another one. `MariaDB` uses no index for a comparison of
/// several columns at once, so that the first one is compared alone, too.
fn behind<C: Wrapped>(names: &[&'static str], cursor: &Cursor) -> Result<Words, Error> {
    let names = names.iter().map(|&name| quoted_name::<C::Db>(name));
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    let all = format!("({}) > ({cursor})", names.join(", "));
    let first = parts(cursor, Quotes::of::<C::Db>()?).first().copied();
    Ok(Words(match first {
        Some(first) if names.len() > 1 => format!("{} >= {first} AND {all}", names[0]),
        _ => all,
    }))
}

/// The condition that a key comes no later than another one.
fn up_to<C: Wrapped>(names: &[&'static str], cursor: &Cursor) -> Result<Words, Error> {
    let names = names.iter().map(|&name| quoted_name::<C::Db>(name));
    let names: Vec<String> = names.collect::<Result<_, _>>()?;
    Ok(Words(format!("({}) <= ({cursor})", names.join(", "))))
}

/// Refuses a table whose rows do not come in the order in which their keys are compared: batches
/// would pass over some of them.
pub(super) async fn refuse_unsorted<C: Wrapped>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
) -> Result<(), Error> {
    let Some(statement) = C::Db::unsorted(session.catalog.tables.name(model)) else {
        return Ok(());
    };
    let meta = session.registration(model).meta;
    let mut unsorted = None;
    let read = session
        .load(statement, &mut |row, _| {
            let column = C::Db::read_text(row, 0)?;
            let is_of_key = |column: &String| meta.key_names().any(|name| name == *column);
            unsorted = unsorted.take().or(column.filter(is_of_key));
            Ok(())
        })
        .await;
    read.map_err(|source| reading(meta.name, source))?;
    unsorted.map_or(Ok(()), |column| {
        Err(Error::other(format!(
            "the rows of `{}` cannot be gone through batch by batch: the database sorts `{column}` of \
             its key otherwise than it compares it (`ENUM`, `SET`); give the table a key of numbers or \
             text, or touch its rows",
            meta.name
        )))
    })
}

/// How many rows there are behind a row, or in all.
async fn count<C: Wrapped>(
    session: &mut Session<'_, C>,
    operation: &Operation<C>,
    model: ModelIndex,
    after: Option<&Cursor>,
) -> Result<usize, Error> {
    let registration = session.registration(model);
    let names: Vec<&'static str> = registration.key_names().collect();
    let after = match after {
        Some(cursor) => Some(behind::<C>(&names, cursor)?),
        None => None,
    };
    let mut statement = Statement::new("SELECT COUNT(*) FROM ");
    statement.made(registration.table);
    let mut word = " WHERE ";
    if let Some(after) = &after {
        statement.text(word).borrowed(after);
        word = " AND ";
    }
    conditions(session, operation, model, word, &mut statement);
    let mut count = 0;
    let read = session
        .load(statement, &mut |row, _| {
            count = C::Db::read_integer(row, 0)?.unwrap_or_default();
            Ok(())
        })
        .await;
    read.map_err(|source| unread(operation, &session.catalog.graph, model, source))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// The error of a query for rows: where a condition was given as SQL, it may be that.
fn unread<C: Wrapped>(
    operation: &Operation<C>,
    graph: &Graph,
    model: ModelIndex,
    source: DieselError,
) -> Error {
    let name = graph.models[model].meta.name;
    let conditions = operation.conditions.iter();
    let words: Vec<String> = conditions
        .filter(|it| it.model.means(graph, model))
        .filter_map(|it| it.words.as_ref().map(|words| format!("`{words}`")))
        .collect();
    let is_statement = matches!(
        source,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, _)
    );
    if words.is_empty() || !is_statement {
        return reading(name, source);
    }
    let words = words.join(", ");
    Error::Statement {
        action: format!(
            "reading the rows of `{name}` that meet {words} (write it in SQL, over columns of its \
             table)"
        ),
        source,
    }
}

/// Adds the conditions that rows of a model have to meet.
fn conditions<'q, C: Wrapped>(
    session: &Session<'_, C>,
    operation: &'q Operation<C>,
    model: ModelIndex,
    mut word: &'static str,
    statement: &mut Statement<'q, C::Db>,
) {
    let graph = &session.catalog.graph;
    let conditions = operation.conditions.iter();
    for condition in conditions.filter(|it| it.model.means(graph, model)) {
        let holds: &'q (dyn QueryFragment<C::Db> + Sync) = &*condition.holds;
        statement.text(word).text("(").borrowed(holds).text(")");
        word = " AND ";
    }
}
