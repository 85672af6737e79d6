use diesel::prelude::*;
use maintained::prelude::*;

use super::super::schema::{tracer_labels, tracers};
use super::{Compound, Element, Positions};

/// A compound in which atoms are replaced by isotopes, so that it can be followed through an animal.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tracers, belongs_to(Compound))]
pub(crate) struct Tracer {
    pub(crate) id: i32,
    pub(crate) compound_id: i32,
    #[maintained(unique)]
    pub(crate) name: Option<String>,
    #[maintained]
    pub(crate) label_combo: Option<String>,
}

/// The isotopes of one element in a tracer.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = tracer_labels, belongs_to(Tracer))]
pub(crate) struct TracerLabel {
    pub(crate) id: i32,
    pub(crate) tracer_id: i32,
    pub(crate) element: Element,
    pub(crate) mass_number: i32,
    pub(crate) count: i32,
    pub(crate) positions: Positions,
    #[maintained]
    pub(crate) name: Option<String>,
}

/// What an infusate's name needs of a tracer.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = tracers)]
#[maintained(view_of = Tracer)]
pub(crate) struct TracerName {
    pub(crate) name: Option<String>,
}

/// What an infusate's combination of labels needs of a tracer.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = tracers)]
#[maintained(view_of = Tracer)]
pub(crate) struct TracerCombo {
    pub(crate) label_combo: Option<String>,
}

/// What a circulatory flux needs of a tracer: which compound to look for.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = tracers)]
#[maintained(view_of = Tracer)]
pub(crate) struct TracerCompound {
    pub(crate) compound_id: i32,
}
