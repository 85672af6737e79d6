//! A model that is for all databases reads children that are for SQLite.
#![allow(unused)]

use diesel::prelude::*;
use maintained::Maintained;

diesel::table! { desks (id) { id -> Integer, drawer_count -> BigInt } }
diesel::table! { drawers (id) { id -> Integer, desk_id -> Integer } }

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = desks)]
struct Desk {
    id: i32,
    #[maintained]
    drawer_count: i64,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = drawers, belongs_to(Desk), check_for_backend(diesel::sqlite::Sqlite))]
struct Drawer {
    id: i32,
    desk_id: i32,
}

#[maintained::setters]
impl Desk {
    #[setter]
    fn drawer_count(drawers: &[Drawer]) -> i64 {
        drawers.len() as i64
    }
}

fn main() {}
