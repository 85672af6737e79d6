use diesel::prelude::*;
use maintained::prelude::*;

use super::super::schema::compounds;

/// A chemical compound: traced, measured, or both.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = compounds)]
pub(crate) struct Compound {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) formula: String,
    pub(crate) hmdb_id: String,
    #[maintained]
    pub(crate) animals_by_tracer: Option<i32>,
}

/// What a tracer's name needs of its compound.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = compounds)]
#[maintained(view_of = Compound)]
pub(crate) struct CompoundName {
    pub(crate) name: String,
}
