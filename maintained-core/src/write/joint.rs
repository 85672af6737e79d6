//! Changes to one row whose statement adds all that follows from them.

use crate::connection::Wrapped;
use crate::engine::declared::{Joint, Part};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::rows::{Image, RowSet};
use crate::session::Session;

/// Makes the change, and leaves its marks: they tell what it has added. Returns the row as it is
/// now, or was before it was deleted; no row where there is none.
pub(super) async fn run<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    (model, joint): (ModelIndex, &Joint),
    part: Part<'_, C>,
) -> Result<Box<dyn RowSet<C::Db>>, Error> {
    let (is_updated, is_deleted) = match part {
        Part::Insert(_) => (false, false),
        Part::Update(..) => (true, false),
        Part::Delete(_) => (false, true),
    };
    let registration = session.registration(model);
    // Before an update the statement returns the row as it was.
    let [mut old, mut row] = [(registration.new_rows)(), (registration.new_rows)()];
    let selected = (Some(registration.selection), registration.width);
    let written = joint
        .run(session, part, selected, &mut |values, _| {
            let is_old = is_updated && old.len() == 0;
            let rows = if is_old { &mut old } else { &mut row };
            rows.read(values, 0)
        })
        .await?;
    if row.len() == 0 {
        // The row is not there, or is not to be written by this user.
        return Ok(row);
    }
    if let Some(mut recorder) = marking.recorder(session) {
        let now = Image::new(&*row, 0);
        let before = if is_updated {
            Some(Image::new(&*old, 0))
        } else {
            Some(now).filter(|_| is_deleted)
        };
        recorder.record(model, before, Some(now).filter(|_| !is_deleted));
    }
    if let Some(mut written) = written {
        joint.note_first(&mut written, |relation, parent| {
            old.parent_id(0, relation, session.arenas.get_mut(parent))
        });
        marking.pending.note_written(written);
    }
    Ok(row)
}
