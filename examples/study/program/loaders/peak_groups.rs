use diesel::prelude::*;
use maintained::prelude::*;

use super::models::{PeakGroup, PeakGroupCompound};
use super::schema::peak_groups;
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
            for compound in row.compounds.split('/') {
                let link = PeakGroupCompound {
                    peak_group_id: group.id,
                    compound_id: keys.compounds.find(compound.trim())?,
                };
                PeakGroupCompound::add(conn, &link)?;
            }
        }
        Ok(())
    }
}
