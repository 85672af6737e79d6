//! A model that is for all databases belongs to one that is for SQLite.
#![allow(unused)]

use diesel::prelude::*;
use maintained::Maintained;

diesel::table! { desks (id) { id -> Integer } }
diesel::table! { drawers (id) { id -> Integer, desk_id -> Integer } }

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = desks, check_for_backend(diesel::sqlite::Sqlite))]
struct Desk {
    id: i32,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = drawers, belongs_to(Desk))]
struct Drawer {
    id: i32,
    desk_id: i32,
}

fn main() {}
