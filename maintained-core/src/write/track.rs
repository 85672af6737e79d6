//! Statements that the library does not make itself.

use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::query_builder::QueryFragment;
use diesel::result::Error as DieselError;
use diesel::sql_types::BoolOrNullableBool;

use crate::ahead;
use crate::backend::Database;
use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::graph::Cause;
use crate::mode::{Frame, Mode};
use crate::registry::Catalog;
use crate::stored::Stored;
use crate::values::Values;

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
    if conn.mode() == Mode::Disabled {
        return conn.atomically(body);
    }
    let is_outermost = conn.scope_around() != Some(Mode::Buffered);
    conn.atomically(|conn| {
        open::<C, M, F>(conn, filter).map_err(DieselError::from)?;
        // A write's own flush would look at the rows once more.
        let choice = conn.choice();
        let frame = Frame {
            mode: Mode::Buffered,
            choice,
            values: Values::default(),
        };
        conn.within_frame(frame, |conn| {
            let value = body(conn)?;
            conn.close_bracket().map_err(DieselError::from)?;
            if is_outermost {
                conn.finish().map_err(DieselError::from)?;
            }
            Ok(value)
        })
    })
}

fn open<C, M, F>(conn: &mut MaintainedConnection<C>, filter: &F) -> Result<(), Error>
where
    C: Database,
    M: Stored<C>,
    F: Filter<C, M::Table>,
{
    let model = Catalog::<C>::get()?.index_of::<M>()?;
    conn.at_work(|session, marking| {
        ahead::matching(session, marking, (model, Cause::Bracket), filter)
    })?;
    let filter = conn.inner.keep(filter)?;
    conn.open_bracket(model, filter)
}
