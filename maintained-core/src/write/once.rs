//! A write, run a single time.

use super::kept::{AnyWrite, Statements, Way};
use crate::catalog::Catalog;
use crate::connection::{MaintainedConnection, Wrapped};
use crate::engine::declared::needs_transaction;
use crate::error::Error;
use crate::marks::mode::Mode;
use crate::session::Anew;
use crate::sql::Dialect;

/// Runs a write in a level of its own, unless it is one statement within a transaction, or one that
/// needs none.
pub(super) async fn once<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    write: &mut dyn AnyWrite<C>,
) -> Result<(), Error> {
    if write.statements() == Statements::One && conn.state.pending.depth() > 0 {
        let unfinished = conn.in_level().await?;
        let result = written(unfinished.conn, write).await;
        return unfinished.end(result);
    }
    if alone(conn, write).await? {
        return Ok(());
    }
    let level = conn.level().await?;
    let result = written(level.conn, write).await;
    level.end(result).await
}

/// Runs a write that one statement does as a whole, outside of any transaction. Says whether it is
/// such a write; if not, nothing was done.
async fn alone<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    write: &mut dyn AnyWrite<C>,
) -> Result<bool, Error> {
    let is_possible = C::Db::WRITES_IN_QUERIES || C::Db::BLOCKS.is_some();
    if !is_possible || !conn.may_go_alone() || conn.mode() != Mode::Immediate {
        return Ok(false);
    }
    // `begin_alone` takes this count. A level that the write may need after all asks for it, too.
    let retries = conn.state.reports.retries;
    conn.begin_alone();
    let noting = Noting::begin(conn);
    write.go(Way::Alone);
    let tried = noting.conn.at_any_work(write).await;
    let done = match tried {
        // Its marks only tell what it has done.
        Ok(true) => noting.conn.flush(None).await.map(|_| true),
        Err(error) if needs_transaction(&error) => Ok(false),
        other => other,
    };
    // The write has come to its end: whoever may run it again asks for this.
    let anew = noting.conn.state.anew;
    drop(noting);
    conn.state.anew = anew;
    if matches!(done, Ok(false)) {
        conn.state.reports.retries = retries;
    }
    done
}

/// Differences are noted until this is dropped, be it by a panic or since the write is not waited
/// for. There is no level that would be undone then, and drop them.
struct Noting<'c, C: Wrapped> {
    conn: &'c mut MaintainedConnection<C>,
}

impl<'c, C: Wrapped> Noting<'c, C> {
    fn begin(conn: &'c mut MaintainedConnection<C>) -> Self {
        conn.state.pending.note_differences(true);
        Self { conn }
    }
}

impl<C: Wrapped> Drop for Noting<'_, C> {
    fn drop(&mut self) {
        self.conn.state.pending.note_differences(false);
        // `May` left here would have a later scope begin anew, which cannot.
        self.conn.state.anew = Anew::Never;
    }
}

async fn written<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    write: &mut dyn AnyWrite<C>,
) -> Result<(), Error> {
    let is_immediate = conn.mode() == Mode::Immediate;
    // Differences are those of one write: beside the marks of others a change may be noted more
    // than once.
    let notes_differences = is_immediate && conn.state.pending.is_empty();
    conn.state.pending.note_differences(notes_differences);
    write.go(if is_immediate {
        Way::Within
    } else {
        Way::Apart
    });
    conn.at_any_work(write).await?;
    if !is_immediate {
        return Ok(());
    }
    // Marks that cannot be worked off must not be left to the next write.
    conn.state.wrote |= !conn.state.pending.is_empty();
    let report = conn.flush(None).await?;
    conn.state.pending.note_differences(false);
    let model = &Catalog::<C::Db>::get()?.graph.models[write.model()];
    if report.model(model.meta.name).changed > 0 {
        write.read_again(conn).await?;
    }
    Ok(())
}
