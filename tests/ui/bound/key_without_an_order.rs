#![allow(unused)]

use diesel::prelude::*;
use maintained::Maintained;

diesel::table! { readings (value) { value -> Double, note -> Text } }

/// A key needs `Eq`, `Ord` and `Hash`, which a floating point number has not, and neither has a document.
#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = readings, primary_key(value))]
struct Reading {
    value: f64,
    note: String,
}

fn main() {}
