//! A write, run a single time.

use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::model::{Model, Row};
use crate::error::Error;
use crate::marks::mode::Mode;

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

/// Runs a write in a level of its own, unless it is one statement within a transaction.
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
    let is_immediate = conn.mode() == Mode::Immediate;
    // Differences are those of one write: beside the marks of others a change may be noted more than once.
    let notes_differences = is_immediate && conn.state.pending.is_empty();
    conn.state.pending.note_differences(notes_differences);
    if !is_immediate {
        return conn.at_work(write).await;
    }
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
