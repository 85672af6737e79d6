//! Running a write: in the mode that is in force, and where it stands alone, again where it is refused.

use super::refused;
use crate::connection::mode::Mode;
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::model::{Model, Row};
use crate::error::Error;

/// How many statements a write sends that change something, beside those of its flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statements {
    /// At most one, which is atomic by itself.
    One,
    /// Any number.
    Many,
}

impl Statements {
    pub(super) fn one_if(is_one: bool) -> Self {
        if is_one { Self::One } else { Self::Many }
    }
}

/// A write of a model.
pub(super) trait Write<C: Wrapped>: Task<C> {
    type Model: Model;

    fn statements(&self) -> Statements;

    /// Reads what the write returns once more, since a flush has changed rows of the model.
    fn read_again(
        &self,
        conn: &mut MaintainedConnection<C>,
        value: &mut Self::Output,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        let _ = (conn, value);
        async { Ok(()) }
    }
}

/// Runs a write in the mode that is in force, with a flush at its end in immediate mode. Where that flush has changed
/// rows of the model, what the write returns is read again.
///
/// A write that stands alone is a transaction, and where the database refuses it, it is run again. Within a
/// transaction one statement needs no savepoint, since it is atomic by itself: should what follows from
/// it fail, the innermost level is given up.
pub(super) async fn write<C: Wrapped, W: Write<C>>(
    conn: &mut MaintainedConnection<C>,
    write: &W,
) -> Result<W::Output, Error> {
    conn.settle_abandoned().await?;
    conn.before_change().await?;
    let result = if conn.state.pending.depth() > 0 {
        once(conn, write).await
    } else {
        refused::until_not_refused(conn, write).await
    };
    if result.is_ok() {
        conn.note_write::<W::Model>()?;
    }
    result
}

pub(super) async fn once<C: Wrapped, W: Write<C>>(
    conn: &mut MaintainedConnection<C>,
    write: &W,
) -> Result<W::Output, Error> {
    if write.statements() == Statements::One && conn.state.pending.depth() > 0 {
        let unfinished = conn.in_level().await?;
        let result = written(unfinished.conn, write).await;
        return unfinished.end(result);
    }
    let level = conn.level().await?;
    let result = written(level.conn, write).await;
    level.end(result).await
}

async fn written<C: Wrapped, W: Write<C>>(
    conn: &mut MaintainedConnection<C>,
    write: &W,
) -> Result<W::Output, Error> {
    if conn.mode() != Mode::Immediate {
        return conn.at_work(write).await;
    }
    // Differences are those of one write: beside the marks of others a change may be noted more than once.
    let alone = conn.state.pending.is_empty();
    conn.state.pending.note_differences(alone);
    let mut value = conn.at_work(write).await?;
    // Marks that cannot be worked off must not be left to the next write.
    conn.state.wrote |= !conn.state.pending.is_empty();
    let report = conn.flush(None).await?;
    conn.state.pending.note_differences(false);
    if report.model(<W::Model as Row>::NAME).changed > 0 {
        write.read_again(conn, &mut value).await?;
    }
    Ok(value)
}
