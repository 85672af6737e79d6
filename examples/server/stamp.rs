//! What the scope around says of a write: on connections of any kind.

use maintained::{Error, MaintainedConnection, Wrapped};

use super::answer::{Done, Failure, Listed, Uploaded, name};
use super::models::Order;
use super::request::User;

/// Who writes, and in which mode.
pub(crate) struct Stamp {
    pub(crate) by: String,
    pub(crate) mode: &'static str,
}

/// What a write stamps on its row. Nobody hands it down: the scope carries it.
pub(crate) fn stamp<C: Wrapped>(conn: &MaintainedConnection<C>) -> Result<Stamp, Error> {
    let user = conn.value::<User>();
    let user = user.ok_or_else(|| Error::other("nobody is known to have asked for this write"))?;
    Ok(Stamp {
        by: user.0.clone(),
        mode: name(conn.mode()),
    })
}

/// What a scope has done, as seen inside it.
pub(crate) fn done<C: Wrapped, T>(
    conn: &MaintainedConnection<C>,
    what: T,
) -> Result<Done<T>, Error> {
    let Stamp { by, mode } = stamp(conn)?;
    Ok(Done {
        mode,
        user: by,
        what,
    })
}

/// Orders that were read, and what the connection says of scopes that are open on it.
pub(crate) fn listed<C: Wrapped>(conn: &MaintainedConnection<C>, orders: Vec<Order>) -> Listed {
    Listed {
        mode: name(conn.mode()),
        user: conn.value::<User>().map(|user| user.0.clone()),
        orders,
    }
}

/// What came of the scope of an upload.
pub(crate) fn uploaded(result: Result<Done<Uploaded>, Failure>) -> Result<Done<Uploaded>, Failure> {
    match result {
        Ok(mut done) => {
            done.what.committed = true;
            Ok(done)
        }
        Err(Failure::Validated(done)) => Ok(*done),
        Err(failure) => Err(failure),
    }
}

/// The row with a key, or an error that names it.
pub(crate) fn found<T>(model: &'static str, key: i32, row: Option<T>) -> Result<T, Error> {
    let key = key.to_string();
    row.ok_or(Error::NotFound { model, key })
}
