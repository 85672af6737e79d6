use maintained::prelude::*;

use super::models::{Fcirc, NewFcirc};
use super::sheets::FcircRow;
use super::{Conn, Keys, LoadError, Loader};

pub(super) struct Fcircs;

impl Loader for Fcircs {
    type Row = FcircRow;

    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[FcircRow]) -> Result<(), LoadError> {
        for row in rows {
            let new = NewFcirc {
                serum_sample_id: keys.samples.find(&keys.own(&row.sample))?,
                tracer_id: keys.tracers.find(&row.tracer)?,
                element: row.element,
            };
            // Nobody needs the row that is made of it.
            Fcirc::add(conn, &new)?;
        }
        Ok(())
    }
}
