use diesel::prelude::*;
use maintained::prelude::*;

use super::models::{PeakGroup, PeakGroupCompound};
use super::schema::{peak_group_compounds, peak_groups};
use super::sheets::PeakGroupRow;
use super::{Conn, Keys, LoadError, Loader};

pub(super) struct PeakGroups;

impl Loader for PeakGroups {
    type Row = PeakGroupRow;

    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[PeakGroupRow]) -> Result<(), LoadError> {
        for row in rows {
            let new = (
                peak_groups::name.eq(&row.name),
                peak_groups::formula.eq(&row.formula),
                peak_groups::msrun_sample_id.eq(keys.runs.find(&row.run)?),
            );
            let group = PeakGroup::insert(conn, new)?;
            let links = row.compounds.split('/').map(|compound| {
                let compound_id = keys.compounds.find(compound.trim())?;
                Ok((
                    peak_group_compounds::peak_group_id.eq(group.id),
                    peak_group_compounds::compound_id.eq(compound_id),
                ))
            });
            let links: Vec<_> = links.collect::<Result<_, LoadError>>()?;
            PeakGroupCompound::insert_many(conn, links)?;
        }
        Ok(())
    }
}
