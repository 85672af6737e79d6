//! Changes to one row whose statement adds all that follows from them.

use crate::connection::Wrapped;
use crate::engine::ahead;
use crate::engine::declared::{Joint, Part};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::Image;
use crate::rows::stored::Stored;
use crate::session::Session;
use crate::sql::Dialect;
use crate::sql::statement::Make;

/// Whether a change is made within a transaction, or there is none around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    Transaction,
    Nothing,
}

/// Says whether a change to one row of a model is made so. Where rows have to be locked before it,
/// or unique fields are to be given up, it is not.
pub(super) async fn joint<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &Marking<'_>,
    (model, change): (ModelIndex, Change),
    around: Around,
) -> Result<Option<Joint>, Error> {
    if !C::Db::WRITES_IN_QUERIES || !marking.is_immediate() {
        return Ok(None);
    }
    let is_settled = session.catalog.graph.models[model].unsettled.is_empty();
    if !is_settled || !ahead::relations(session, model).is_empty() {
        return Ok(None);
    }
    if ahead::locks(session, marking, (model, 1), Cause::Change(change)).is_some() {
        return Ok(None);
    }
    Joint::of(session, marking, (model, change), around == Around::Nothing).await
}

/// Makes the change, and leaves its marks: they tell what it has added. Returns the row as it was
/// before an update, and the row.
pub(super) async fn run<C: Wrapped, M: Stored<C::Db>>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    (model, joint): (ModelIndex, &Joint),
    part: Part<'_, C>,
) -> Result<Vec<M>, Error> {
    let is_deleted = matches!(part, Part::Delete(_));
    let width = session.registration(model).width;
    let mut rows: Vec<M> = Vec::with_capacity(2);
    let selected = (Some(M::selection as Make<C::Db>), width);
    let written = joint
        .run(session, part, selected, &mut |row, _| {
            rows.push(M::read(row)?);
            Ok(())
        })
        .await?;
    let image = |row: usize| rows.get(row).map(|_| Image::new(&rows, row));
    let [before, after] = match rows.len() {
        2 => [image(0), image(1)],
        _ if is_deleted => [image(0), None],
        _ => [None, image(0)],
    };
    if let Some(mut recorder) = marking.recorder(session) {
        recorder.record(model, before, after);
    }
    if let Some(written) = written {
        marking.pending.note_written(written);
    }
    Ok(rows)
}
