//! Inserts whose statement adds all that follows from the new row.

use crate::connection::Wrapped;
use crate::engine::ahead;
use crate::engine::declared::Inserting;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::session::Session;

/// Says whether one row of a model is inserted so. Where rows have to be locked before it, it is
/// not.
pub(super) async fn inserting<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &Marking<'_>,
    model: ModelIndex,
) -> Result<Option<Inserting>, Error> {
    if !marking.is_immediate() || !ahead::relations(session, model).is_empty() {
        return Ok(None);
    }
    let cause = Cause::Change(Change::Inserted);
    if ahead::locks(session, marking, (model, 1), cause).is_some() {
        return Ok(None);
    }
    Inserting::of(session, marking, model).await
}
