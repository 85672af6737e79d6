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
    names: TiVec<ModelIndex, Name>,
    /// The models by the names of their tables without a schema.
    models: HashMap<String, Vec<ModelIndex>>,
}

impl Tables {
    pub(crate) fn of<DB: Dialect>(models: &TiSlice<ModelIndex, &'static Registration<DB>>) -> Self {
        let mut tables = Self::default();
        for (at, registration) in models.iter_enumerated() {
            let sql = DB::sql_of(&*(registration.table)());
            let spelled = sql.ok().and_then(|sql| spoken::name(&sql, DB::SPELLING));
            let name = spelled.unwrap_or_else(|| Name {
                qualifier: None,
                name: DB::SPELLING.quoted(registration.meta.table, '"'),
            });
            tables.models.entry(name.name.clone()).or_default().push(at);
            tables.names.push(name);
        }
        tables
    }

    /// The name of a model's table. The module that Diesel's `table!` makes of it may have another.
    pub(crate) fn name(&'static self, model: ModelIndex) -> TableName {
        let Name { qualifier, name } = &self.names[model];
        (qualifier.as_deref(), name)
    }

    /// The models whose table a statement may mean by a name: those that are called exactly so. If
    /// there are none, those that are called so but for a schema that only one of the names tells.
    pub(crate) fn named(&self, name: &Name) -> Vec<ModelIndex> {
        let all = self.models.get(&name.name).map_or(&[][..], Vec::as_slice);
        let of = |is_meant: &dyn Fn(&Name) -> bool| {
            let meant = all.iter().filter(|&&model| is_meant(&self.names[model]));
            meant.copied().collect::<Vec<_>>()
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
