//! Rows that were changed by other means.

use super::read;
use crate::backend::{Database, Lock};
use crate::connection::MaintainedConnection;
use crate::error::Error;
use crate::rows::Image;
use crate::stored::Stored;

pub(super) fn rows<C: Database, M: Stored<C>>(
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
