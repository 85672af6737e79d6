//! A flush in a session that refuses what a column cannot hold, whatever its mode.

use crate::engine::flush;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::marks::pending::Pending;
use crate::report::FlushReport;
use crate::session::Session;
use crate::sql::Dialect;
use crate::wire::Wire;

/// Works marks off. Where the session's mode has the database cut what a column cannot hold, it is
/// made to refuse that meanwhile.
pub(crate) async fn flush<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    target: Option<ModelIndex>,
) -> Result<FlushReport, Error> {
    if !session.is_lax().await? {
        return flush::flush(session, pending, target).await;
    }
    // Noted first: where this flush panics or is not waited for, the next call undoes it.
    session.learned.is_strict = true;
    session.inner.batch(C::Db::SET_STRICT[1]).await?;
    let flushed = flush::flush(session, pending, target).await;
    relax(session).await;
    flushed
}

/// Has the database cut again what a column cannot hold. Where that fails the next call tries it
/// again, unless the connection is lost, and with it the session.
pub(crate) async fn relax<C: Wire>(session: &mut Session<'_, C>) {
    let relaxed = session.inner.batch(C::Db::SET_STRICT[0]).await;
    session.learned.is_strict = relaxed.is_err();
}
