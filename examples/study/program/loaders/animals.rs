use diesel::prelude::*;
use maintained::prelude::*;

use super::models::Animal;
use super::schema::animals;
use super::sheets::AnimalRow;
use super::{Conn, Keys, LoadError, Loader};

pub(super) struct Animals;

impl Loader for Animals {
    type Row = AnimalRow;

    fn load(conn: &mut Conn, keys: &mut Keys, rows: &[AnimalRow]) -> Result<(), LoadError> {
        for row in rows {
            let infusate = row.infusate.as_deref();
            let infusate = infusate.map(|name| keys.infusates.find(name)).transpose()?;
            let new = (
                animals::name.eq(keys.own(&row.name)),
                animals::infusate_id.eq(infusate),
                animals::genotype.eq(&row.genotype),
                animals::age.eq(row.age),
                animals::sex.eq(&row.sex),
                animals::diet.eq(&row.diet),
                animals::body_weight.eq(row.body_weight),
                animals::infusion_rate.eq(row.infusion_rate),
            );
            let animal = Animal::insert(conn, new)?;
            keys.animals.add(animal.name, animal.id);
        }
        Ok(())
    }
}
