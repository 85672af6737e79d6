//! What one change costs: tried in a scope that is rolled back.

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use maintained::FlushReport;
use maintained::prelude::*;

use super::Conn;
use super::models::{Fcirc, PeakGroup};
use super::schema::{fcircs, msrun_samples, peak_group_compounds, peak_groups, tracers};

/// Why the scope is left.
enum Leaving {
    Tried(FlushReport),
    Failed(maintained::Error),
}

impl From<DieselError> for Leaving {
    fn from(error: DieselError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<maintained::Error> for Leaving {
    fn from(error: maintained::Error) -> Self {
        Self::Failed(error)
    }
}

/// What a flush does when a peak group goes, on which the last word on a tracer rests. None, where there is no such.
pub(crate) fn a_peak_group_goes(conn: &mut Conn) -> Result<Option<FlushReport>, maintained::Error> {
    let Some(id) = peak_group_of_a_last_fcirc(conn)? else {
        return Ok(None);
    };
    let left = conn.buffer_autoupdates(|conn| -> Result<(), Leaving> {
        PeakGroup::delete_many(conn, &[id])?;
        Err(Leaving::Tried(conn.flush_autoupdates()?))
    });
    match left {
        Err(Leaving::Tried(report)) => Ok(Some(report)),
        Err(Leaving::Failed(error)) => Err(error),
        Ok(()) => Ok(None),
    }
}

fn peak_group_of_a_last_fcirc(conn: &mut Conn) -> QueryResult<Option<i32>> {
    let last = fcircs::table
        .filter(fcircs::is_last.eq(true))
        .order(fcircs::id)
        .select(Fcirc::as_select());
    let Some(last) = last.first(conn).optional()? else {
        return Ok(None);
    };
    let tracer = tracers::table.find(last.tracer_id);
    let compound: i32 = tracer.select(tracers::compound_id).first(conn)?;
    let runs = msrun_samples::table
        .filter(msrun_samples::sample_id.eq(last.serum_sample_id))
        .select(msrun_samples::id);
    let groups = peak_groups::table
        .filter(peak_groups::msrun_sample_id.eq_any(runs))
        .select(peak_groups::id);
    peak_group_compounds::table
        .filter(peak_group_compounds::compound_id.eq(compound))
        .filter(peak_group_compounds::peak_group_id.eq_any(groups))
        .order(peak_group_compounds::peak_group_id)
        .select(peak_group_compounds::peak_group_id)
        .first(conn)
        .optional()
}
