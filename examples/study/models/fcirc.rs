use diesel::prelude::*;
use maintained::prelude::*;

use super::super::schema::fcircs;
use super::{Element, Sample, Tracer};

/// The circulatory flux of one element of a tracer, as one serum sample shows it.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = fcircs, belongs_to(Sample, foreign_key = serum_sample_id), belongs_to(Tracer))]
pub(crate) struct Fcirc {
    pub(crate) id: i32,
    pub(crate) serum_sample_id: i32,
    pub(crate) tracer_id: i32,
    pub(crate) element: Element,
    #[maintained]
    pub(crate) is_last: bool,
}

/// A flux to add: what is maintained of it is not in it.
#[derive(Debug, Insertable, New)]
#[diesel(table_name = fcircs)]
#[maintained(new_of = Fcirc)]
pub(crate) struct NewFcirc {
    pub(crate) serum_sample_id: i32,
    pub(crate) tracer_id: i32,
    pub(crate) element: Element,
}
