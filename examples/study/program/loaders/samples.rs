use diesel::prelude::*;
use maintained::prelude::*;

use super::models::{Sample, Tissue};
use super::schema::{samples, tissues};
use super::sheets::{SampleRow, TissueRow};
use super::{Conn, Keys, LoadError, Loader};

pub(super) struct Tissues;

impl Loader for Tissues {
    type Row = TissueRow;

    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[TissueRow]) -> Result<(), LoadError> {
        for row in rows {
            let tissue = Tissue::insert(conn, tissues::name.eq(&row.name))?;
            keys.tissues.add(tissue.name, tissue.id);
        }
        Ok(())
    }
}

pub(super) struct Samples;

impl Loader for Samples {
    type Row = SampleRow;

    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[SampleRow]) -> Result<(), LoadError> {
        for row in rows {
            let new = (
                samples::name.eq(keys.own(&row.name)),
                samples::date.eq(row.date),
                samples::researcher.eq(&row.researcher),
                samples::animal_id.eq(keys.animals.find(&keys.own(&row.animal))?),
                samples::tissue_id.eq(keys.tissues.find(&row.tissue)?),
                samples::time_collected.eq(row.time_collected),
            );
            let sample = Sample::insert(conn, new)?;
            keys.samples.add(sample.name, sample.id);
        }
        Ok(())
    }
}
