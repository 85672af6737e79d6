//! Persons who follow one another: a many-to-many of a model with itself.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Act;
use crate::models::{Follow, Person};
use crate::schema::{follows, persons};

pub(super) const WRITES: &[(&str, Act)] = &[
    ("follow", |conn| {
        Follow::insert(conn, new_follow(1, 2)).map(drop)
    }),
    ("follow-back", |conn| {
        Follow::insert(conn, new_follow(2, 1)).map(drop)
    }),
    ("unfollow", |conn| Follow::delete_many(conn, &[2])),
    ("rename-person", |conn| {
        Person::update(conn, 2, persons::name.eq("ben")).map(drop)
    }),
    ("delete-person", |conn| Person::delete_many(conn, &[3])),
];

type NewFollow = (
    diesel::dsl::Eq<follows::user_id, i32>,
    diesel::dsl::Eq<follows::other_id, i32>,
);

pub(super) fn new_follow(user: i32, other: i32) -> NewFollow {
    (follows::user_id.eq(user), follows::other_id.eq(other))
}
