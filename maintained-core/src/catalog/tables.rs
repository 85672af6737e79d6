//! The models' tables, by the names that statements give them.

use std::fmt;

use hashbrown::HashMap;

use typed_index_collections::{TiSlice, TiVec};

use crate::catalog::Registration;
use crate::graph::ModelIndex;
use crate::spoken::{self, Name};
use crate::sql::{Dialect, TableName};

/// The models' tables, by the names that statements give them.
#[derive(Default)]
pub(crate) struct Tables {
    /// As the database knows them.
    names: TiVec<ModelIndex, Name>,
    /// In a form that can be compared, each by the part of it that is no schema.
    comparable: HashMap<String, Vec<(Name, ModelIndex)>>,
}

impl Tables {
    pub(crate) fn of<DB: Dialect>(models: &TiSlice<ModelIndex, &'static Registration<DB>>) -> Self {
        let mut tables = Self::default();
        for (at, registration) in models.iter_enumerated() {
            let sql = DB::sql_of(&*(registration.table)());
            let spelled = sql.ok().and_then(|sql| spoken::name(&sql, DB::SPELLING));
            let name = spelled.unwrap_or_else(|| Name {
                qualifier: None,
                name: registration.meta.table.to_owned(),
            });
            let comparable = name.comparable(DB::SPELLING);
            let same = tables.comparable.entry(comparable.name.clone());
            same.or_default().push((comparable, at));
            tables.names.push(name);
        }
        tables
    }

    /// The name of a model's table, as the database knows it. The module that Diesel's `table!` makes
    /// of it may have another.
    pub(crate) fn name(&'static self, model: ModelIndex) -> TableName {
        let Name { qualifier, name } = &self.names[model];
        (qualifier.as_deref(), name)
    }

    /// The models whose table a statement may mean by a name: those that are called exactly so. If
    /// there are none, those that are called so but for a schema that only one of the names tells.
    pub(crate) fn named(&self, name: &Name) -> Vec<ModelIndex> {
        let all = self.comparable.get(&name.name);
        let all = all.map_or(&[][..], Vec::as_slice);
        let of = |is_meant: &dyn Fn(&Name) -> bool| {
            let meant = all.iter().filter(|(table, _)| is_meant(table));
            meant.map(|&(_, model)| model).collect::<Vec<_>>()
        };
        let exact = of(&|table| table == name);
        if exact.is_empty() {
            of(&|table| table.may_be(name))
        } else {
            exact
        }
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(&self.names).finish()
    }
}
