use diesel::prelude::*;
use maintained::prelude::*;

use super::super::schema::{infusate_tracers, infusates};
use super::Tracer;

/// What is infused into an animal: tracers, each in a concentration.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = infusates)]
pub(crate) struct Infusate {
    pub(crate) id: i32,
    pub(crate) tracer_group_name: Option<String>,
    #[maintained(unique)]
    pub(crate) name: Option<String>,
    #[maintained]
    pub(crate) label_combo: Option<String>,
}

/// The link between an infusate and a tracer, with data of its own.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = infusate_tracers, belongs_to(Infusate), belongs_to(Tracer))]
pub(crate) struct InfusateTracer {
    pub(crate) id: i32,
    pub(crate) infusate_id: i32,
    pub(crate) tracer_id: i32,
    pub(crate) concentration: f64,
}
