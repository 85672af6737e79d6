use diesel::prelude::*;
use maintained::prelude::*;

use super::models::{Infusate, InfusateTracer};
use super::schema::{infusate_tracers, infusates};
use super::sheets::InfusateRow;
use super::{Conn, Keys, LoadError, Loader};

pub(super) struct Infusates;

impl Loader for Infusates {
    type Row = InfusateRow;
    const NEEDED: &'static [&'static str] = &["names"];

    /// The rows of one infusate, each with a tracer.
    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[InfusateRow]) -> Result<(), LoadError> {
        let group_name = rows.first().and_then(|row| row.group_name.as_deref());
        let infusate = Infusate::insert(conn, infusates::tracer_group_name.eq(group_name))?;
        for row in rows {
            let (name, concentration) = match (&row.tracer, row.concentration) {
                (Some(tracer), Some(concentration)) => (tracer, concentration),
                (None, None) => continue,
                _ => {
                    let reason = "a tracer is in an infusate in a concentration";
                    return Err(LoadError::Refused(reason.to_owned()));
                }
            };
            let new = (
                infusate_tracers::infusate_id.eq(infusate.id),
                infusate_tracers::tracer_id.eq(keys.tracers.find(name)?),
                infusate_tracers::concentration.eq(concentration),
            );
            InfusateTracer::insert(conn, new)?;
        }
        // As with the tracers: animals name an infusate as the library does.
        let infusate = Infusate::fresh(conn, infusate.id)?;
        if let Some((name, id)) = infusate.and_then(|infusate| Some((infusate.name?, infusate.id)))
        {
            keys.infusates.add(name, id);
        }
        Ok(())
    }
}
