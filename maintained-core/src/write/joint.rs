//! Changes to one row whose statement adds all that follows from them.

use crate::connection::Wrapped;
use crate::engine::declared::{Joint, Part};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::rows::Image;
use crate::rows::stored::Stored;
use crate::session::Session;
use crate::sql::statement::Make;

/// Makes the change, and leaves its marks: they tell what it has added. Returns the row as it was
/// before an update, and the row.
pub(super) async fn run<C: Wrapped, M: Stored<C::Db>>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    (model, joint): (ModelIndex, &Joint),
    part: Part<'_, C>,
) -> Result<Vec<M>, Error> {
    let (is_updated, is_deleted) = match part {
        Part::Insert(_) => (false, false),
        Part::Update(..) => (true, false),
        Part::Delete(_) => (false, true),
    };
    let width = session.registration(model).width;
    let mut rows: Vec<M> = Vec::with_capacity(2);
    let selected = (Some(M::selection as Make<C::Db>), width);
    let written = joint
        .run(session, part, selected, &mut |row, _| {
            rows.push(M::read(row)?);
            Ok(())
        })
        .await?;
    if rows.len() < 1 + usize::from(is_updated) {
        // The row is not there, or is not to be written by this user.
        return Ok(Vec::new());
    }
    let [first, last] = [0, rows.len() - 1].map(|row| Image::new(&rows, row));
    let before = (is_updated || is_deleted).then_some(first);
    let after = (!is_deleted).then_some(last);
    if let Some(mut recorder) = marking.recorder(session) {
        recorder.record(model, before, after);
    }
    if let Some(written) = written {
        marking.pending.note_written(written);
    }
    Ok(rows)
}
