//! The models' tables, by the names that statements give them.

use std::fmt;

use hashbrown::HashMap;

use typed_index_collections::TiSlice;

use crate::catalog::Registration;
use crate::graph::ModelIndex;
use crate::spoken::{self, Name};
use crate::sql::Dialect;

/// The models' tables, by the names that statements give them.
#[derive(Default)]
pub(crate) struct Tables(HashMap<String, Vec<(Name, ModelIndex)>>);

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
            let same = tables.0.entry(name.name.clone()).or_default();
            same.push((name, at));
        }
        tables
    }

    /// The models whose table a statement may mean by a name: those that are called exactly so. If
    /// there are none, those that are called so but for a schema that only one of the names tells.
    pub(crate) fn named(&self, name: &Name) -> Vec<ModelIndex> {
        let all = self.0.get(&name.name).map_or(&[][..], Vec::as_slice);
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
        formatter.debug_map().entries(&self.0).finish()
    }
}
