use diesel::prelude::*;
use maintained::prelude::*;

use super::models::Compound;
use super::schema::compounds;
use super::sheets::CompoundRow;
use super::{Conn, Keys, LoadError, Loader};

pub(super) struct Compounds;

impl Loader for Compounds {
    type Row = CompoundRow;

    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[CompoundRow]) -> Result<(), LoadError> {
        for row in rows {
            let new = (
                compounds::name.eq(&row.name),
                compounds::formula.eq(&row.formula),
                compounds::hmdb_id.eq(&row.hmdb_id),
            );
            let compound = Compound::insert(conn, new)?;
            keys.compounds.add(compound.name, compound.id);
        }
        Ok(())
    }
}
