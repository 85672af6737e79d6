use diesel::prelude::*;
use maintained::prelude::*;

use super::models::{Tracer, TracerLabel};
use super::schema::{tracer_labels, tracers};
use super::sheets::TracerRow;
use super::{Conn, Keys, LoadError, Loader};

pub(super) struct Tracers;

impl Loader for Tracers {
    type Row = TracerRow;
    const NEEDED: &'static [&'static str] = &["names"];

    /// The rows of one tracer, each with a label.
    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[TracerRow]) -> Result<(), LoadError> {
        let Some((first, others)) = rows.split_first() else {
            return Ok(());
        };
        if let Some(other) = others.iter().find(|row| row.compound != first.compound) {
            let (one, another) = (&first.compound, &other.compound);
            let reason = format!("one tracer of two compounds, `{one}` and `{another}`");
            return Err(LoadError::Refused(reason));
        }
        let compound_id = keys.compounds.find(&first.compound)?;
        let tracer = Tracer::insert(conn, tracers::compound_id.eq(compound_id))?;
        for row in rows {
            label(conn, tracer.id, row)?;
        }
        // The sheets to come name a tracer as the library does. A second one of the same name is refused here, in its
        // savepoint, and not at the end of the load.
        let tracer = Tracer::fresh(conn, tracer.id)?;
        if let Some((name, id)) = tracer.and_then(|tracer| Some((tracer.name?, tracer.id))) {
            keys.tracers.add(name, id);
        }
        Ok(())
    }
}

fn label(conn: &mut Conn, tracer_id: i32, row: &TracerRow) -> Result<(), LoadError> {
    let (element, mass_number, count) = match (row.element, row.mass_number, row.count) {
        (Some(element), Some(mass_number), Some(count)) => (element, mass_number, count),
        (None, None, None) => return Ok(()),
        _ => {
            let reason = "a label has an element, a mass number and a count";
            return Err(LoadError::Refused(reason.to_owned()));
        }
    };
    let new = (
        tracer_labels::tracer_id.eq(tracer_id),
        tracer_labels::element.eq(element),
        tracer_labels::mass_number.eq(mass_number),
        tracer_labels::count.eq(count),
        tracer_labels::positions.eq(&row.positions),
    );
    TracerLabel::insert(conn, new)?;
    Ok(())
}
