use diesel::prelude::*;
use maintained::prelude::*;

use super::models::Fcirc;
use super::schema::fcircs;
use super::sheets::FcircRow;
use super::{Conn, Keys, LoadError, Loader};

pub(super) struct Fcircs;

impl Loader for Fcircs {
    type Row = FcircRow;

    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[FcircRow]) -> Result<(), LoadError> {
        for row in rows {
            let new = (
                fcircs::serum_sample_id.eq(keys.samples.find(&keys.own(&row.sample))?),
                fcircs::tracer_id.eq(keys.tracers.find(&row.tracer)?),
                fcircs::element.eq(row.element),
            );
            Fcirc::insert(conn, new)?;
        }
        Ok(())
    }
}
