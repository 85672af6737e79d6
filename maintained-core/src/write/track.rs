//! Statements that the library does not make itself.

use diesel::expression::{AppearsOnTable, Expression, ValidGrouping};
use diesel::query_builder::QueryFragment;
use diesel::result::Error as DieselError;
use diesel::sql_types::BoolOrNullableBool;

use crate::catalog::Catalog;
use crate::connection::values::Values;
use crate::connection::{Frame, Level, MaintainedConnection, Task, Wrapped};
use crate::engine::ahead;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Cause, ModelIndex};
use crate::marks::mode::Mode;
use crate::rows::stored::Stored;
use crate::session::Session;
use crate::sql::{Dialect, Kept};

/// A condition on the rows of a table: any boolean Diesel expression over its columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no condition on the rows of `{T}`",
    note = "write it as for Diesel's `filter`: `orders::customer_id.eq(7)`"
)]
pub trait Filter<DB: Dialect, T>: QueryFragment<DB> {}

impl<DB: Dialect, T, F> Filter<DB, T> for F
where
    F: QueryFragment<DB> + AppearsOnTable<T> + ValidGrouping<(), IsAggregate: Sized> + Expression,
    F::SqlType: BoolOrNullableBool,
{
}

/// A bracket whose body runs.
pub(crate) struct Tracked<'c, C: Wrapped> {
    level: Level<'c, C>,
    /// Whether there is a bracket: none in a disabled scope.
    is_open: bool,
    is_outermost: bool,
}

/// Opens a bracket.
pub(crate) async fn open<C: Wrapped, M: Stored<C::Db>>(
    conn: &mut MaintainedConnection<C>,
    filter: Kept<C::Db>,
) -> Result<Tracked<'_, C>, Error> {
    conn.settle_abandoned().await?;
    let is_open = conn.mode() != Mode::Disabled;
    // Asked before the bracket's own level and frame are there, which would count as such a scope.
    let is_outermost = conn.scope_around() != Some(Mode::Buffered);
    let mut level = conn.level().await?;
    if is_open {
        let model = Catalog::<C::Db>::get()?.graph.position_of::<M>()?;
        let opened = bracket(level.conn, model, filter).await;
        if opened.is_err() {
            return level
                .end(opened)
                .await
                .map(|()| unreachable!("it has failed"));
        }
        // The body's writes are buffered: each flush of an immediate one would have the bracket
        // look at its rows once more.
        let choice = level.conn.choice();
        level.push(Frame {
            mode: Mode::Buffered,
            choice,
            values: Values::default(),
        });
    }
    Ok(Tracked {
        level,
        is_open,
        is_outermost,
    })
}

async fn bracket<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    model: ModelIndex,
    filter: Kept<C::Db>,
) -> Result<(), Error> {
    conn.at_work(&LockAhead {
        model,
        filter: &filter,
    })
    .await?;
    conn.open_bracket(model, filter).await
}

/// Locks what may follow from the rows of a bracket.
struct LockAhead<'f, DB> {
    model: ModelIndex,
    filter: &'f Kept<DB>,
}

impl<C: Wrapped> Task<C> for LockAhead<'_, C::Db> {
    type Output = ();

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<(), Error> {
        ahead::matching(
            session,
            marking,
            (self.model, Cause::Bracket),
            &**self.filter,
        )
        .await
    }
}

impl<C: Wrapped> Tracked<'_, C> {
    /// What the body runs on.
    pub(super) fn conn(&mut self) -> &mut MaintainedConnection<C> {
        self.level.conn
    }

    /// Closes the bracket as its body has ended.
    pub(crate) async fn close<T, E: From<DieselError>>(
        mut self,
        result: Result<T, E>,
    ) -> Result<T, E> {
        let result = match result {
            Ok(value) if self.is_open => {
                let closed = self.closed().await.map_err(DieselError::from);
                closed.map(|()| value).map_err(E::from)
            }
            other => other,
        };
        self.level.end(result).await
    }

    async fn closed(&mut self) -> Result<(), Error> {
        let conn = &mut *self.level.conn;
        conn.settle_abandoned().await?;
        conn.close_bracket().await?;
        if self.is_outermost {
            conn.finish().await?;
        }
        Ok(())
    }
}

/// Boxed where nothing is known of the connection but that it is wrapped: there the compiler can
/// tell that it is [`Send`].
#[cfg(feature = "async")]
impl<C: Wrapped> MaintainedConnection<C> {
    pub(crate) fn tracking<M: Stored<C::Db>>(
        &mut self,
        filter: Kept<C::Db>,
    ) -> futures_util::future::BoxFuture<'_, Result<Tracked<'_, C>, Error>> {
        Box::pin(open::<C, M>(self, filter))
    }
}

/// Boxed where nothing is known of the connection but that it is wrapped: there the compiler can
/// tell that it is [`Send`].
#[cfg(feature = "async")]
impl<'c, C: Wrapped> Tracked<'c, C> {
    pub(crate) fn closing<T, E>(
        self,
        result: Result<T, E>,
    ) -> futures_util::future::BoxFuture<'c, Result<T, E>>
    where
        T: Send + 'c,
        E: From<DieselError> + Send + 'c,
    {
        Box::pin(self.close(result))
    }
}
