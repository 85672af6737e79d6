//! Statements that the library does not make itself.

use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::query_builder::QueryFragment;
use diesel::result::Error as DieselError;
use diesel::sql_types::BoolOrNullableBool;

use super::read;
use crate::backend::{Database, Lock};
use crate::cascade::Hanging;
use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::mode::{Frame, Mode};
use crate::rows::Image;
use crate::session::{Found, Session, reading};
use crate::statement::Statement;
use crate::stored::Stored;

/// A condition on the rows of a table: any boolean Diesel expression over its columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no condition on the rows of `{T}`",
    note = "write it as for Diesel's `filter`: `orders::customer_id.eq(7)`"
)]
pub trait Filter<C: Database, T>: QueryFragment<C::Backend> {}

impl<C: Database, T, F> Filter<C, T> for F
where
    F: QueryFragment<C::Backend>
        + AppearsOnTable<T>
        + ValidGrouping<(), IsAggregate: Sized>
        + Expression,
    F::SqlType: BoolOrNullableBool,
{
}

pub(super) fn track<C, M, F, T, E>(
    conn: &mut MaintainedConnection<C>,
    filter: &F,
    body: impl FnOnce(&mut MaintainedConnection<C>) -> Result<T, E>,
) -> Result<T, E>
where
    C: Database,
    M: Stored<C>,
    F: Filter<C, M::Table>,
    E: From<DieselError>,
{
    conn.atomically(|conn| {
        if conn.mode() == Mode::Disabled {
            return body(conn);
        }
        let before = conn.at_work(|session, _| {
            let model = session.catalog.index_of::<M>()?;
            let roots = matching(session, model, filter, Lock::Update)?;
            Ok((model, Hanging::on(session, model, roots)?))
        });
        let (model, mut hanging) = before.map_err(DieselError::from)?;
        conn.state.pending.hold_ids();
        // A flush inside the bracket would work off marks of rows that the body may still take along.
        let is_immediate = conn.mode() == Mode::Immediate;
        if is_immediate {
            let choice = conn
                .state
                .frames
                .last()
                .and_then(|frame| frame.choice.clone());
            let mode = Mode::Buffered;
            conn.state.frames.push(Frame { mode, choice });
        }
        conn.state.watch.brackets.push(model);
        let value = body(conn)?;
        conn.state.watch.brackets.pop();
        let after = conn.at_work(|session, marking| {
            let gone = hanging.read_again(session)?;
            let found = matching(session, model, filter, Lock::None)?;
            let known = hanging.roots();
            if let Some(mut recorder) = marking.recorder(session) {
                hanging.record(&mut recorder, &gone);
                for (row, id) in found.ids.iter().enumerate() {
                    if !known.contains(id) {
                        recorder.touch(model, Image::new(&*found.rows, row));
                    }
                }
            }
            Ok(())
        });
        after.map_err(DieselError::from)?;
        if is_immediate {
            conn.finish().map_err(DieselError::from)?;
            conn.state.frames.pop();
        }
        Ok(value)
    })
}

/// The rows that a filter matches, ordered by key.
fn matching<C: Database>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    filter: &dyn QueryFragment<C::Backend>,
    lock: Lock,
) -> Result<Found<C>, Error> {
    let registration = session.registration(model);
    let mut statement = Statement::new("SELECT ");
    statement.made(registration.selection);
    for name in registration.key_names() {
        statement.text(", ").name(name);
    }
    statement
        .text(" FROM ")
        .made(registration.table)
        .text(" WHERE ")
        .borrowed(filter);
    statement
        .text(" ORDER BY ")
        .names(registration.key_names())
        .text(C::lock(session.strength(lock)));
    let mut ids = Vec::new();
    let mut rows = (registration.new_rows)();
    let read = session.load(statement, &mut |row, arenas| {
        rows.read(row)?;
        ids.push((registration.read_key)(
            row,
            registration.width,
            arenas.get_mut(model),
        )?);
        Ok(())
    });
    read.map_err(|source| reading(registration.meta.name, source))?;
    Ok(Found { ids, rows })
}

pub(super) fn touch<C: Database, M: Stored<C>>(
    conn: &mut MaintainedConnection<C>,
    keys: &[M::Key],
) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let body = |conn: &mut MaintainedConnection<C>| {
        conn.at_work(|session, marking| {
            let (model, ids) = read::ids::<C, M>(session, keys)?;
            let (found, _) = read::all(session, model, &ids, Lock::NoKeyUpdate)?;
            if let Some(mut recorder) = marking.recorder(session) {
                for row in 0..found.rows.len() {
                    recorder.touch(model, Image::new(&*found.rows, row));
                }
            }
            Ok(())
        })
    };
    super::write::<C, M, ()>(conn, super::Statements::One, body, |_, ()| Ok(()))
}
