//! Running a write: in the mode that is in force, and where it stands alone, again where it is
//! refused.

use super::kept::Write;
use super::kept::{AnyWrite, Kept};
use super::once::once;
use super::refused;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::error::Error;

/// Runs a write in the mode that is in force, with a flush at its end in immediate mode. Where that
/// flush has changed rows of the model, what the write returns is read again. Brackets look at
/// their rows before the write, which may take rows out of their filters.
///
/// A write that stands alone is a transaction, and where the database refuses it, it is run again.
/// Within a transaction one statement needs no savepoint, since it is atomic by itself: should what
/// follows from it fail, the innermost level is given up.
pub(super) async fn write<C: Wrapped, W: Write<C>>(
    conn: &mut MaintainedConnection<C>,
    write: &W,
) -> Result<W::Output, Error> {
    let mut kept = Kept::of(write);
    run(conn, &mut kept).await?;
    Ok(kept
        .into_value()
        .expect("a write that has not failed has come to something"))
}

async fn run<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    write: &mut dyn AnyWrite<C>,
) -> Result<(), Error> {
    conn.settle_abandoned().await?;
    conn.before_change().await?;
    if conn.state.pending.depth() > 0 {
        once(conn, write).await?;
    } else {
        refused::until_not_refused(conn, write).await?;
    }
    // A write that has failed has changed nothing, or its level can only be undone.
    conn.note_write(write.model())
}
